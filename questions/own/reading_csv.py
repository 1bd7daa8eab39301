"""Questions from CSV (PURE): a header row with names of columns, one question a row. Cells are text, formulas too."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from questions.own.lines import filled, split_points
from questions.own.reading import Known, Reading, UnreadableFile
from questions.own.writing import COLUMNS, unguarded

ALSO = {
    "question": "prompt",
    "front": "prompt",
    "answer": "reference",
    "back": "reference",
    "points": "key_points",
    "followups": "follow_ups",
}
ASKED = {"title", "prompt"}  # a question needs one of these,
TOLD = {"key_points", "reference"}  # and one of these
SEPARATORS = ",;\t"


def read(text: str, known: Known) -> Reading:
    """Raises UnreadableFile. Faults carry the row, as a spreadsheet counts: the header is row 1."""
    separator, text = _separated(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    reading = Reading("row")
    numbered = _numbered(rows)
    columns = _columns(next(numbered, (1, []))[1], reading)
    for number, cells in numbered:
        if len(cells) > len(columns):
            reading.refuse(number, f"has {len(cells)} cells, but the header names {len(columns)} columns")
        elif any(cell.strip() for cell in cells):
            values = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
            reading.take(_values(values), known, lambda where, number=number: number)  # type: ignore[misc]
    return reading


def _numbered(rows: Any) -> Iterator[tuple[int, list[str]]]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile(f"Row {number} is not CSV: {error}.") from error
        yield number, cells


def _separated(text: str) -> tuple[str, str]:
    """The separator of the header row, and the text from it on (Excel may say `sep=;` on a line of its own)."""
    first, _, rest = text.partition("\n")
    if (said := first.rstrip("\r").lower()) in {f"sep={separator}" for separator in SEPARATORS}:
        return said[4:], rest
    return max(SEPARATORS, key=lambda separator: (len(_names(first, separator)), first.count(separator))), text


def _names(header: str, separator: str) -> set[str]:
    return {_name(cell) for cell in header.split(separator)} & set(COLUMNS)


def _name(cell: str) -> str:
    name = "_".join(cell.strip().strip('"').lower().replace("-", " ").replace("_", " ").split())
    return ALSO.get(name, name)


def _columns(header: list[str], reading: Reading) -> list[str]:
    """The column names in order, "" for a column that is not read."""
    names = [_name(cell) for cell in header]
    if not ASKED & set(names) or not TOLD & set(names):
        raise UnreadableFile(_missing(header, names))
    if twice := sorted({name for name in names if name in COLUMNS and names.count(name) > 1}):
        raise UnreadableFile(f"Row 1 names the column “{twice[0]}” twice.")
    unknown = [cell.strip()[:40] for cell, name in zip(header, names, strict=True) if name not in COLUMNS]
    if any(unknown):
        reading.remarks.append(f"Columns that are not read: {', '.join(filter(None, unknown))[:300]}.")
    return [name if name in COLUMNS else "" for name in names]


def _missing(header: Sequence[str], names: Sequence[str]) -> str:
    """What the first row says, and what it would have to."""
    found = ", ".join(f"“{cell.strip()[:40]}”" for cell in header[:12] if cell.strip())
    more = f" and {len(header) - 12} more" if len(header) > 12 else ""
    wanted = []
    if not ASKED & set(names):
        wanted.append("“title” or “prompt” (also “question” or “front”) for what is asked")
    if not TOLD & set(names):
        wanted.append("“key_points” or “reference” (also “answer” or “back”) for what answers are graded by")
    return f"Row 1 must name the columns. It says {found or 'nothing'}{more}. Missing: {', and '.join(wanted)}."


def _values(cells: dict[str, str]) -> dict[str, Any]:
    """The cells as values of the format; empty ones are left out."""
    values: dict[str, Any] = {name: text for name, cell in cells.items() if (text := unguarded(cell)).strip()}
    if "key_points" in values:
        values["key_points"] = _points(values["key_points"])
    if "tags" in values:
        values["tags"] = [tag.strip() for tag in re.split(r"[,\r\n]", values["tags"]) if tag.strip()]
    if "follow_ups" in values:
        values["follow_ups"] = filled(values["follow_ups"])
    return values


def _points(cell: str) -> list[str]:
    """One point a line; a lone line is split at bars, unless it ends in a line end: then it is one point."""
    if "\n" in cell or "\r" in cell:
        return filled(cell.replace("\r\n", "\n").replace("\r", "\n"))
    return split_points(cell)
