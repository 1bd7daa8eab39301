"""What may be practised on a study day, in the order of its worth, and why each question is there.

Before an interview: weight × expected gain of recall on the date ÷ minutes (practice.planning). Without one: what is
due, the longest due first; when more waits than the day holds, what is worth most in a month first; then new questions
from the category that is furthest behind its weight.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
from django.db.models import FilteredRelation, Q

from accounts.models import User
from questions.models import Interview, Question
from questions.practice import planning
from questions.practice.calendar import model_of
from questions.practice.interviews import NEAREST, shares_of
from questions.practice.standings import CategoryStanding

# What is new comes easier first; who aims at senior starts where the fundamentals end.
NEW_ORDER = {
    "junior": ("junior", "mid", "senior"),
    "mid": ("junior", "mid", "senior"),
    "senior": ("mid", "senior", "junior"),
}
MONTH = 30  # days: how far a backlog looks ahead when no interview gives a date
MOST_OF_A_KIND = {"due": 150, "new": 110, "early": 60}  # more than a day holds of each
FEWEST_OF_A_CATEGORY = 30
LEAST_EARLY_GAIN = 0.02


class Line(NamedTuple):
    """A question that may be practised today.

    `kind`: due, new, or early (not due, and worth it before the interview). Before an interview `worth` orders the
    lines and `gain` is what an answer adds to the question's recall on the date, 0..1; else both are None.
    """

    question_id: int
    category_id: int
    minutes: int
    kind: str
    due_on: date | None = None
    worth: float | None = None
    gain: float | None = None
    reason: str = ""


class Row(NamedTuple):
    """A question as the order sees it. `stability` and what follows are None where it was never rated."""

    question_id: int
    category_id: int
    minutes: int
    level: str
    position: int
    stability: float | None = None
    difficulty: float | None = None
    last_study_day: date | None = None
    due_on: date | None = None


def open_rows(user: User, today: date, resting: Collection[int], *, is_planned: bool) -> list[Row]:
    """The questions that may be asked today, less those that were rated on it; one query.

    Without a plan only what is due and what is new: a card that is not due has no place in such a day.
    """
    card = FilteredRelation("cards", condition=Q(cards__user=user))
    may = Q(card=None) | Q(card__last_study_day__lt=today)
    if not is_planned:
        may &= Q(card=None) | Q(card__due_on__lte=today)
    rows = (
        Question.objects.for_user(user)
        .annotate(card=card)
        .filter(may)
        .order_by()
        .values_list(
            *("pk", "category_id", "minutes", "level", "position"),
            *(f"card__{name}" for name in ("stability", "difficulty", "last_study_day", "due_on")),
        )
    )
    return [Row(*values) for values in rows if values[0] not in resting]


@dataclass(frozen=True)
class Ranker:
    """One person's study day, with the questions that may be asked on it."""

    user: User
    today: date
    categories: Sequence[CategoryStanding]
    rows: Sequence[Row]

    @cached_property
    def due(self) -> list[Row]:
        """The longest due first."""
        found = [(row.due_on, row) for row in self.rows if row.due_on is not None and row.due_on <= self.today]
        return [row for _, row in sorted(found, key=lambda pair: (pair[0], pair[1].question_id))]

    @cached_property
    def due_minutes(self) -> int:
        return sum(row.minutes for row in self.due)

    @cached_property
    def unseen(self) -> list[Row]:
        """In the order of levels that suits the person, then in the bank's order."""
        levels = NEW_ORDER[self.user.profile.target_level]
        ranks = {level: rank for rank, level in enumerate(levels)}
        found = [row for row in self.rows if row.due_on is None]
        return sorted(found, key=lambda row: (ranks.get(row.level, len(ranks)), row.position, row.question_id))

    def plain(self, *, is_behind: bool) -> list[Line]:
        """Without an interview ahead: what is due in its order, then what is new."""
        due = self.due
        if is_behind:
            due = [due[i] for i in self._by_worth_in_a_month(due)]
        lines = [self._line(row, "due") for row in due[: MOST_OF_A_KIND["due"]]]
        return [*lines, *(self._line(row, "new") for row in self._some_of_each_category(self.unseen))]

    def planned(self, ahead: Sequence[Interview]) -> list[Line]:
        """Before the nearest interviews, by worth."""
        learned = sorted((row for row in self.rows if row.due_on is not None), key=lambda row: row.question_id)
        rows = [*learned, *self.unseen]
        if not rows:
            return []
        model = model_of(self.user.profile)
        pools = [self._pool(rows, self._shares(interview)) for interview in ahead[:NEAREST]]
        days_left = [(interview.on - self.today).days for interview in ahead[:NEAREST]]
        worths = [planning.value(pool, days, model) for pool, days in zip(pools, days_left, strict=True)]
        worth = np.asarray(sum(worths, np.zeros(len(rows))))
        pool = pools[0]
        gains = model.gain(pool.stability, pool.difficulty, pool.elapsed, days_left[0])
        counts, lines = dict.fromkeys(MOST_OF_A_KIND, 0), list[Line]()
        for i in planning.arranged(worth, pool):
            kind = self._kind(rows[i])
            if counts[kind] < MOST_OF_A_KIND[kind] and not (kind == "early" and gains[i] < LEAST_EARLY_GAIN):
                counts[kind] += 1
                lines.append(self._line(rows[i], kind)._replace(worth=float(worth[i]), gain=float(gains[i])))
        return lines

    # --- Worth --------------------------------------------------------------------------------
    def _shares(self, interview: Interview) -> dict[int, float]:
        by_slug = shares_of(interview, {category.slug: category.weight for category in self.categories})
        return {category.pk: by_slug[category.slug] for category in self.categories}

    def _pool(self, rows: Sequence[Row], shares: dict[int, float]) -> planning.Pool:
        """A category's share falls on all its questions alike."""
        totals = {category.pk: category.total for category in self.categories}
        nan = float("nan")
        return planning.Pool(
            stability=np.array([nan if row.stability is None else row.stability for row in rows]),
            difficulty=np.array([nan if row.difficulty is None else row.difficulty for row in rows]),
            elapsed=np.array([(self.today - row.last_study_day).days if row.last_study_day else 0 for row in rows]),
            weight=np.array([shares.get(row.category_id, 0.0) / totals.get(row.category_id, 1) for row in rows]),
            minutes=np.array([max(row.minutes, 1) for row in rows], dtype=float),
            category=np.array([row.category_id for row in rows], dtype=np.int64),
        )

    def _by_worth_in_a_month(self, rows: Sequence[Row]) -> Sequence[int]:
        if not rows:
            return []
        guide = {category.pk: category.weight for category in self.categories}
        worth = planning.value(self._pool(rows, guide), MONTH, model_of(self.user.profile))
        return [int(i) for i in np.argsort(-worth, kind="stable")]

    # --- Lines --------------------------------------------------------------------------------
    @staticmethod
    def _line(row: Row, kind: str) -> Line:
        return Line(row.question_id, row.category_id, row.minutes, kind, row.due_on)

    def _some_of_each_category(self, rows: Sequence[Row]) -> list[Row]:
        """Enough of each category for a day on which only it is new."""
        each = max(MOST_OF_A_KIND["new"] // max(len(self.categories), 1), FEWEST_OF_A_CATEGORY)
        counts: dict[int, int] = {}
        some = []
        for row in rows:
            counts[row.category_id] = counts.get(row.category_id, 0) + 1
            if counts[row.category_id] <= each:
                some.append(row)
        return some

    def _kind(self, row: Row) -> str:
        if row.due_on is None:
            return "new"
        return "due" if row.due_on <= self.today else "early"


def by_need(lines: Iterable[Line], categories: Sequence[CategoryStanding]) -> list[Line]:
    """New questions, again and again from the category that is furthest behind its weight. Pure."""
    waiting: dict[int, deque[Line]] = {}
    for line in lines:
        waiting.setdefault(line.category_id, deque()).append(line)
    answered = {category.pk: category.answered for category in categories}
    ordered: list[Line] = []
    while any(waiting.values()):
        open_ones = [category for category in categories if waiting.get(category.pk)]
        if not open_ones:
            break
        category = min(open_ones, key=lambda c: answered[c.pk] / c.weight)
        ordered.append(waiting[category.pk].popleft())
        answered[category.pk] += 1
    return ordered


def by_worth(lines: Sequence[Line], categories: Sequence[CategoryStanding], *, aim: str, has_floor: bool) -> list[Line]:
    """The lines of a plan in the order of the interview's aim, as the categories stand now. Pure."""
    if not lines:
        return []
    pool = planning.Pool(
        stability=np.array([float("nan") if line.kind == "new" else 1.0 for line in lines]),
        difficulty=np.full(len(lines), 5.0),
        elapsed=np.zeros(len(lines)),
        weight=np.ones(len(lines)),
        minutes=np.ones(len(lines)),
        category=np.array([line.category_id for line in lines], dtype=np.int64),
    )
    begun = {category.pk for category in categories if category.answered}
    worth = np.array([line.worth or 0.0 for line in lines])
    return [lines[i] for i in planning.arranged(worth, pool, aim=aim, has_floor=has_floor, seen_categories=begun)]


def with_reasons(
    lines: Iterable[Line], categories: Sequence[CategoryStanding], today: date, interview_on: date | None
) -> list[Line]:
    """Each line with why it is there, in the order in which they will be practised. Pure."""
    standing = {category.pk: category for category in categories}
    begun = {category.pk for category in categories if category.answered}
    told = []
    for line in lines:
        category = standing.get(line.category_id)
        why = _why(line, category.name if category else "", today, is_first=line.category_id not in begun)
        if line.gain is not None and interview_on is not None:
            why += f" {line.gain:+.2f} expected recall on {interview_on:%-d %B}, {line.minutes} min."
        elif line.kind == "new" and line.category_id in begun and category is not None:
            why = f"New: {category.name} is behind its share of the interview."
        told.append(line._replace(reason=why))
        begun.add(line.category_id)
    return told


def _why(line: Line, category: str, today: date, *, is_first: bool) -> str:
    if line.kind == "new":
        return f"New: your first on {category}." if is_first else f"New, on {category}."
    return due_reason(line.due_on, today) if line.kind == "due" and line.due_on else "Not due yet, and worth it."


def due_reason(due_on: date, today: date) -> str:
    days = (today - due_on).days
    if days <= 0:
        return "Due today."
    return "Due since yesterday." if days == 1 else f"Due for {days} days."
