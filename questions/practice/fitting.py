"""Fits FSRS-6 to one person's reviews, and tries the fit on reviews that it has not seen. PURE: numpy; SciPy in `fit`.

All cards take their k-th review together, as one step of arrays. The formulas are those of the library `fsrs` 6.3, the
reviews of one study day included; tests/questions/test_fitting.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from fsrs.scheduler import DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, STABILITY_MIN, UPPER_BOUNDS_PARAMETERS
from numpy.typing import NDArray

from questions.practice.recall import Floats, Model

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

DEFAULTS = tuple(float(value) for value in DEFAULT_PARAMETERS)
LOWEST = tuple(float(value) for value in LOWER_BOUNDS_PARAMETERS)
HIGHEST = tuple(float(value) for value in UPPER_BOUNDS_PARAMETERS)
MOST_REVIEWS = 20_000  # more than this teach little more and take longer
HELD_OUT = 0.2
LEAST_HELD_OUT = 50  # fewer tell a better fit from luck in no case
LEAST_GAIN = 0.001  # share of the log-loss
LEAST_CONFIDENCE = 0.9
RESAMPLES = 2_000
ROUNDS = 60  # of the search
GROUPS = 5  # of the calibration table
CERTAINTY = 1e-6  # a forecast is never surer than this

# How far people lie from the defaults: of the four first stabilities by their logarithm, of the others as they are.
FIRST = slice(0, 4)
SPREADS = np.array(
    [
        *(0.8, 0.8, 0.8, 0.8),
        *(0.6, 0.25, 0.6, 0.05),  # difficulty
        *(0.4, 0.1, 0.3),  # growth after a pass
        *(0.4, 0.05, 0.12, 0.5),  # what is left after a lapse
        *(0.2, 0.6),  # hard, easy
        *(0.3, 0.2, 0.1),  # a second review on one day
        0.12,  # decay
    ]
)


class Past(NamedTuple):
    """One review: whose card, the rating 1..4, and the study day as a whole number."""

    card: int
    rating: int
    day: int


@dataclass(frozen=True)
class Histories:
    """Many cards' reviews, the longest history first. Arrays are steps × cards; 0 where a card has ended."""

    cards: Whole
    lengths: Whole
    ratings: Whole
    days: Whole

    @property
    def elapsed(self) -> Whole:
        """Study days since the card's review before; 0 at the first."""
        gaps = np.zeros_like(self.days)
        gaps[1:] = np.where(self.ratings[1:] > 0, self.days[1:] - self.days[:-1], 0)
        return gaps

    @property
    def counted(self) -> Flags:
        """Reviews that say something of forgetting: those at least a study day after another one."""
        return self.elapsed > 0

    @property
    def passed(self) -> Flags:
        return self.ratings > 1

    def widths(self) -> list[int]:
        """How many cards have a k-th review, for each step."""
        return [int(np.count_nonzero(row)) for row in self.ratings]


class Traced(NamedTuple):
    """`recall`: expected just before each review, steps × cards. The memories are those after the last review."""

    recall: Floats
    stability: Floats
    difficulty: Floats


class Group(NamedTuple):
    """Held-out reviews of like forecast: how many, what was predicted before and after, and what was recalled."""

    reviews: int
    predicted_before: float
    predicted: float
    recalled: float


@dataclass(frozen=True)
class Trial:
    """A fit and how it does on the later reviews, beside the parameters in use."""

    parameters: tuple[float, ...]
    loss_before: float
    loss_after: float
    held_out: int
    confidence: float
    groups: tuple[Group, ...]

    @property
    def is_better(self) -> bool:
        return self.loss_after < self.loss_before * (1 - LEAST_GAIN) and self.confidence >= LEAST_CONFIDENCE


