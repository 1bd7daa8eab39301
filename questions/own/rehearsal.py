"""A rehearsal: one run through a whole collection in its order, whatever the schedule says; the evening before, say.

It needs no rows of its own: what was answered or rated since it began is done, so it goes on where it stopped, on any
device. Answers and ratings count as always; a question rated today is not rated a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from questions.models import Answer, Collection, Review
from questions.own.collections import Entry


def begin(*, collection: Collection, now: datetime) -> None:
    """A new run; an older one ends."""
    Collection.objects.filter(pk=collection.pk).update(rehearsed_from=now)


def done_in(user: User, collection: Collection, listed: Sequence[Entry]) -> frozenset[int]:
    """The questions answered or rated since the run began; none when there is no run. Two queries."""
    since = collection.rehearsed_from
    if since is None:
        return frozenset()
    ids = [entry.question.pk for entry in listed]
    answered = Answer.objects.for_user(user).filter(question__in=ids, created_at__gte=since)
    rated = Review.objects.for_user(user).filter(question__in=ids, reviewed_at__gte=since)
    return frozenset(answered.values_list("question", flat=True)) | frozenset(rated.values_list("question", flat=True))


def next_in(listed: Sequence[Entry], done: frozenset[int], past: int = 0) -> Entry | None:
    """The first one that is not done after the place `past` (from 1); None when none is left there."""
    return next((entry for entry in listed[past:] if entry.question.pk not in done), None)
