"""A person's practice as tables for a spreadsheet. Reads only; rows are read as they are written out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from accounts.models import User
from questions.models import Card, Review
from questions.practice.stats import stats

NAMES = {
    "reviews": "Every rating",
    "cards": "Every question practised",
    "days": "Every day",
    "categories": "Retention by category",
    "forecast": "The next 30 days",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
A_BATCH = 2_000


def safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def rows(table: str, user: User, today: date) -> Iterator[tuple[Any, ...]]:
    """The header and the rows of one of NAMES."""
    yield from {
        "reviews": _reviews,
        "cards": _cards,
        "days": _days,
        "categories": _categories,
        "forecast": _forecast,
    }[table](user, today)


def _reviews(user: User, today: date) -> Iterator[tuple[Any, ...]]:
    fields = ("study_day", "question__slug", "question__title", "question__category__slug", "rating", "seconds")
    memory = ("stability", "difficulty", "due_on", "parameters_version", "desired_retention")
    yield ("study_day", "question", "title", "category", "rating", "seconds", *memory)
    reviews = Review.objects.for_user(user).order_by("reviewed_at", "pk")
    yield from reviews.values_list(*fields, *memory).iterator(chunk_size=A_BATCH)


def _cards(user: User, today: date) -> Iterator[tuple[Any, ...]]:
    memory = ("stability", "difficulty", "due_on", "last_study_day", "last_rating", "reps", "lapses")
    yield ("question", "title", "category", *memory)
    cards = Card.objects.for_user(user).order_by("due_on", "pk")
    fields = ("question__slug", "question__title", "question__category__slug")
    yield from cards.values_list(*fields, *memory).iterator(chunk_size=A_BATCH)


def _days(user: User, today: date) -> Iterator[tuple[Any, ...]]:
    yield ("study_day", "questions_answered", "minutes", "ratings", "first_ratings")
    found = stats(user, today)
    days = sorted(found.days.keys() | found.past.ratings.keys())
    for day in days:
        answered, seconds = found.days.get(day, (0, 0))
        yield (day, answered, round(seconds / 60, 1), found.past.ratings.get(day, 0), found.past.begun.get(day, 0))


def _categories(user: User, today: date) -> Iterator[tuple[Any, ...]]:
    yield ("category", "period", "ratings", "recalled", "share", "practised", "questions")
    found = stats(user, today)
    for category in found.categories:
        for name, period in found.past.periods.items():
            tally = period.by_category.get(category.pk)
            if tally is not None and tally.share is not None:
                share = round(tally.share, 4)
                yield (category.slug, name, tally.asked, tally.recalled, share, category.answered, category.total)


def _forecast(user: User, today: date) -> Iterator[tuple[Any, ...]]:
    yield ("day", "questions_due")
    yield from stats(user, today).forecast