def histories_of(reviews: Iterable[Past], most: int | None = None) -> Histories:
    """Reviews in any order, sorted into cards. `most`: the newest cards' whole histories, up to so many reviews."""
    rows = np.array([(r.card, r.day, r.rating) for r in reviews], dtype=np.int64).reshape(-1, 3)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]  # stable: reviews of one day stay in order
    cards, starts, lengths = np.unique(rows[:, 0], return_index=True, return_counts=True)
    if most is not None and len(rows) > most:
        newest = np.argsort(-rows[starts, 1], kind="stable")
        newest = newest[np.cumsum(lengths[newest]) <= most]
        cards, starts, lengths = cards[newest], starts[newest], lengths[newest]
    longest = np.argsort(-lengths, kind="stable")
    cards, starts, lengths = cards[longest], starts[longest], lengths[longest]
    steps = np.arange(lengths.max() if len(lengths) else 0)[:, None]
    is_there = steps < lengths
    places = np.where(is_there, starts + steps, 0)
    ratings, days = (np.where(is_there, rows[places, column], 0) if len(rows) else places for column in (2, 1))
    return Histories(cards, lengths, ratings, days)


def traced(histories: Histories, parameters: Sequence[float]) -> Traced:
    """Every card's way through its reviews with these parameters."""
    model, elapsed, widths = Model(tuple(parameters)), histories.elapsed, histories.widths()
    recall = np.ones(histories.ratings.shape)
    first = histories.ratings[0] if widths else np.zeros(0, dtype=np.int64)
    stability = np.array([0.0, *(model.first_stability(rating) for rating in (1, 2, 3, 4))])[first]
    difficulty = np.array([0.0, *(model.first_difficulty(rating) for rating in (1, 2, 3, 4))])[first]
    for step, width in enumerate(widths[1:], start=1):
        s, d, days = stability[:width], difficulty[:width], elapsed[step, :width]
        rating = histories.ratings[step, :width]
        recall[step, :width] = r = (1 + model.factor * days / s) ** model.decay
        stability[:width], difficulty[:width] = _stepped(model, s, d, r, rating, days)
    return Traced(recall, stability, difficulty)


def _stepped(model: Model, s: Floats, d: Floats, recall: Floats, rating: Whole, days: Whole) -> tuple[Floats, Floats]:
    w = model.w
    bonus = np.array([0.0, 0.0, w[15], 1.0, w[16]])[rating]
    growth = np.exp(w[8]) * (11 - d) * s ** -w[9] * np.expm1((1 - recall) * w[10]) * bonus
    after = s * (1 + growth)
    failed = np.flatnonzero(rating == 1)
    after[failed] = model.stability_after_fail(s[failed], d[failed], recall[failed])
    same_day = np.flatnonzero(days < 1)
    if len(same_day):
        after[same_day] = _on_one_day(model, s[same_day], rating[same_day])
    return np.maximum(after, STABILITY_MIN), _next_difficulty(model, d, rating)


def _on_one_day(model: Model, s: Floats, rating: Whole) -> Floats:
    w = model.w
    increase = np.exp(w[17] * (rating - 3 + w[18])) * s ** -w[19]
    return np.asarray(s * np.where(rating > 1, np.maximum(increase, 1.0), increase))


def _next_difficulty(model: Model, d: Floats, rating: Whole) -> Floats:
    w = model.w
    easiest = w[4] - np.exp(w[5] * 3) + 1
    moved = d + (10.0 - d) * (-w[6] * (rating - 3)) / 9.0
    return np.asarray(np.clip(w[7] * easiest + (1 - w[7]) * moved, 1, 10))


def losses(histories: Histories, parameters: Sequence[float]) -> Floats:
    """The log-loss of each review, steps × cards: what the forecast before it was wrong by. Only `counted` ones mean
    anything."""
    recall = np.clip(traced(histories, parameters).recall, CERTAINTY, 1 - CERTAINTY)
    return np.asarray(-np.log(np.where(histories.passed, recall, 1 - recall)))


def log_loss(histories: Histories, parameters: Sequence[float], among: Flags | None = None) -> float:
    """The mean over the counted reviews, or over those of `among`."""
    chosen = histories.counted if among is None else among
    return float(losses(histories, parameters)[chosen].mean())


def later(histories: Histories) -> Flags:
    """The counted reviews of the last days, about a fifth of all; a day is never cut in two."""
    counted = histories.counted
    days = np.sort(histories.days[counted])
    if not len(days):
        return counted
    last_early = days[int(len(days) * (1 - HELD_OUT)) - 1] if len(days) > 1 else days[0]
    return np.asarray(counted & (histories.days > last_early))


