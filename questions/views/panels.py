"""What the practice pages show: stored rows turned into the values that the templates print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.markdown import render as markdown
from accounts.models import User
from questions.browse.marking import with_errors
from questions.models import Answer, Card, Feedback, KeyPoint, Question, Rating
from questions.practice import hints, session
from questions.practice.calendar import today_of

MEANINGS = {
    Rating.AGAIN: "I could not answer it, or was wrong",
    Rating.HARD: "I got there, with real effort or gaps",
    Rating.GOOD: "I answered it as I should",
    Rating.EASY: "It came at once and complete",
}


TWO = (Rating.AGAIN, Rating.GOOD)

# The local grader finds words and meaning, not truth: it must not say that a point was made.
LOCAL_LABELS = {"covered": "Mentioned", "unsure": "Unsure", "missing": "Not found"}
MODEL_LABELS = {**LOCAL_LABELS, "covered": "Covered"}


@dataclass(frozen=True)
class RatingChoice:
    value: int
    label: str
    meaning: str
    due_on: date
    in_days: int
    is_suggested: bool
    is_enabled: bool = True


def rating_choices(
    *, user: User, question: Question, card: Card | None, now: datetime, suggested: int | None, highest: int = 4
) -> list[RatingChoice]:
    """The buttons with their meanings and the dates that they lead to: four, or Again and Good for who wants two.

    Where the higher ratings are closed (`highest`), all four are shown, so that it can be seen.
    """
    is_two = user.profile.has_two_buttons and highest == Rating.EASY
    if is_two and suggested is not None:
        suggested = Rating.AGAIN if suggested == Rating.AGAIN else Rating.GOOD
    today = today_of(user.profile, now)
    outcomes = session.preview(user=user, question=question, card=card, now=now)
    return [
        RatingChoice(
            value=rating.value,
            label=str(rating.label),
            meaning=MEANINGS[rating],
            due_on=outcomes[rating.value].due_on,
            in_days=(outcomes[rating.value].due_on - today).days,
            is_suggested=rating.value == suggested,
            is_enabled=rating.value <= highest,
        )
        for rating in (TWO if is_two else Rating)
    ]


def coaching(feedback: Feedback | None, points: Iterable[KeyPoint], *, steps: int = 0) -> dict[str, Any]:
    """One feedback as the coaching panel prints it; every key point is there, graded or not.

    `steps`: the hints that were opened before the answer. `suggested_rating` is what the coach found under their cap;
    `marked_rating` is the button to mark, which may be there without a finding.
    """
    if feedback is None:
        return {"status": "none", "points": [_point(point, {}, LOCAL_LABELS) for point in points]}
    result = feedback.result or {}
    found = feedback.suggested_rating
    suggested = hints.capped(found, steps) if found else None
    graded = {item["key_point"]: item for item in result.get("points", [])}
    texts = {point.slug: point.text for point in points}
    band = result.get("band")
    is_local = feedback.grader == "local"
    return {
        "status": feedback.status,
        "grader": feedback.grader,
        "is_local": is_local,
        "model": "" if is_local else feedback.grader,
        "abstain": feedback.is_abstaining,
        "abstain_reason": result.get("abstain_reason", ""),
        "score": feedback.score,
        "score_percent": None if feedback.score is None else round(100 * feedback.score),
        "band_low": round(100 * band[0]) if band else None,
        "band_high": round(100 * band[1]) if band else None,
        "points": _told_once(
            [_point(point, graded.get(point.slug, {}), LOCAL_LABELS if is_local else MODEL_LABELS) for point in points]
        ),
        # A negation is remarked at its key point.
        "flags": [flag for flag in result.get("flags", []) if flag.get("kind") != "negation"],
        "criteria": result.get("criteria", []),
        "strengths": result.get("strengths", []),
        "gaps": [{**gap, "text": texts.get(gap["key_point"], "")} for gap in result.get("gaps", [])],
        "next_step": result.get("next_step", ""),
        "suggested_rating": suggested,
        "suggested_label": Rating(suggested).label if suggested else "",
        "marked_rating": hints.capped(found, steps),
        "fallback_reason": feedback.fallback_reason,
    }


def _told_once(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A note that several points share stands at the first of them."""
    told: set[str] = set()
    for point in points:
        if point["note"] in told:
            point["note"] = ""
        told.add(point["note"])
    return points


def _point(point: KeyPoint, grade: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    return {
        "key_point": point.slug,
        "text": point.text,
        "why": point.why,
        "weight": point.weight,
        "status": grade.get("status", ""),
        "label": labels.get(grade.get("status", ""), ""),
        "quote": grade.get("quote"),
        "note": grade.get("note", ""),
    }


def reference(question: Question) -> dict[str, Any]:
    """What is shown only after an answer or a reveal."""
    return {
        "reference_html": markdown(question.reference),
        "mistakes": question.mistakes,
        "follow_ups": question.follow_ups,
        "sources": question.sources,
        "intent": question.intent,
        "levels": question.levels,
        "star": question.star,
    }


def samples(question: Question, points: Sequence[KeyPoint]) -> list[dict[str, Any]]:
    """The bank's weak, fair and strong answer, with the key points that each makes and what each says wrongly."""
    shown = []
    for sample in question.samples:
        html, errors = with_errors(sample["text"], sample.get("errors", []))
        shown.append(
            {
                "grade": sample["grade"],
                "html": html,
                "errors": errors,
                "words": len(sample["text"].split()),
                "covered": sum(point.slug in sample["covers"] for point in points),
                "points": [{"text": point.text, "is_covered": point.slug in sample["covers"]} for point in points],
            }
        )
    return shown


def attempts(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """A person's earlier answers to a question, newest first."""
    return [
        {
            "id": answer.pk,
            "created_at": answer.created_at,
            "words": answer.word_count,
            "version": answer.question_version,
            "minutes": round(answer.seconds / 60),
            "rating_label": answer.review.get_rating_display() if hasattr(answer, "review") else "",
        }
        for answer in answers
    ]
