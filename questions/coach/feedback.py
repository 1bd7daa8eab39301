"""One feedback from claim to end. Running twice is harmless; the model is called outside any transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from questions.bank.embeddings import local_encoder
from questions.coach import budget, llm
from questions.coach.local import is_too_little, local_grade, supports
from questions.coach.rubric import LocalGrade
from questions.models import Answer, Feedback, KeyPoint, Reading

logger = logging.getLogger(__name__)

# A row that took a worker down with it this often is graded without the model, and then given up.
MODEL_ATTEMPTS = 2
MAX_ATTEMPTS = 5
GRADER_ATTEMPTS = 3
PEEKED_CAP = 2
SPEAKS_TO_GRADER = "Addressed to the grader, so it was not counted."


@dataclass(frozen=True)
class Outcome:
    """What a grader found, in the columns of Feedback."""

    grader: str
    result: dict[str, Any]
    score: float | None
    suggested_rating: int | None
    is_abstaining: bool = False
    prompt_version: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    latency_ms: int = 0
    calls: int = 0
    dropped: int = 0
    fallback_reason: str = ""


@dataclass
class Spent:
    """What failed model calls cost before the local grader stood in."""

    reason: str = ""
    columns: dict[str, int] = field(default_factory=dict)


def overdue(now: datetime, patience: timedelta) -> list[int]:
    """Ids of feedback to ring for again, and notes that it was rung. At most 500 a sweep."""
    waiting = list(
        Feedback.objects.claimable(now)
        .filter(rung_at__lte=now - patience)
        .order_by("rung_at")
        .values_list("pk", flat=True)[:500]
    )
    Feedback.objects.filter(pk__in=waiting).update(rung_at=now)
    return waiting


def run(feedback_id: int) -> bool:
    """Grades one answer if nobody else is at it. Returns whether this call ended it."""
    now = timezone.now()
    attempt = claim(feedback_id, now)
    if attempt is None:
        return False
    feedback = Feedback.objects.select_related("answer__question", "answer__user__profile").get(pk=feedback_id)
    if attempt > MAX_ATTEMPTS:
        return _end(feedback_id, attempt, {"status": Feedback.Status.FAILED})
    points = _points_at(feedback.answer)
    try:
        outcome = _graded(feedback, points, attempt)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the row stays claimed, and the sweeper rings when the lease is over
    except Exception:
        logger.exception("The local grader failed on feedback %s.", feedback_id)
        return _give_up(feedback_id, attempt)
    return _end(feedback_id, attempt, {"status": Feedback.Status.DONE, **_columns(outcome, feedback.answer)})


def claim(feedback_id: int, now: datetime) -> int | None:
    """Takes the row under a lease; the number of this attempt, or None when another worker has it or it is over."""
    taken = (
        Feedback.objects.claimable(now)
        .filter(pk=feedback_id)
        .update(
            status=Feedback.Status.RUNNING,
            attempts=F("attempts") + 1,
            lease_until=now + timedelta(seconds=settings.FEEDBACK_LEASE_SECONDS),
            rung_at=now,
        )
    )
    if not taken:
        return None
    return Feedback.objects.values_list("attempts", flat=True).get(pk=feedback_id)


def _end(feedback_id: int, attempt: int, columns: dict[str, Any]) -> bool:
    # A worker whose lease ran out no longer owns the row: the attempt's number is its fence.
    return bool(
        Feedback.objects.filter(pk=feedback_id, status=Feedback.Status.RUNNING, attempts=attempt).update(
            finished_at=timezone.now(), lease_until=None, **columns
        )
    )


def _give_up(feedback_id: int, attempt: int) -> bool:
    """Another try, from the sweeper: an accident passes. A fault that stays ends the row after GRADER_ATTEMPTS."""
    if attempt >= GRADER_ATTEMPTS:
        return _end(feedback_id, attempt, {"status": Feedback.Status.FAILED})
    Feedback.objects.filter(pk=feedback_id, status=Feedback.Status.RUNNING, attempts=attempt).update(
        status=Feedback.Status.PENDING, lease_until=None
    )
    return False


def _columns(outcome: Outcome, answer: Answer) -> dict[str, Any]:
    columns = {name: getattr(outcome, name) for name in Outcome.__dataclass_fields__}
    if answer.is_peeked and outcome.suggested_rating:
        columns["suggested_rating"] = min(outcome.suggested_rating, PEEKED_CAP)
    return columns


def _points_at(answer: Answer) -> list[KeyPoint]:
    return list(answer.question.key_points.filter(is_retired=False).order_by("position"))


def _graded(feedback: Feedback, points: list[KeyPoint], attempt: int) -> Outcome:
    local = local_grade(feedback.answer, points, local_encoder())
    spent = Spent()
    if settings.COACH_USES_MODEL:
        reading = _reserved(feedback, attempt, spent)
        outcome = _model_outcome(reading, feedback.answer, points, local, spent) if reading else None
        if outcome is not None:
            return outcome
    return Outcome(**{**local_columns(local, points), "fallback_reason": spent.reason, **spent.columns})


def _reserved(feedback: Feedback, attempt: int, spent: Spent) -> Reading | None:
    """The right to ask the model; None, with the reason in `spent`, when the local grader must do."""
    spent.reason = _why_not(feedback.answer, attempt)
    if spent.reason:
        return None
    try:
        return budget.reserve(feedback=feedback, now=timezone.now())
    except budget.NothingLeft as refusal:
        spent.reason = str(refusal)
        return None


def _why_not(answer: Answer, attempt: int) -> str:
    """Why the model is not asked: reasons that are about this answer, or an earlier crash."""
    if attempt > MODEL_ATTEMPTS:
        return "The model's worker was lost twice while reading this answer."
    if is_too_little(answer):
        return "Too little to read: the model was not asked."
    return ""


def _model_outcome(
    reading: Reading, answer: Answer, points: list[KeyPoint], local: LocalGrade, spent: Spent
) -> Outcome | None:
    """The model's outcome; None, with the reason and the cost in `spent`, when it gave none."""
    try:
        grade = llm.model_grade(
            _request(answer, points),
            _model_settings(),
            evidence=supports(answer, points, local_encoder()),
            may_call=lambda: budget.count_call(reading),
        )
    except llm.ModelError as error:
        calls = budget.close(reading, tokens_in=error.tokens_in, tokens_out=error.tokens_out)
        spent.reason = error.reason[:300]
        spent.columns = {
            "tokens_in": error.tokens_in,
            "tokens_out": error.tokens_out,
            "latency_ms": error.latency_ms,
            "calls": calls,
        }
        return None
    calls = budget.close(reading, tokens_in=grade.tokens_in, tokens_out=grade.tokens_out)
    return replace(model_outcome(grade, local, points), calls=calls)