def fit(histories: Histories, among: Flags) -> tuple[float, ...]:
    """The 21 parameters that explain the reviews of `among` best, drawn toward the defaults. The same each time."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]  # only workers fit: the web does without

    lowest, highest = (_placed(np.array(bounds)) for bounds in (LOWEST, HIGHEST))
    defaults = np.array(DEFAULTS)
    start = np.concatenate([first_stabilities(histories, among), defaults[4:]])

    def cost(place: Floats) -> float:
        return float(losses(histories, _parameters(place))[among].sum() + 0.5 * (place**2).sum())

    found = minimize(
        cost,
        np.clip(_placed(start), lowest, highest),
        method="L-BFGS-B",
        bounds=list(zip(lowest, highest, strict=True)),
        options={"maxiter": ROUNDS, "ftol": 1e-7, "eps": 1e-5},
    )
    values = np.clip(_parameters(found.x), LOWEST, HIGHEST)
    return tuple(round(float(value), 6) for value in values)


def _placed(parameters: Floats) -> Floats:
    """Distances from the defaults in spreads, so that each direction is equally long."""
    defaults = np.array(DEFAULTS)
    gone = parameters - defaults
    gone[FIRST] = np.log(parameters[FIRST] / defaults[FIRST])
    return np.asarray(gone / SPREADS)


def _parameters(place: Floats) -> tuple[float, ...]:
    defaults, gone = np.array(DEFAULTS), place * SPREADS
    values = defaults + gone
    values[FIRST] = defaults[FIRST] * np.exp(gone[FIRST])
    return tuple(values.tolist())


def first_stabilities(histories: Histories, among: Flags) -> Floats:
    """Where the search begins: for each first rating, the stability that explains second reviews best, shrunk."""
    if len(histories.ratings) < 2:
        return np.array(DEFAULTS[FIRST])
    model, found = Model(), []
    factors = np.exp(np.linspace(-3, 3, 121))
    for rating, default in enumerate(DEFAULTS[FIRST], start=1):
        is_second = among[1] & (histories.ratings[0] == rating)
        days, passed = histories.elapsed[1][is_second], histories.passed[1][is_second]
        recall = np.clip(model.recall(default * factors[:, None], days[None, :]), CERTAINTY, 1 - CERTAINTY)
        cost = -np.log(np.where(passed, recall, 1 - recall)).sum(axis=1) + 0.5 * (np.log(factors) / SPREADS[0]) ** 2
        found.append(default * factors[int(np.argmin(cost))])
    return np.asarray(np.clip(found, LOWEST[FIRST], HIGHEST[FIRST]))


def tried(reviews: Iterable[Past], in_use: Sequence[float]) -> Trial | None:
    """A fit on the earlier reviews and its figures on the later ones; None where there are too few of either."""
    histories = histories_of(reviews, MOST_REVIEWS)
    held_out = later(histories)
    early = histories.counted & ~held_out
    if np.count_nonzero(held_out) < LEAST_HELD_OUT or np.count_nonzero(early) < LEAST_HELD_OUT:
        return None
    parameters = fit(histories, early)
    before, after = losses(histories, in_use), losses(histories, parameters)
    return Trial(
        parameters=parameters,
        loss_before=float(before[held_out].mean()),
        loss_after=float(after[held_out].mean()),
        held_out=int(np.count_nonzero(held_out)),
        confidence=confidence(np.where(held_out, before - after, 0.0).sum(axis=0)[held_out.any(axis=0)]),
        groups=_groups(histories, held_out, in_use, parameters),
    )


def confidence(gains: Floats) -> float:
    """The share of resamples, with whole cards drawn, in which the fit is better. The same each time."""
    draws = np.random.default_rng(0).integers(0, len(gains), size=(RESAMPLES, len(gains)))
    return float((gains[draws].sum(axis=1) > 0).mean())


def _groups(
    histories: Histories, held_out: Flags, in_use: Sequence[float], parameters: Sequence[float]
) -> tuple[Group, ...]:
    before, after = (traced(histories, values).recall[held_out] for values in (in_use, parameters))
    passed = histories.passed[held_out]
    parts = np.array_split(np.argsort(after, kind="stable"), GROUPS)
    return tuple(
        Group(len(part), float(before[part].mean()), float(after[part].mean()), float(passed[part].mean()))
        for part in parts
    )
