"""What a card must be: its reviews in order, and the reschedulings that came between them. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from questions.practice import memory

AGAIN = 1


class Rated(NamedTuple):
    """One review of the card, with the settings that it was made with."""

    id: int
    rating: int
    study_day: date
    due_on: date
    policy: memory.Policy


class Redone(NamedTuple):
    """A rescheduling, and what it chose for this card.

    It knew the reviews up to `last_review_id`, those of other cards included. `due_on` is the day it chose when the
    card's newest review was `review_id`; both are None for a card that it did not meet.
    """

    last_review_id: int
    study_day: date
    policy: memory.Policy
    review_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Rebuilt:
    """The card's values."""

    memory: memory.Memory
    due_on: date
    rating: int
    reps: int
    lapses: int

    def values(self) -> dict[str, float | int | date]:
        """By the names of the card's columns."""
        return {
            "stability": self.memory.stability,
            "difficulty": self.memory.difficulty,
            "due_on": self.due_on,
            "last_study_day": self.memory.last_day,
            "last_rating": self.rating,
            "reps": self.reps,
            "lapses": self.lapses,
        }


def rebuilt(reviews: Sequence[Rated], reschedulings: Sequence[Redone] = ()) -> Rebuilt | None:
    """The card that these make, exactly; None without a review. Both in order: by study day and id, and by id.

    Stability and difficulty are worked out again. The day of return is the stored one, of the review or of the
    rescheduling: it depended on what was due on the days around it.
    """
    card: Rebuilt | None = None
    waiting = list(reschedulings)
    for place, review in enumerate(reviews):
        while waiting and waiting[0].last_review_id < review.id:
            card = _redone(card, reviews[:place], waiting.pop(0))
        card = _reviewed(card, review)
    for rescheduling in waiting:
        card = _redone(card, reviews, rescheduling)
    return card


def _reviewed(card: Rebuilt | None, review: Rated) -> Rebuilt:
    made = memory.review(card.memory if card else None, review.rating, review.study_day, review.policy)
    is_lapse = card is not None and review.rating == AGAIN
    return Rebuilt(
        memory=made.memory,
        due_on=review.due_on,
        rating=review.rating,
        reps=(card.reps if card else 0) + 1,
        lapses=(card.lapses if card else 0) + is_lapse,
    )


def _redone(card: Rebuilt | None, known: Sequence[Rated], rescheduling: Redone) -> Rebuilt | None:
    """The same reviews seen with other parameters. Where the newest one was undone since, its day is the exact one."""
    outcome = replayed(known, rescheduling.policy)
    if card is None or outcome is None:
        return card
    is_as_met = rescheduling.due_on is not None and rescheduling.review_id == known[-1].id
    due_on = rescheduling.due_on if is_as_met and rescheduling.due_on else max(outcome.due_on, rescheduling.study_day)
    return replace(card, memory=outcome.memory, due_on=due_on)


def replayed(reviews: Sequence[Rated], policy: memory.Policy) -> memory.Outcome | None:
    """All of the reviews with one set of parameters."""
    return memory.replay((memory.Event(review.rating, review.study_day) for review in reviews), policy)
