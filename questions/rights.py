"""What this app keeps about a person: for export and for deletion."""

from __future__ import annotations

from accounts.models import User
from accounts.rights import Holding, Rows
from questions.models import Answer, Card, Draft, Feedback, KeyedRequest, Reading, Reveal, Review


def _rows(user: User) -> dict[str, Rows]:
    return {
        "answers": list(Answer.objects.for_user(user).values()),
        "feedback": list(Feedback.objects.for_user(user).values()),
        "reviews": list(Review.objects.for_user(user).values()),
        "cards": list(Card.objects.filter(user=user).values()),
        "drafts": list(Draft.objects.for_user(user).values()),
        "reveals": list(Reveal.objects.filter(user=user).values()),
        "readings": list(Reading.objects.for_user(user).values()),
        "api_requests": list(KeyedRequest.objects.for_user(user).values("address", "body", "created_at")),
    }


def _erase(user: User) -> int:
    removed = 0
    # What the model cost stays in the site's ledger, and says no more of whom.
    Reading.objects.for_user(user).update(user=None, feedback=None)
    for rows in (
        KeyedRequest.objects.for_user(user),
        Review.objects.for_user(user),
        Card.objects.filter(user=user),
        Feedback.objects.for_user(user),
        Answer.objects.for_user(user),
        Draft.objects.for_user(user),
        Reveal.objects.filter(user=user),
    ):
        removed += rows.delete()[0]
    return removed


PRACTICE = Holding(
    app="questions",
    label="Your practice: answers, drafts, coaching, ratings and the schedule they made",
    export=_rows,
    erase=_erase,
)