def _request(answer: Answer, points: list[KeyPoint]) -> llm.GradeRequest:
    return llm.GradeRequest(
        question_prompt=answer.question.prompt,
        key_points=tuple(llm.KeyPointText(point.slug, point.text, point.weight) for point in points),
        reference=answer.question.reference,
        answer=answer.text,
    )


def _model_settings() -> llm.ModelSettings:
    return llm.ModelSettings(
        base_url=settings.OPENAI_BASE_URL,
        api_key=settings.OPENAI_API_KEY,
        model=settings.OPENAI_MODEL,
        deadline_seconds=settings.COACH_DEADLINE_SECONDS,
    )


def local_columns(grade: LocalGrade, points: list[KeyPoint]) -> dict[str, Any]:
    return {
        "grader": "local",
        "score": grade.score,
        "is_abstaining": grade.abstain,
        "suggested_rating": grade.suggested_rating,
        "result": {
            "points": _points(grade.points, points),
            "flags": [asdict(flag) for flag in grade.flags],
            "band": list(grade.band) if grade.band else None,
            "abstain_reason": grade.abstain_reason,
        },
    }


def _points(graded: Iterable[Any], points: list[KeyPoint]) -> list[dict[str, Any]]:
    """The points with their texts as they were when graded: the bank may change later."""
    texts = {point.slug: point.text for point in points}
    return [
        {
            "key_point": point.key_point,
            "text": texts.get(point.key_point, ""),
            "status": point.status,
            "quote": point.quote,
            "note": point.note,
            "score": round(point.score, 4),
        }
        for point in graded
    ]


def model_outcome(grade: llm.ModelGrade, local: LocalGrade, points: list[KeyPoint]) -> Outcome:
    return Outcome(
        grader=grade.model,
        score=grade.score,
        suggested_rating=grade.suggested_rating,
        prompt_version=grade.prompt_version,
        tokens_in=grade.tokens_in,
        tokens_out=grade.tokens_out,
        latency_ms=grade.latency_ms,
        calls=grade.attempts,
        dropped=grade.dropped,
        result={
            "points": _points(grade.points, points),
            "flags": [
                *(asdict(flag) for flag in local.flags),
                *({"kind": "addressed", "quote": text, "message": SPEAKS_TO_GRADER} for text in grade.flags),
            ],
            "criteria": [asdict(item) for item in grade.criteria],
            "strengths": [asdict(item) for item in grade.strengths],
            "gaps": [asdict(item) for item in grade.gaps],
            "next_step": grade.next_step,
        },
    )
