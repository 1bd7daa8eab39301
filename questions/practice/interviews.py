"""Dated interviews: which are ahead, and what they ask. Writing one restamps the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from accounts.models import User
from questions.models import Interview
from questions.practice.rounds import shares

NEAREST = 3  # interviews that order a day's work; those further off wait their turn


def ahead(user: User, today: date) -> list[Interview]:
    """The interviews of today and later, nearest first. One query.

    The date that was given at set-up, with no row of its own, counts as one interview of which nothing else is known
    (its pk is None).
    """
    rows = list(Interview.objects.for_user(user).ahead(today))
    day = user.profile.interview_on
    if not rows and day is not None and day >= today:
        return [Interview(user=user, on=day)]
    return rows


def shares_of(interview: Interview, guide: Mapping[str, float]) -> dict[str, float]:
    """How likely each category is asked in it, sum 1. `guide`: category slug to the guide's weight."""
    return shares(interview.weights, interview.round, guide)
