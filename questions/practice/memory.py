"""FSRS on study days: the only module that knows the scheduler. Pure: no database, no clock, no global randomness.

The model is FSRS-6 (J. Ye et al., open-spaced-repetition; library `fsrs` 6.3). Elapsed time is counted in study
days of the person's own calendar, so the scheduler is fed 12:00 UTC of the study day's date.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from fsrs import Card as FsrsCard
from fsrs import Rating as FsrsRating
from fsrs import Scheduler, State
from fsrs.scheduler import DEFAULT_PARAMETERS

PARAMETERS_VERSION = "fsrs-6-default"
RETENTION_RANGE = (0.70, 0.97)
MAXIMUM_INTERVAL_DAYS = 365
RATINGS = (1, 2, 3, 4)
# Share of the interval by which a due date may move: (from, to, share), in days. Anki's bands.
FUZZ_BANDS = ((2.5, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, math.inf, 0.05))


class BadReview(ValueError):
    """A rating, date or setting that the scheduler would accept silently and must not."""


class Memory(NamedTuple):
    """What is known of one question: stability in days, difficulty 1..10, and the last study day."""

    stability: float
    difficulty: float
    last_day: date


class Outcome(NamedTuple):
    """A memory after a review, and the study day on which the question returns."""

    memory: Memory
    due_on: date


class Event(NamedTuple):
    rating: int
    study_day: date


@dataclass(frozen=True)
class Policy:
    """The scheduler's settings. `parameters`: the 21 FSRS-6 weights."""

    parameters: tuple[float, ...] = tuple(DEFAULT_PARAMETERS)
    desired_retention: float = 0.9
    maximum_interval: int = MAXIMUM_INTERVAL_DAYS

    def __post_init__(self) -> None:
        low, high = RETENTION_RANGE
        if not low <= self.desired_retention <= high:
            raise BadReview(f"desired_retention must be from {low} to {high}, not {self.desired_retention}")
        if not 1 <= self.maximum_interval <= 36500:
            raise BadReview(f"max_interval must be from 1 to 36500 days, not {self.maximum_interval}")
        if len(self.parameters) != len(DEFAULT_PARAMETERS):
            raise BadReview(f"params must hold {len(DEFAULT_PARAMETERS)} numbers, not {len(self.parameters)}")

    def scheduler(self) -> Scheduler:
        return Scheduler(
            parameters=self.parameters,
            desired_retention=self.desired_retention,
            learning_steps=(),
            relearning_steps=(),
            maximum_interval=self.maximum_interval,
            enable_fuzzing=False,
        )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _card(memory: Memory | None, day: date) -> FsrsCard:
    if memory is None:
        return FsrsCard(card_id=1, due=_noon(day))
    return FsrsCard(
        card_id=1,
        state=State.Review,
        step=None,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_noon(memory.last_day),
        last_review=_noon(memory.last_day),
    )


def review(memory: Memory | None, rating: int, day: date, policy: Policy, *, seed: str | None = None) -> Outcome:
    """The memory after rating `rating` (1 again, 2 hard, 3 good, 4 easy) on study day `day`.

    `memory` is None for a question never rated. `seed` fuzzes the due date, alike each time; None leaves it exact.
    Raises BadReview for a rating outside 1..4 or a day before the last review.
    """
    return _reviewed(policy.scheduler(), memory, rating, day, seed, policy.maximum_interval)


def _reviewed(
    scheduler: Scheduler, memory: Memory | None, rating: int, day: date, seed: str | None, maximum: int
) -> Outcome:
    if isinstance(rating, bool) or rating not in RATINGS:
        raise BadReview(f"a rating is 1, 2, 3 or 4, not {rating!r}")
    if memory is not None and day < memory.last_day:
        raise BadReview(f"a review on {day} cannot follow one on {memory.last_day}")
    card, _log = scheduler.review_card(_card(memory, day), FsrsRating(rating), review_datetime=_noon(day))
    if card.stability is None or card.difficulty is None:
        raise BadReview("the scheduler returned no memory")
    interval = (card.due - _noon(day)).days
    if seed is not None:
        interval = fuzzed(interval, seed, maximum)
    return Outcome(Memory(card.stability, card.difficulty, day), day + timedelta(days=interval))


def fuzz_range(interval: int, maximum: int = MAXIMUM_INTERVAL_DAYS) -> tuple[int, int]:
    """The whole days from which a fuzzed interval is drawn, both included."""
    for low, high, share in FUZZ_BANDS:
        if low <= interval < high:
            margin = math.floor(interval * share)
            return max(2, interval - margin), min(maximum, interval + margin)
    return interval, interval


def fuzzed(interval: int, seed: str, maximum: int = MAXIMUM_INTERVAL_DAYS) -> int:
    """An interval inside its fuzz range, the same for the same seed."""
    low, high = fuzz_range(interval, maximum)
    return random.Random(seed).randint(low, max(low, high))


def preview(memory: Memory | None, day: date, policy: Policy, *, seed: str | None = None) -> dict[int, Outcome]:
    """What each of the four ratings would do."""
    scheduler = policy.scheduler()
    return {r: _reviewed(scheduler, memory, r, day, seed, policy.maximum_interval) for r in RATINGS}


def replay(events: Iterable[Event], policy: Policy) -> Outcome | None:
    """The outcome of a whole history in order of study day, unfuzzed; None for no event.

    Every event counts: a second one on the same study day is a review after zero days.
    """
    scheduler = policy.scheduler()
    outcome: Outcome | None = None
    for event in events:
        outcome = _reviewed(
            scheduler, outcome.memory if outcome else None, event.rating, event.study_day, None, policy.maximum_interval
        )
    return outcome


def retrievability(memory: Memory, day: date, policy: Policy) -> float:
    """The expected recall on `day`, 0..1."""
    return float(
        policy.scheduler().get_card_retrievability(_card(memory, memory.last_day), current_datetime=_noon(day))
    )


def as_parameters(values: Sequence[float] | None) -> tuple[float, ...]:
    return tuple(DEFAULT_PARAMETERS) if values is None else tuple(float(v) for v in values)
