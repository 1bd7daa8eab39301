"""The ratings of one question by one person, with what was expected, and how its memory fades. Reads only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from accounts.models import User
from questions.models import Card, Question, Review
from questions.practice.calendar import model_of
from questions.practice.recall import Model

CURVE_POINTS = 13


class Rated(NamedTuple):
    """A rating; `expected` is the recall (0..1) that the memory before it gave, None for the first one."""

    study_day: date
    rating: int
    label: str
    interval: int | None
    expected: float | None
    stability: float
    difficulty: float
    due_on: date
    seconds: int
    answer_id: int | None


def ratings(user: User, question: Question) -> list[Rated]:
    """Newest first; one query."""
    model = model_of(user.profile)
    found: list[Rated] = []
    before: Review | None = None
    for review in Review.objects.for_user(user).filter(question=question).order_by("study_day", "pk"):
        found.append(_rated(review, before, model))
        before = review
    return found[::-1]


def _rated(review: Review, before: Review | None, model: Model) -> Rated:
    interval = (review.study_day - before.study_day).days if before else None
    expected = float(model.recall(before.stability, interval)) if before and interval is not None else None
    return Rated(
        study_day=review.study_day,
        rating=review.rating,
        label=str(review.get_rating_display()),
        interval=interval,
        expected=expected,
        stability=review.stability,
        difficulty=review.difficulty,
        due_on=review.due_on,
        seconds=review.seconds,
        answer_id=review.answer_id,
    )


def curve(user: User, question: Question, today: date) -> list[tuple[date, int]]:
    """Expected recall in percent from the last rating to the same time after it is due; one query."""
    card = Card.objects.filter(user=user, question=question).first()
    if card is None:
        return []
    model = model_of(user.profile)
    days = max(2 * (card.due_on - card.last_study_day).days, (today - card.last_study_day).days, CURVE_POINTS - 1)
    steps = sorted({round(n * days / (CURVE_POINTS - 1)) for n in range(CURVE_POINTS)})
    return [
        (card.last_study_day + timedelta(days=step), round(100 * float(model.recall(card.stability, step))))
        for step in steps
    ]
