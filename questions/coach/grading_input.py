"""The lines that `manage.py grade` reads: strict, and each fault names its line. PURE."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MOST_POINTS = 40


@dataclass(frozen=True)
class GradeLine:
    """One answer to grade; `question` is the prompt as it was asked, `points` are (id, text, weight)."""

    id: str | int
    question: str
    points: tuple[tuple[str, str, float], ...]
    reference: str
    answer: str


class LineError(ValueError):
    """A line that cannot be graded: `Line 3: ...`."""


def read_lines(lines: Iterable[bytes]) -> list[GradeLine]:
    """Every line parsed; empty ones are skipped; the first fault stops all."""
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_read(json.loads(line.decode("utf-8-sig"))))
            except (ValueError, RecursionError) as error:
                reason = "it is not JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else error
                raise LineError(f"Line {number}: {reason}") from error
    return found


def _read(row: Any) -> GradeLine:
    if not isinstance(row, dict):
        raise ValueError("it is not an object")
    if isinstance(row.get("id"), bool) or not isinstance(row.get("id"), str | int):
        raise ValueError("`id` must be text or a whole number")
    for name in ("question", "answer"):
        if not isinstance(row.get(name), str):
            raise ValueError(f"`{name}` must be text")
    if ("reference" in row) == ("key_points" in row):
        raise ValueError("give either `reference` (text, one key point a line) or `key_points` (a list)")
    points = of_reference(row["reference"]) if "reference" in row else _of_list(row["key_points"])
    if not 1 <= len(points) <= MOST_POINTS:
        raise ValueError(f"there must be 1 to {MOST_POINTS} key points, not {len(points)}")
    if len({id for id, _, _ in points}) < len(points):
        raise ValueError("two key points have the same `id`")
    reference = row.get("reference") or "\n".join(text for _, text, _ in points)
    return GradeLine(row["id"], row["question"], points, reference, row["answer"])


def of_reference(reference: Any) -> tuple[tuple[str, str, float], ...]:
    """One key point a line, of equal weight."""
    if not isinstance(reference, str):
        raise ValueError("`reference` must be text")
    texts = [line.strip() for line in reference.splitlines() if line.strip()]
    return tuple((str(number), text, 1.0) for number, text in enumerate(texts, start=1))


def _of_list(key_points: Any) -> tuple[tuple[str, str, float], ...]:
    if not isinstance(key_points, list):
        raise ValueError("`key_points` must be a list")
    return tuple(_point(item, number) for number, item in enumerate(key_points, start=1))


def _point(item: Any, number: int) -> tuple[str, str, float]:
    row = {"text": item} if isinstance(item, str) else item
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not row["text"].strip():
        raise ValueError(f"key point {number} must be text or an object with a `text`")
    weight = row.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1000:
        raise ValueError(f"the `weight` of key point {number} must be a number above 0, at most 1000")
    id = row.get("id", number)
    if isinstance(id, bool) or not isinstance(id, str | int):
        raise ValueError(f"the `id` of key point {number} must be text or a whole number")
    return str(id), row["text"].strip(), float(weight)
