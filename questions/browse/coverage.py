"""How much of an interview the bank holds, and how much of it a person has met and mastered. Reads only, two queries.

The rule of the guide: eight to ten questions a category, and a mix of at least 60 % generative AI with 20 to 30 %
classic machine learning among the technical questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.models import User
from questions.models import Card, Category, Question, Rating

GUIDE = ("llm-fundamentals", "rag", "prompting", "agents", "system-design", "ml-fundamentals", "behavioural")
CLASSIC = ("ml-fundamentals",)
NOT_TECHNICAL = ("behavioural", "project-deep-dive", "recruiter", "python-engineering")
ENOUGH = 8
MASTERED_DAYS = 21.0  # stability from which Anki calls a card mature


@dataclass(frozen=True)
class Line:
    """One category: what the bank holds by level, and what the person met and mastered."""

    slug: str
    name: str
    is_guide: bool
    total: int
    junior: int
    mid: int
    senior: int
    met: int
    mastered: int

    @property
    def goal(self) -> int:
        return min(ENOUGH, self.total)

    @property
    def is_enough(self) -> bool:
        return self.met >= self.goal


@dataclass(frozen=True)
class Mix:
    """Shares of the technical questions, in percent; None where there is none."""

    generative: int | None
    classic: int | None


@dataclass(frozen=True)
class Coverage:
    lines: tuple[Line, ...]
    bank_mix: Mix
    own_mix: Mix

    @property
    def guide(self) -> list[Line]:
        return [line for line in self.lines if line.is_guide]

    @property
    def beyond(self) -> list[Line]:
        return [line for line in self.lines if not line.is_guide]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def met(self) -> int:
        return sum(line.met for line in self.lines)

    @property
    def mastered(self) -> int:
        return sum(line.mastered for line in self.lines)


def coverage(user: User) -> Coverage:
    shared = Q(questions__is_retired=False, questions__owner=None)

    def at(level: str) -> Count:
        return Count("questions", filter=shared & Q(questions__level=level))

    rows = Category.objects.order_by("position").annotate(
        total=Count("questions", filter=shared),
        junior=at(Question.Level.JUNIOR),
        mid=at(Question.Level.MID),
        senior=at(Question.Level.SENIOR),
    )
    is_mastered = Q(stability__gte=MASTERED_DAYS, last_rating__gte=Rating.GOOD)
    own: dict[int, dict[str, Any]] = {
        row["question__category"]: dict(row)
        for row in Card.objects.for_user(user)
        .filter(question__owner=None)
        .values("question__category")
        .annotate(met=Count("pk"), mastered=Count("pk", filter=is_mastered))
    }
    lines = tuple(_line(row, own.get(row.pk, {})) for row in rows if row.total)
    return Coverage(lines, _mix(lines, "total"), _mix(lines, "met"))


def _line(row: Category, own: dict[str, Any]) -> Line:
    counts = {name: getattr(row, name) for name in ("total", "junior", "mid", "senior")}
    return Line(
        slug=row.slug,
        name=row.name,
        is_guide=row.slug in GUIDE,
        met=own.get("met", 0),
        mastered=own.get("mastered", 0),
        **counts,
    )


def _mix(lines: Sequence[Line], field: str) -> Mix:
    technical = [line for line in lines if line.slug not in NOT_TECHNICAL]
    classic = _sum((line for line in technical if line.slug in CLASSIC), field)
    whole = _sum(technical, field)
    if not whole:
        return Mix(None, None)
    share = round(100 * classic / whole)
    return Mix(100 - share, share)


def _sum(lines: Iterable[Line], field: str) -> int:
    return sum(getattr(line, field) for line in lines)
