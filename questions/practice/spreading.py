"""On which day of its fuzz range a question returns: where least waits, fewer on easy days, none in a break. PURE."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from questions.practice.limits import Span, is_easy
from questions.practice.memory import MAXIMUM_INTERVAL_DAYS, fuzz_range


@dataclass(frozen=True)
class Calendar:
    """What a person's coming days look like. `load`: how many questions are due, by day; None evens nothing out."""

    load: Mapping[date, int] | None = None
    easy_weekdays: Collection[int] = ()
    breaks: Sequence[Span] = field(default=())

    @property
    def is_plain(self) -> bool:
        return self.load is None and not self.easy_weekdays and not self.breaks


def window(day: date, interval: int, maximum: int = MAXIMUM_INTERVAL_DAYS) -> tuple[date, date]:
    """First and last day on which a question with this unfuzzed interval may return."""
    low, high = fuzz_range(interval, maximum)
    return day + timedelta(days=low), day + timedelta(days=max(low, high))


def returning_on(day: date, interval: int, seed: str, calendar: Calendar, maximum: int = MAXIMUM_INTERVAL_DAYS) -> date:
    """The day of return inside the fuzz range, the same for the same calendar and seed.

    The day with least waiting is taken, an easy weekday counting double, a day in a break only when the whole range
    lies in one; among equals the seed decides.
    """
    first, last = window(day, interval, maximum)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    open_days = [d for d in days if not any(span.holds(d) for span in calendar.breaks)] or days
    costs = [_cost(d, calendar) for d in open_days]
    least = min(costs)
    return random.Random(seed).choice([d for d, cost in zip(open_days, costs, strict=True) if cost == least])


def _cost(day: date, calendar: Calendar) -> int:
    waiting = calendar.load.get(day, 0) if calendar.load is not None else 0
    return (waiting + 1) * (2 if is_easy(day, calendar.easy_weekdays) else 1)
