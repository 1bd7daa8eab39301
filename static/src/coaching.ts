// The answer page: marks the quoted sentences in the answer itself, and the rating that the coaching suggests.
import { announce } from "./announce";
import { letScroll } from "./scrolling";

export function startCoaching(): void {
  const panel = document.getElementById("coaching");
  if (!panel) return;
  markQuotes();
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    // A lost session answers with the log-in page: the whole page goes there, not the panel.
    const { xhr, requestConfig } = (event as CustomEvent<SwapDetail>).detail;
    if (!xhr.responseURL || new URL(xhr.responseURL).pathname === new URL(requestConfig.path, location.href).pathname) return;
    event.preventDefault();
    location.reload();
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    const arrived = document.getElementById("coaching");
    if (!arrived || arrived.hasAttribute("hx-get")) return;
    announce(arrival(arrived));
    markQuotes();
    letScroll();
    suggest(arrived.dataset.suggested ?? "");
  });
}

/** What a listener needs to know of the coaching at once: the estimate or why there is none, and the suggestion. */
function arrival(panel: HTMLElement): string {
  const figure = panel.querySelector(".band-figure")?.textContent ?? "";
  const text = panel.querySelector(".band-text, .notice p")?.textContent ?? "";
  const rating = panel.dataset.suggested ?? "";
  const button = document.querySelector(`[data-rate] .rate-button[value="${rating}"] .rate-label`)?.firstChild;
  const advice = rating && button ? `Suggested: ${button.textContent ?? ""}.` : "";
  return ["Your coaching has arrived.", `${figure} ${text}`, advice].map((part) => squeeze(part)).filter(Boolean).join(" ");
}

interface SwapDetail {
  xhr: XMLHttpRequest;
  requestConfig: { path: string };
}

function suggest(rating: string): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-rate] .rate-button")) {
    button.classList.toggle("is-suggested", rating !== "" && button.value === rating);
  }
}

/** Shows the quotes in the answer without touching its markup; browsers without highlights just skip it. */
function markQuotes(): void {
  const own = document.querySelector("[data-own-answer]");
  if (!own || !("highlights" in CSS)) return;
  const { text, places } = flatten(own);
  const ranges: Range[] = [];
  for (const quote of document.querySelectorAll("#coaching [data-quote]")) {
    const range = rangeOf(squeeze(quote.textContent ?? ""), text, places);
    if (range) ranges.push(range);
  }
  CSS.highlights.set("own-quotes", new Highlight(...ranges));
}

interface Place {
  node: Text;
  offset: number;
}

/** The element's text with runs of white space made one space, and where each character stands. */
function flatten(root: Element): { text: string; places: Place[] } {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const places: Place[] = [];
  let text = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const data = (node as Text).data;
    for (let offset = 0; offset < data.length; offset += 1) {
      const character = /\s/.test(data.charAt(offset)) ? " " : data.charAt(offset);
      if (character === " " && text.endsWith(" ")) continue;
      text += character;
      places.push({ node: node as Text, offset });
    }
  }
  return { text, places };
}

/** A quote is Markdown source; what is shown has lost its marks. */
function squeeze(quote: string): string {
  return quote
    .replace(/[*_`]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

function rangeOf(quote: string, text: string, places: Place[]): Range | null {
  const start = quote ? text.indexOf(quote) : -1;
  const first = places[start];
  const last = places[start + quote.length - 1];
  if (start < 0 || !first || !last) return null;
  const range = document.createRange();
  range.setStart(first.node, first.offset);
  range.setEnd(last.node, last.offset + 1);
  return range;
}
