"""Cards made anew from their reviews and reschedulings: after an undo, and after a rescheduling is taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from questions.models import Card, RescheduledCard, Rescheduling, Review
from questions.practice.calendar import stored_policy
from questions.practice.histories import Rated, Rebuilt, Redone, rebuilt

KEPT = ("stability", "difficulty", "due_on", "last_study_day", "last_rating", "reps", "lapses")
A_BATCH = 2_000


def rebuild_card(*, user_id: int, question_id: int) -> Card | None:
    """The card as its reviews make it, exactly; None (and no card) when there are none."""
    made = rebuilt_card(user_id=user_id, question_id=question_id)
    if made is None:
        Card.objects.filter(user_id=user_id, question_id=question_id).delete()
        return None
    card, _ = Card.objects.update_or_create(user_id=user_id, question_id=question_id, defaults=made.values())
    return card


def rebuilt_card(*, user_id: int, question_id: int) -> Rebuilt | None:
    """What the card must be; nothing is written."""
    reviews = Review.objects.filter(user_id=user_id, question_id=question_id).order_by("study_day", "pk")
    history = [_rated(review) for review in reviews]
    return rebuilt(history, _redone(user_id, question_id)) if history else None


def rebuild_all(*, user_id: int) -> int:
    """All cards of a person that still have reviews; how many. Under the person's lock."""
    standing = list(Rescheduling.objects.filter(user_id=user_id).standing())
    days = _days_by_question(standing)
    cards: list[Card] = []
    for question_id, history in histories_of(user_id):
        made = rebuilt(history, [_met(row, days[question_id].get(row.pk)) for row in standing])
        if made is not None:
            cards.append(Card(user_id=user_id, question_id=question_id, **made.values()))
    store(cards)
    return len(cards)


def store(cards: Sequence[Card]) -> None:
    """Writes cards that are there already, all their values."""
    Card.objects.bulk_create(
        cards,
        batch_size=A_BATCH,
        update_conflicts=True,
        unique_fields=["user", "question"],
        update_fields=KEPT,
    )


def histories_of(user_id: int) -> Iterable[tuple[int, list[Rated]]]:
    """Each question of a person with its reviews in order."""
    reviews = Review.objects.filter(user_id=user_id).order_by("question_id", "study_day", "pk")
    fields = ("question_id", "rating", "study_day", "due_on", "parameters_version", "desired_retention")
    for question_id, rows in groupby(reviews.only(*fields).iterator(A_BATCH), key=attrgetter("question_id")):
        yield question_id, [_rated(row) for row in rows]


def _rated(review: Review) -> Rated:
    policy = stored_policy(review.parameters_version, review.desired_retention)
    return Rated(review.pk, review.rating, review.study_day, review.due_on, policy)


def _redone(user_id: int, question_id: int) -> list[Redone]:
    standing = list(Rescheduling.objects.filter(user_id=user_id).standing())
    rows = RescheduledCard.objects.filter(rescheduling__in=standing, question=question_id) if standing else []
    met = {row.rescheduling_id: row for row in rows}
    return [_met(rescheduling, met.get(rescheduling.pk)) for rescheduling in standing]


def _days_by_question(standing: Sequence[Rescheduling]) -> dict[int, dict[int, RescheduledCard]]:
    found: dict[int, dict[int, RescheduledCard]] = defaultdict(dict)
    for row in RescheduledCard.objects.filter(rescheduling__in=standing):
        found[row.question_id][row.rescheduling_id] = row
    return found


def _met(rescheduling: Rescheduling, row: RescheduledCard | None) -> Redone:
    return Redone(
        rescheduling.last_review_id,
        rescheduling.study_day,
        stored_policy(rescheduling.parameters_version, rescheduling.desired_retention),
        row.review_id if row else None,
        row.due_on if row else None,
    )
