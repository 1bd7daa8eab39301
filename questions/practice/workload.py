"""What settings lead to: the coming days lived through, with their minutes and what is known in the end. PURE, numpy.

A day is made like the site makes it: what is due within the day's limits, or by worth before an interview, then new
questions. Whether an answer is recalled is drawn from its predicted recall. The draws belong to a question and its
n-th answer, so two settings meet the same luck and differ by the settings alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from questions.practice import planning
from questions.practice.limits import Limits, Own, Span, is_easy, limits_on
from questions.practice.memory import MAXIMUM_INTERVAL_DAYS, fuzz_range
from questions.practice.recall import FIRST_RATINGS, PASS_RATINGS, Floats, Model

DAYS = 30  # from tomorrow on
LONGEST = 90  # days: no interview is looked at from further away
LIVED_DAYS = 100  # over all lives of one forecast: more days, fewer lives
MOST_CARDS = 2_000  # learned questions that may come up; the others are only remembered
SEED = 6
DRAWS = 24  # answers of one question before its luck repeats
MONTH = 30
ALL_DAY = 24 * 60
LEAST_EARLY_GAIN = 0.02
NEAREST = 3

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Settings:
    """`usual`: minutes and new a day, and reviews (None: no limit)."""

    usual: Own
    desired_retention: float = 0.9
    easy_weekdays: tuple[int, ...] = ()
    balances_load: bool = True
    has_two_buttons: bool = False


@dataclass(frozen=True)
class Aim:
    """An interview so many days from today. `weight`: how likely each question of the deck is asked, on any scale."""

    day: int
    weight: Floats
    aim: str = "solid"
    has_floor: bool = False


@dataclass(frozen=True)
class Deck:
    """All open questions, one entry each in every array; new ones in the order in which they are begun.

    `stability` and `difficulty` are NaN where a question is new. `last` and `due` count days from today, so `last` is 0
    or less; both are any number for a new one. `minutes` > 0. `weight`: its category's in the guide.
    """

    stability: Floats
    difficulty: Floats
    last: Floats
    due: Floats
    minutes: Floats
    weight: Floats
    category: Indices
    is_resting: Flags

    def __len__(self) -> int:
        return len(self.stability)


@dataclass(frozen=True)
class Begun:
    """What was done today already."""

    minutes: float = 0.0
    new: int = 0
    reviews: int = 0


@dataclass(frozen=True)
class Outlook:
    """What lies before a person. `own`: what today alone is set to. `known_in`: days until the known are counted."""

    today: date
    known_in: int = DAYS
    breaks: tuple[Span, ...] = ()
    own: Own | None = None
    begun: Begun = Begun()
    aims: tuple[Aim, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """`minutes`: of each of the coming days, from tomorrow. Counts are means over several lives.

    `known`: the sum of expected recall on the day asked for. `waiting`: due and not asked within the limits, after the
    last day. `needed`: minutes a day if everything due were answered, whatever the limits but that of new ones.
    """

    minutes: tuple[float, ...]
    busiest: float
    answers: float
    new: float
    known: float
    waiting: float
    needed: float = 0.0

    @property
    def minutes_a_day(self) -> float:
        return sum(self.minutes) / len(self.minutes)


def forecast(deck: Deck, settings: Settings, outlook: Outlook, model: Model) -> Forecast:
    """Several lives with these settings, averaged; the same arguments give the same numbers."""
    lives = max(1, LIVED_DAYS // (max(DAYS, outlook.known_in) + 1))
    lived = [Life(deck, settings, outlook, model, luck_of(deck, n)).live() for n in range(lives)]
    minutes = np.mean([life.minutes for life in lived], axis=0)
    names = ("busiest", "answers", "new", "known", "waiting")
    means = {name: float(np.mean([getattr(life, name) for life in lived])) for name in names}
    return Forecast(
        minutes=tuple(minutes.tolist()), needed=_needed(deck, settings, outlook, model).minutes_a_day, **means
    )


def _needed(deck: Deck, settings: Settings, outlook: Outlook, model: Model) -> Forecast:
    """The same days with all the time in the world, and no interview that asks for more than what is due."""
    unbound = replace(settings, usual=Own(ALL_DAY, settings.usual.new, None))
    plain = replace(outlook, known_in=DAYS, own=None, aims=())
    return Life(deck, unbound, plain, model, luck_of(deck, 0)).live()


def luck_of(deck: Deck, life: int) -> Floats:
    """The draws of one life: whether the n-th answer of a question is recalled, and how it is rated."""
    return np.random.default_rng([SEED, life]).random((len(deck), DRAWS, 2))


def work_of_today(deck: Deck, settings: Settings, outlook: Outlook, model: Model) -> list[int]:
    """What is taken up first, as indices into the deck."""
    taken: list[int] = Life(deck, settings, outlook, model, luck_of(deck, 0)).chosen(0).tolist()
    return taken


class Life:
    """One life: the state of every question, day by day."""

    def __init__(self, deck: Deck, settings: Settings, outlook: Outlook, model: Model, luck: Floats) -> None:
        self.deck, self.settings, self.outlook, self.model, self.luck = deck, settings, outlook, model, luck
        self.days = max(DAYS, outlook.known_in) + 1
        self.stability, self.difficulty = deck.stability.copy(), deck.difficulty.copy()
        self.last, self.due = deck.last.copy(), np.where(np.isnan(deck.stability), np.inf, deck.due)
        self.answered = np.zeros(len(deck), dtype=np.int64)
        self.limits = [self._limits(day) for day in range(self.days)]
        self.cards, self.fresh = self._cards(), self._fresh()
        self.load, self.cost = self._calendar()

    def live(self) -> Forecast:
        minutes = np.zeros(self.days)
        answers = new = 0
        known = waiting = 0.0
        for day in range(self.days):
            if day == self.outlook.known_in:
                known = float(self.model.recall(self.stability, day - self.last).sum())
            chosen = self.chosen(day)
            minutes[day] = self.deck.minutes[chosen].sum()
            if 0 < day <= DAYS:
                answers += len(chosen)
                new += int(np.isnan(self.stability[chosen]).sum())
            self.answer(chosen, day)
            if day == DAYS:
                waiting = float(np.sum((self.due <= day) & ~self.deck.is_resting))
        shown = minutes[1 : DAYS + 1]
        return Forecast(tuple(shown.tolist()), float(shown.max()), answers, new, known, waiting)

    # --- Before the first day -----------------------------------------------------------------

    def _limits(self, day: int) -> Limits:
        on = self.outlook.today + timedelta(days=day)
        own = self.outlook.own if day == 0 else None
        return limits_on(on, self.settings.usual, self.settings.easy_weekdays, self.outlook.breaks, own)

    def _cards(self) -> Indices:
        """The learned questions that may come up: of very many those that come first."""
        deck = self.deck
        may = ~np.isnan(deck.stability) & ~deck.is_resting
        if not self.outlook.aims:
            may &= deck.due <= self.days
        cards = np.flatnonzero(may)
        if len(cards) <= MOST_CARDS:
            return cards
        if self.outlook.aims:
            rank = np.argsort(-self._worth(cards, 0), kind="stable")
        else:
            rank = np.lexsort((-self._worth_in_a_month(cards, 0), deck.due[cards] > 0))
        return np.sort(cards[rank[:MOST_CARDS]])

    def _fresh(self) -> Indices:
        """The new questions that can be begun in these days, in their order."""
        fresh = np.flatnonzero(np.isnan(self.deck.stability) & ~self.deck.is_resting)
        at_most = sum(max(limits.new, 1) for limits in self.limits)
        if len(fresh) <= at_most or not self.outlook.aims:
            return fresh[:at_most]
        worth = sum((aim.weight[fresh] for aim in self.outlook.aims), np.zeros(len(fresh))) / self.deck.minutes[fresh]
        best = fresh[np.argsort(-worth, kind="stable")]
        _, firsts = np.unique(self.deck.category[best], return_index=True)  # a floor asks for one of each
        return np.unique(np.concatenate([best[:at_most], best[firsts]]))

    def _calendar(self) -> tuple[Indices, Floats]:
        """What falls due on each day, and how dear a day is: easy weekdays twice, days in a break never."""
        span = self.days + MAXIMUM_INTERVAL_DAYS + 30
        load = np.zeros(span, dtype=np.int64)
        ahead = self.deck.due[(self.due > 0) & (self.due < span)].astype(np.int64)
        np.add.at(load, ahead, 1)
        days = [self.outlook.today + timedelta(days=n) for n in range(span)]
        cost = np.array([2.0 if is_easy(day, self.settings.easy_weekdays) else 1.0 for day in days])
        for n, day in enumerate(days):
            if any(rest.holds(day) for rest in self.outlook.breaks):
                cost[n] = np.inf
        return load, cost

    # --- A day --------------------------------------------------------------------------------

    def chosen(self, day: int) -> Indices:
        """What is practised on a day, in its order."""
        aims = [aim for aim in self.outlook.aims if aim.day >= day][:NEAREST]
        cards = self.cards[self.last[self.cards] < day]  # today's are done
        begun = self.answered > 0
        learned = self.fresh[begun[self.fresh]]
        cards = np.concatenate([cards, learned[self.last[learned] < day]])
        fresh = self.fresh[~begun[self.fresh]]
        limits = self.limits[day]
        if aims:
            return self._taken(self._planned(cards, fresh, aims, day), limits, day, is_behind=False)
        due = cards[self.due[cards] <= day]
        due = due[np.argsort(self.due[due], kind="stable")]
        is_behind = float(self.deck.minutes[due].sum()) > limits.minutes
        if is_behind:
            due = due[np.argsort(-self._worth_in_a_month(due, day), kind="stable")]
        return self._taken(np.concatenate([due, fresh]), limits, day, is_behind=is_behind)

    def _planned(self, cards: Indices, fresh: Indices, aims: Sequence[Aim], day: int) -> Indices:
        rows = np.concatenate([cards, fresh])
        pools = [self._pool(rows, aim.weight, day) for aim in aims]
        if not len(rows):
            return rows
        gains = self.model.gain(pools[0].stability, pools[0].difficulty, pools[0].elapsed, aims[0].day - day)
        worth = pools[0].weight * gains / pools[0].minutes
        for pool, aim in zip(pools[1:], aims[1:], strict=True):
            worth = worth + planning.value(pool, aim.day - day, self.model)
        may = ~((self.due[rows] > day) & (gains < LEAST_EARLY_GAIN) & ~np.isnan(self.stability[rows]))
        seen = set(np.unique(self.deck.category[~np.isnan(self.stability)]).tolist())
        has_floor = aims[0].has_floor and len(seen) < len(np.unique(self.deck.category))
        ranked = planning.arranged(worth, pools[0], aim=aims[0].aim, has_floor=has_floor, seen_categories=seen)
        planned: Indices = rows[ranked[may[ranked]]]
        return planned

    def _taken(self, ordered: Indices, limits: Limits, day: int, *, is_behind: bool) -> Indices:
        """Those that fit, as practice.queue.todays has it."""
        begun = self.outlook.begun if day == 0 else Begun()
        minutes, new = limits.minutes - begun.minutes, limits.new - begun.new
        reviews = np.inf if limits.reviews is None else limits.reviews - begun.reviews
        is_first = begun == Begun() and limits.minutes > 0
        is_first_new = not begun.new and not is_behind and limits.minutes > 0
        least = float(self.deck.minutes.min()) if len(self.deck) else 1.0
        taken: list[int] = []
        each, is_new = self.deck.minutes[ordered].tolist(), np.isnan(self.stability[ordered]).tolist()
        for index, length, fresh in zip(ordered.tolist(), each, is_new, strict=True):
            if minutes < least / 2 and not is_first_new and (taken or not is_first):
                break
            if (new if fresh else reviews) <= 0:
                continue
            must = (is_first and not taken) or (fresh and is_first_new)
            if not must and length / 2 > minutes:
                continue
            taken.append(index)
            minutes -= length
            new, reviews = new - fresh, reviews - (not fresh)
            is_first_new = is_first_new and not fresh
        return np.array(taken, dtype=np.int64)

    # --- Worth --------------------------------------------------------------------------------

    def _pool(self, rows: Indices, weight: Floats, day: int) -> planning.Pool:
        return planning.Pool(
            stability=self.stability[rows],
            difficulty=self.difficulty[rows],
            elapsed=day - self.last[rows],
            weight=weight[rows],
            minutes=self.deck.minutes[rows],
            category=self.deck.category[rows],
        )

    def _worth(self, rows: Indices, day: int) -> Floats:
        aim = self.outlook.aims[0]
        return planning.value(self._pool(rows, aim.weight, day), aim.day - day, self.model)

    def _worth_in_a_month(self, rows: Indices, day: int) -> Floats:
        return planning.value(self._pool(rows, self.deck.weight, day), MONTH, self.model)

    # --- An answer ----------------------------------------------------------------------------

    def answer(self, done: Indices, day: int) -> None:
        """Rates what was done on a day, each by its own luck, and lays it onto its day of return."""
        if not len(done):
            return
        is_new = np.isnan(self.stability[done])
        s, d = np.where(is_new, 1.0, self.stability[done]), np.where(is_new, 5.0, self.difficulty[done])
        recalled = self.model.recall(s, day - self.last[done])
        rating = self._ratings(done, is_new, recalled)
        for value in np.unique(rating):
            at, to = rating == value, done[rating == value]
            later = (
                self.model.stability_after_fail(s[at], d[at], recalled[at])
                if value == 1
                else self.model.stability_after_pass(s[at], d[at], recalled[at], int(value))
            )
            self.stability[to] = np.where(is_new[at], self.model.first_stability(int(value)), later)
            harder = self.model.next_difficulty(d[at], int(value))
            self.difficulty[to] = np.where(is_new[at], self.model.first_difficulty(int(value)), harder)
        self.last[done] = day
        self.answered[done] += 1
        intervals = self.model.interval(self.stability[done], self.settings.desired_retention).astype(int)
        for index, interval in zip(done.tolist(), intervals.tolist(), strict=True):
            self._return(index, day, interval)

    def _ratings(self, done: Indices, is_new: Flags, recalled: Floats) -> Indices:
        draw = self.luck[done, self.answered[done] % DRAWS]
        first = np.minimum(1 + np.searchsorted(np.cumsum(FIRST_RATINGS), draw[:, 1]), 4)
        passed = np.minimum(2 + np.searchsorted(np.cumsum(PASS_RATINGS), draw[:, 1]), 4)
        rating = np.where(is_new, first, np.where(draw[:, 0] < recalled, passed, 1))
        return np.where(rating > 1, 3, 1) if self.settings.has_two_buttons else rating

    def _return(self, index: int, day: int, interval: int) -> None:
        """The day of return inside the fuzz range, as practice.spreading chooses it."""
        low, high = fuzz_range(interval)
        first, last = day + max(low, 1), day + max(low, high)
        before = self.due[index]
        if day < before < len(self.load):
            self.load[int(before)] -= 1
        waiting = self.load[first : last + 1] if self.settings.balances_load else 0
        costs = (waiting + 1) * self.cost[first : last + 1]
        least = np.flatnonzero(costs == costs.min())
        chosen = first + int(least[int(self.luck[index, self.answered[index] % DRAWS, 1] * len(least))])
        self.load[chosen] += 1
        self.due[index] = chosen


def by_weeks(minutes: Iterable[float]) -> list[float]:
    """Minutes a day, week by week; the last week may be short."""
    values = list(minutes)
    weeks = [values[n : n + 7] for n in range(0, len(values), 7)]
    return [sum(week) / len(week) for week in weeks]
