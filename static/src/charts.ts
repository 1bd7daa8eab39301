// Draws the tables that ask for it as SVG. The table stays: it is the text of the chart.
import { max } from "d3-array";
import { axisBottom, axisLeft } from "d3-axis";
import { scaleBand, scaleLinear } from "d3-scale";
import { select, type Selection } from "d3-selection";
import { line } from "d3-shape";

interface Row {
  label: string;
  value: number;
}

type Svg = Selection<SVGSVGElement, unknown, null, undefined>;

const HEIGHT = 180;
const MARGIN = { top: 8, right: 8, bottom: 28, left: 40 };
const BAR_HEIGHT = 26;
const DAY_CELL = 13;
const LEVELS = [1, 3, 6, 10];

export function startCharts(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table[data-chart]")) {
    const place = document.getElementById(table.dataset.chartPlace ?? "");
    if (!place) continue;
    const draw = () => drawInto(place, table);
    draw();
    new ResizeObserver(draw).observe(place);
  }
}

const drawn = new WeakMap<HTMLElement, number>();

function drawInto(place: HTMLElement, table: HTMLTableElement): void {
  const width = Math.floor(place.clientWidth);
  if (!width || drawn.get(place) === width) return;
  drawn.set(place, width);
  place.querySelector("svg")?.remove();
  const svg = select(place).append("svg").attr("role", "img").attr("aria-labelledby", place.dataset.labelledby ?? "");
  const rows = rowsOf(table);
  if (table.dataset.chart === "bars") bars(svg, rows, width);
  else if (table.dataset.chart === "line") lines(svg, rows, width);
  else if (table.dataset.chart === "sideways") sideways(svg, rows, width);
  else if (table.dataset.chart === "heat") heat(svg, rows, width);
}

function rowsOf(table: HTMLTableElement): Row[] {
  const column = Number(table.dataset.chartColumn ?? 1);
  return [...table.tBodies[0]?.rows ?? []].map((row) => {
    const cell = row.cells[column];
    return {
      label: row.cells[0]?.dataset.short ?? row.cells[0]?.textContent?.trim() ?? "",
      value: Number(cell?.dataset.value ?? cell?.textContent ?? 0) || 0,
    };
  });
}

/** As many labels as fit: every n-th. */
function some(labels: string[], width: number, each: number): string[] {
  const step = Math.max(1, Math.ceil((labels.length * each) / width));
  return labels.filter((_, index) => index % step === 0);
}

function frame(svg: Svg, width: number, height: number): void {
  svg.attr("width", width).attr("height", height).attr("viewBox", `0 0 ${width} ${height}`);
}

function keys(rows: Row[]): string[] {
  return rows.map((row, index) => `${index}|${row.label}`);
}

function axes(svg: Svg, names: string[], x: ReturnType<typeof scaleBand<string>>, y: ReturnType<typeof scaleLinear<number, number>>, width: number): void {
  const bottom = axisBottom(x).tickValues(some(names, width, 52)).tickFormat((name) => name.split("|")[1] ?? "").tickSizeOuter(0);
  const left = axisLeft(y).ticks(4).tickSizeOuter(0).tickSizeInner(-(width - MARGIN.left - MARGIN.right));
  svg.append("g").attr("class", "chart-axis chart-grid").attr("transform", `translate(${MARGIN.left},0)`).call(left);
  svg.append("g").attr("class", "chart-axis").attr("transform", `translate(0,${HEIGHT - MARGIN.bottom})`).call(bottom);
}

function scales(rows: Row[], width: number) {
  const names = keys(rows);
  const x = scaleBand<string>().domain(names).range([MARGIN.left, width - MARGIN.right]).padding(0.2);
  const top = max(rows, (row) => row.value) ?? 0;
  const y = scaleLinear().domain([0, Math.max(top, 4)]).nice(4).range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  return { names, x, y };
}

