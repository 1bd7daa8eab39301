"""How much a study day may hold: the profile's limits, less on easy weekdays and in breaks, or the day's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

BEFORE_A_BREAK = 3  # days on which fewer new questions are begun: they would come back in it


class Span(NamedTuple):
    """Days without practice, both ends included."""

    starts_on: date
    ends_on: date

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class Own:
    """What one day alone is set to; None: as usual."""

    minutes: int | None = None
    new: int | None = None
    reviews: int | None = None

    @property
    def is_set(self) -> bool:
        return (self.minutes, self.new, self.reviews) != (None, None, None)


@dataclass(frozen=True)
class Limits:
    """`reviews` None: no limit but the minutes. `resting`: the break that the day lies in."""

    minutes: int
    new: int
    reviews: int | None
    is_easy: bool = False
    is_own: bool = False
    resting: Span | None = None
    ahead: Span | None = None  # the break that begins within the next days


def limits_on(
    day: date, usual: Own, easy_weekdays: Iterable[int], breaks: Sequence[Span], own: Own | None = None
) -> Limits:
    """The limits of one study day. `usual`: the profile's, with minutes and new set.

    An easy weekday holds half; all seven easy are none. In a break nothing is planned. On the three days before one,
    half the new questions, and none on the last. What is set for this day alone goes before all of it.
    """
    minutes, new, reviews = usual.minutes or 0, usual.new or 0, usual.reviews
    resting = next((span for span in breaks if span.holds(day)), None)
    ahead = next((span for span in breaks if day < span.starts_on <= day + timedelta(days=BEFORE_A_BREAK)), None)
    easy = is_easy(day, easy_weekdays)
    if resting:
        minutes, new, reviews = 0, 0, 0
    elif easy:
        minutes, new, reviews = (minutes + 1) // 2, new // 2, None if reviews is None else (reviews + 1) // 2
    if ahead:
        new = 0 if ahead.starts_on == day + timedelta(days=1) else new // 2
    if own is not None and own.is_set:
        minutes = minutes if own.minutes is None else own.minutes
        new = new if own.new is None else own.new
        # A day that is opened by hand in a break is bounded by its minutes alone.
        reviews = own.reviews if own.reviews is not None or resting else reviews
        return Limits(minutes, new, reviews, easy, is_own=True, resting=resting, ahead=ahead)
    return Limits(minutes, new, reviews, easy, resting=resting, ahead=ahead)


def is_easy(day: date, easy_weekdays: Iterable[int]) -> bool:
    """All seven weekdays easy is a week like any other."""
    easy = set(easy_weekdays)
    return day.weekday() in easy and len(easy) < 7
