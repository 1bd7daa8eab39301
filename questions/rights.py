"""What this app keeps about a person: for export and for deletion."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.rights import Holding, Rows
from questions.models import (
    Answer,
    Break,
    Card,
    ChecklistTick,
    Collection,
    CollectionItem,
    DayLimits,
    Draft,
    Feedback,
    FittedParameters,
    HintUse,
    Interview,
    KeyedRequest,
    KeyPoint,
    ParametersUse,
    Pause,
    PendingImport,
    Question,
    QuestionNote,
    QuestionReport,
    Reading,
    RescheduledCard,
    Rescheduling,
    Reveal,
    Review,
    SavedQuestion,
    SentMail,
)

PLAN: tuple[type[Any], ...] = (Interview, Break, DayLimits, Pause, HintUse, ChecklistTick, SentMail)
FITS: tuple[type[Any], ...] = (Rescheduling, ParametersUse, FittedParameters)
OWN_FIELDS = (
    *("slug", "title", "prompt", "intent", "category__slug", "kind", "level", "levels", "minutes", "tags"),
    *("reference", "mistakes", "follow_ups", "sources", "star", "version", "updated_at"),
)


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
        **_plan_rows(user),
        **_fit_rows(user),
        **_own_rows(user),
    }


def _plan_rows(user: User) -> dict[str, Rows]:
    """What orders the person's practice."""
    return {
        "interviews": list(Interview.objects.for_user(user).values()),
        "breaks": list(Break.objects.for_user(user).values("starts_on", "ends_on", "created_at")),
        "day_limits": list(DayLimits.objects.filter(user=user).values("study_day", "minutes", "new", "reviews")),
        "pauses": list(Pause.objects.for_user(user).values("question__slug", "kind", "until", "created_at")),
        "hints": list(HintUse.objects.filter(user=user).values("question__slug", "study_day", "steps")),
        "checklist": list(ChecklistTick.objects.filter(user=user).values("item", "ticked_at")),
        "reminders": list(SentMail.objects.filter(user=user).values("kind", "study_day", "sent_at")),
    }


def _fit_rows(user: User) -> dict[str, Rows]:
    """The parameters that schedule the person's practice."""
    moved = RescheduledCard.objects.filter(rescheduling__user=user)
    return {
        "fitted_parameters": list(FittedParameters.objects.for_user(user).values()),
        "parameters_uses": list(ParametersUse.objects.for_user(user).values("fit_id", "is_by_hand", "at")),
        "reschedulings": list(Rescheduling.objects.for_user(user).values()),
        "rescheduled_cards": list(moved.values("rescheduling_id", "question__slug", "review_id", "due_on")),
    }


def _own_rows(user: User) -> dict[str, Rows]:
    """What the person made beside the bank. The hash of a collection's link is a secret, and stays out."""
    own = Question.objects.filter(owner=user)
    points = KeyPoint.objects.filter(question__owner=user)
    items = CollectionItem.objects.filter(collection__user=user)
    return {
        "own_questions": list(own.values(*OWN_FIELDS)),
        "own_key_points": list(points.values("question__slug", "slug", "text", "why", "weight", "is_retired")),
        "collections": list(
            Collection.objects.for_user(user).values("id", "title", "description", "shared_at", "created_at")
        ),
        "collection_items": list(items.values("collection_id", "question__slug", "position")),
        "saved_questions": list(SavedQuestion.objects.for_user(user).values("question__slug", "created_at")),
        "question_notes": list(QuestionNote.objects.for_user(user).values("question__slug", "text", "updated_at")),
        "question_reports": list(
            QuestionReport.objects.for_user(user).values("question__slug", "kind", "text", "status", "created_at")
        ),
        "pending_imports": list(PendingImport.objects.for_user(user).values("name", "content", "created_at")),
    }


def _erase(user: User) -> int:
    removed = 0
    # What the model cost stays in the site's ledger, and says no more of whom.
    Reading.objects.for_user(user).update(user=None, feedback=None)
    # A fault in the shared bank stays with the editors, and says no more who found it.
    QuestionReport.objects.for_user(user).update(user=None)
    for rows in (
        KeyedRequest.objects.for_user(user),
        Review.objects.for_user(user),
        Card.objects.filter(user=user),
        Feedback.objects.for_user(user),
        Answer.objects.for_user(user),
        Draft.objects.for_user(user),
        Reveal.objects.filter(user=user),
        *(model.objects.filter(user=user) for model in (*PLAN, *FITS)),
        SavedQuestion.objects.for_user(user),
        QuestionNote.objects.for_user(user),
        Collection.objects.for_user(user),
        PendingImport.objects.for_user(user),
        Question.objects.filter(owner=user),  # after the answers and ratings, which bar it
    ):
        removed += rows.delete()[0]
    return removed


PRACTICE = Holding(
    app="questions",
    label="Your practice: answers, drafts, coaching, ratings and the schedule they made; "
    "interviews, breaks and what you paused; your own questions, notes and collections",
    export=_rows,
    erase=_erase,
)
