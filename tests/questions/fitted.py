"""Accepted fits for tests, without the work of fitting."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from questions.models import FittedParameters
from questions.practice.fitting import DEFAULTS
from questions.practice.histories import Rebuilt
from questions.practice.rebuilding import KEPT, rebuilt_card
from tests.cast import NOW

# Somebody who forgets faster than most, and somebody who hardly forgets.
SHORT = (0.1, 0.5, 1.0, 3.0, *DEFAULTS[4:8], 1.4, *DEFAULTS[9:20], 0.35)
LONG = (0.5, 2.5, 6.0, 20.0, *DEFAULTS[4:8], 2.2, *DEFAULTS[9:20], 0.12)


def accepted(user: User, parameters: tuple[float, ...] = SHORT, **values: Any) -> FittedParameters:
    """A fit of this person that forecast better."""
    given = {
        "state": "accepted",
        "asked_at": NOW,
        "made_at": NOW,
        "study_day": NOW.date(),
        "reviews": 1_234,
        "compared_with": "fsrs-6-default",
        "parameters": list(parameters),
        "loss_before": 0.4,
        "loss_after": 0.38,
        "held_out_reviews": 200,
        "confidence": 0.99,
        "groups": [[100, 0.9, 0.81, 0.83], [100, 0.92, 0.9, 0.89]],
        **values,
    }
    return FittedParameters.objects.create(user=user, **given)


def rebuilt_values(user: User, question: Any) -> dict[str, Any] | None:
    """The card as its reviews and reschedulings make it."""
    made: Rebuilt | None = rebuilt_card(user_id=user.pk, question_id=question.pk)
    return made.values() if made else None


def stored_values(user: User, question: Any) -> dict[str, Any] | None:
    return question.cards.filter(user=user).values(*KEPT).first()
