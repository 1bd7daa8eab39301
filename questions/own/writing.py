"""Own questions as YAML and CSV (PURE). What is written here is read back equal by reading_yaml and reading_csv."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

import yaml

from questions.own.format import USUAL_WEIGHT, OwnQuestion
from questions.own.lines import follow_up_line, point_line

COLUMNS = (
    *("title", "prompt", "category", "kind", "level", "minutes", "tags"),
    *("key_points", "reference", "follow_ups"),
)
# A cell that begins so is a formula to a spreadsheet, which may send data away or start a program.
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


class _Dumper(yaml.CSafeDumper):
    """Texts of several lines as they are read: `|`."""


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(questions: Iterable[OwnQuestion]) -> str:
    """One list; what is empty or as usual is left out."""
    rows = [{name: value for name, value in question.content().items() if value} for question in questions]
    return yaml.dump(_without_blanks(rows), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def _without_blanks(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_blanks(item) for name, item in value.items() if item not in ("", [], {})}
    return value


def to_csv(questions: Iterable[OwnQuestion]) -> str:
    """The form's fields, one question a row; begins with a byte order mark, by which Excel knows UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for question in questions:
        writer.writerow([guarded(cell) for cell in _cells(question)])
    return "\ufeff" + out.getvalue()


def _cells(question: OwnQuestion) -> list[str]:
    points = [point_line(point.weight, point.text, USUAL_WEIGHT) for point in question.key_points]
    return [
        question.title,
        question.prompt,
        question.category,
        question.kind,
        question.level,
        str(question.minutes),
        ", ".join(question.tags),
        _lines(points),
        question.reference,
        _lines([follow_up_line(item.question, item.hint) for item in question.follow_ups]),
    ]


def _lines(items: list[str]) -> str:
    """A line end after a lone item that would be split: it is one item, not several."""
    return "\n".join(items) + ("\n" if len(items) == 1 and "|" in items[0] else "")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `unguarded` gives it back."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
