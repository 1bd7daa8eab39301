"""A person's attempts at one question: how they went, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from questions.browse.comparing import differences
from questions.models import Answer, Question

SHOWN = 50


@dataclass(frozen=True)
class Attempt:
    """One answer; `low` and `high` are the coverage in percent, None where no grader gave a number."""

    pk: int
    created_at: datetime
    version: int
    text: str
    words: int
    minutes: int
    rating: str
    low: int | None
    high: int | None
    covered: frozenset[str]


def history(user: User, question: Question) -> list[Attempt]:
    """The newest fifty, newest first."""
    answers = Answer.objects.for_user(user).filter(question=question).select_related("review", "feedback")
    return [_attempt(answer) for answer in answers[:SHOWN]]


def _attempt(answer: Answer) -> Attempt:
    feedback = getattr(answer, "feedback", None)
    result: dict[str, Any] = (feedback.result if feedback else None) or {}
    band = result.get("band")
    if band is None and feedback is not None and feedback.score is not None:
        band = [feedback.score, feedback.score]
    points = result.get("points", [])
    return Attempt(
        pk=answer.pk,
        created_at=answer.created_at,
        version=answer.question_version,
        text=answer.text,
        words=answer.word_count,
        minutes=round(answer.seconds / 60),
        rating=answer.review.get_rating_display() if hasattr(answer, "review") else "",
        low=round(100 * band[0]) if band else None,
        high=round(100 * band[1]) if band else None,
        covered=frozenset(point["key_point"] for point in points if point["status"] == "covered"),
    )


def compared(attempts: Sequence[Attempt], old: str, new: str, points: Mapping[str, str]) -> dict[str, Any]:
    """The two attempts asked for (by default the last two) with their differences; empty where there is only one.

    `points`: the question's key points, id to text, in order.
    """
    by_pk = {str(attempt.pk): attempt for attempt in attempts}
    after = by_pk.get(new, attempts[0])
    earlier = [attempt for attempt in attempts if attempt.created_at < after.created_at]
    before = by_pk.get(old) or (earlier[0] if earlier else None)
    if before is None or before.pk == after.pk:
        return {"before": None, "after": after}
    if before.created_at > after.created_at:
        before, after = after, before
    return {
        "before": before,
        "after": after,
        "pieces": differences(before.text, after.text),
        "gained": [text for point, text in points.items() if point in after.covered - before.covered],
        "lost": [text for point, text in points.items() if point in before.covered - after.covered],
    }