function bars(svg: Svg, rows: Row[], width: number): void {
  frame(svg, width, HEIGHT);
  const { names, x, y } = scales(rows, width);
  axes(svg, names, x, y, width);
  const marks = svg.append("g").selectAll("rect").data(rows).join("rect").attr("class", "chart-bar");
  marks
    .attr("x", (_, index) => x(names[index] ?? "") ?? 0)
    .attr("width", x.bandwidth())
    .attr("y", (row) => y(row.value))
    .attr("height", (row) => y(0) - y(row.value))
    .append("title")
    .text((row) => `${row.label}: ${row.value}`);
}

function lines(svg: Svg, rows: Row[], width: number): void {
  frame(svg, width, HEIGHT);
  const { names, x, y } = scales(rows, width);
  axes(svg, names, x, y, width);
  const middle = (index: number) => (x(names[index] ?? "") ?? 0) + x.bandwidth() / 2;
  const path = line<Row>((_, index) => middle(index), (row) => y(row.value));
  svg.append("path").attr("class", "chart-line").attr("d", path(rows));
  svg
    .append("g")
    .selectAll("circle")
    .data(rows)
    .join("circle")
    .attr("class", "chart-dot")
    .attr("r", 3)
    .attr("cx", (_, index) => middle(index))
    .attr("cy", (row) => y(row.value))
    .append("title")
    .text((row) => `${row.label}: ${row.value}`);
}

/** Shares in percent beside their names, readable on a phone; the target as a line. */
function sideways(svg: Svg, rows: Row[], width: number): void {
  const height = rows.length * BAR_HEIGHT + MARGIN.bottom;
  frame(svg, width, height);
  const left = Math.min(150, width * 0.42);
  const x = scaleLinear().domain([0, 100]).range([left, width - 44]);
  const row = svg.append("g").selectAll("g").data(rows).join("g").attr("transform", (_, index) => `translate(0,${index * BAR_HEIGHT})`);
  row.append("text").attr("class", "chart-name").attr("x", left - 8).attr("y", BAR_HEIGHT / 2).attr("dy", "0.35em").attr("text-anchor", "end").text((datum) => shortened(datum.label, left));
  row.append("rect").attr("class", "chart-bar").attr("x", left).attr("y", 5).attr("height", BAR_HEIGHT - 10).attr("width", (datum) => x(datum.value) - left);
  row.append("text").attr("class", "chart-value").attr("x", (datum) => x(datum.value) + 6).attr("y", BAR_HEIGHT / 2).attr("dy", "0.35em").text((datum) => `${datum.value} %`);
  row.append("title").text((datum) => `${datum.label}: ${datum.value} %`);
}

function shortened(label: string, room: number): string {
  const letters = Math.floor(room / 7.2);
  return label.length > letters ? `${label.slice(0, letters - 1)}…` : label;
}

/** A year of days, weeks as columns, Monday on top; what does not fit is the oldest. */
function heat(svg: Svg, rows: Row[], width: number): void {
  const weeks = Math.max(1, Math.min(Math.ceil(rows.length / 7), Math.floor((width - MARGIN.left) / DAY_CELL)));
  const shown = rows.slice(-(weeks - 1) * 7 - (((rows.length - 1) % 7) + 1));
  frame(svg, width, 7 * DAY_CELL + 22);
  const cell = svg.append("g").selectAll("rect").data(shown).join("rect");
  cell
    .attr("class", (row) => `chart-day chart-day-${LEVELS.filter((level) => row.value >= level).length}`)
    .attr("width", DAY_CELL - 2)
    .attr("height", DAY_CELL - 2)
    .attr("rx", 2)
    .attr("x", (_, index) => MARGIN.left + Math.floor(index / 7) * DAY_CELL)
    .attr("y", (_, index) => (index % 7) * DAY_CELL)
    .append("title")
    .text((row) => `${row.label}: ${row.value}`);
  ["Mon", "Wed", "Fri"].forEach((name, index) => {
    svg.append("text").attr("class", "chart-name").attr("x", 0).attr("y", index * 2 * DAY_CELL + DAY_CELL / 2).attr("dy", "0.35em").text(name);
  });
}

startCharts();
