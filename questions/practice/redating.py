"""On which days all questions of a person return after a rescheduling, and how far that is from before. PURE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from questions.practice.spreading import Calendar, returning_on, window

WEEK = timedelta(days=7)
# Questions that other parameters call overdue join the coming days by so many, the least remembered first.
PULLED_A_DAY = 10


class Dated(NamedTuple):
    """A card as it is due, and how long it may wait now: `interval` in days, `recall` on the day of the change."""

    question_id: int
    last_day: date
    due_on: date
    interval: int
    recall: float
    seed: str


@dataclass(frozen=True)
class Outlook:
    """What a rescheduling would move. Days are medians; a count `due` is of what waits today."""

    cards: int
    sooner: int
    later: int
    days_sooner: int
    days_later: int
    due_before: int
    due_after: int
    week_before: int
    week_after: int

    @property
    def moved(self) -> int:
        return self.sooner + self.later

    @property
    def same(self) -> int:
        return self.cards - self.moved


def redated(cards: Sequence[Dated], today: date, calendar: Calendar) -> dict[int, date]:
    """The new day of each question.

    A day that lies in the new fuzz range already stays; else one inside of it is chosen on the person's calendar, the
    same each time. Nothing becomes overdue: what should have returned before today keeps its day if it waits already,
    and otherwise joins the coming days, never later than it was due before.
    """
    load: Counter[date] = Counter()
    # The load of each day is that of the questions placed so far: all of them move.
    calendar = replace(calendar, load=load if calendar.load is not None else None)
    days: dict[int, date] = {}
    pulled: list[Dated] = []
    for card in sorted(cards, key=lambda card: (card.last_day + timedelta(days=card.interval), card.question_id)):
        day = _day_of(card, calendar)
        if day < today and card.due_on > today:
            pulled.append(card)
            continue
        days[card.question_id] = day = day if day >= today else card.due_on
        load[day] += 1
    for place, card in enumerate(sorted(pulled, key=lambda card: (card.recall, card.question_id))):
        days[card.question_id] = min(today + timedelta(days=place // PULLED_A_DAY), card.due_on)
    return days


def _day_of(card: Dated, calendar: Calendar) -> date:
    first, last = window(card.last_day, card.interval)
    if first <= card.due_on <= last:
        return card.due_on
    return returning_on(card.last_day, card.interval, card.seed, calendar)


def outlook(cards: Sequence[Dated], days: Mapping[int, date], today: date) -> Outlook:
    moves = [(days[card.question_id] - card.due_on).days for card in cards]
    sooner, later = [-move for move in moves if move < 0], [move for move in moves if move > 0]
    open_today = [card for card in cards if card.last_day < today]
    return Outlook(
        cards=len(cards),
        sooner=len(sooner),
        later=len(later),
        days_sooner=round(median(sooner)) if sooner else 0,
        days_later=round(median(later)) if later else 0,
        due_before=sum(card.due_on <= today for card in open_today),
        due_after=sum(days[card.question_id] <= today for card in open_today),
        week_before=sum(card.due_on < today + WEEK for card in cards),
        week_after=sum(days[card.question_id] < today + WEEK for card in cards),
    )
