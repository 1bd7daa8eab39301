"""What a person keeps beside a question: saved or not, notes, and the faults they report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from questions import tasks
from questions.models import Answer, Question, QuestionNote, QuestionReport, SavedQuestion

MAX_NOTE = 20_000
MAX_REPORT = 4_000
REPORTS_A_DAY = 20


class LibraryError(Exception):
    """Something that the person can mend; the message is for them."""


def with_own(questions: QuerySet[Question], user: User) -> QuerySet[Any]:
    """Each question with `is_saved` and `note_text` ("" for none) of this person: no query of its own."""
    return questions.annotate(**_own(user, "pk"))


def answers_with_own(answers: QuerySet[Answer], user: User) -> QuerySet[Any]:
    """The same, of each answer's question."""
    return answers.annotate(**_own(user, "question"))


def _own(user: User, key: str) -> dict[str, Any]:
    note = QuestionNote.objects.for_user(user).filter(question=OuterRef(key)).values("text")[:1]
    return {
        "is_saved": Exists(SavedQuestion.objects.for_user(user).filter(question=OuterRef(key))),
        "note_text": Coalesce(Subquery(note), Value(""), output_field=TextField()),
    }


def toggle_saved(*, user: User, question: Question, now: datetime) -> bool:
    """Saves the question, or takes it back; whether it is saved now."""
    removed, _ = SavedQuestion.objects.for_user(user).filter(question=question).delete()
    if removed:
        return False
    SavedQuestion.objects.get_or_create(user=user, question=question, defaults={"created_at": now})
    return True


def write_note(*, user: User, question: Question, text: str, now: datetime) -> QuestionNote | None:
    """Keeps the notes on a question; an empty text removes them. Raises LibraryError when they cannot be kept."""
    text = checked(text, MAX_NOTE, "These notes")
    if not text:
        QuestionNote.objects.for_user(user).filter(question=question).delete()
        return None
    note, _ = QuestionNote.objects.update_or_create(
        user=user, question=question, defaults={"text": text, "updated_at": now}
    )
    return note


def report_fault(*, user: User, question: Question, kind: str, text: str, now: datetime) -> QuestionReport:
    """Puts a fault before the editors. Raises LibraryError."""
    text = checked(text, MAX_REPORT, "This report")
    if kind not in QuestionReport.Kind.values:
        raise LibraryError("Choose what kind of fault it is.")
    if not text:
        raise LibraryError("Say in a sentence what is wrong, and what would be right if you know it.")
    if QuestionReport.objects.for_user(user).filter(created_at__gt=now - timedelta(days=1)).count() >= REPORTS_A_DAY:
        raise LibraryError(f"You sent {REPORTS_A_DAY} reports today. Please send the next one tomorrow.")
    with transaction.atomic():
        report = QuestionReport.objects.create(
            user=user, question=question, question_version=question.version, kind=kind, text=text, created_at=now
        )
        transaction.on_commit(lambda: tasks.ring_editors(report.pk))
    return report


def checked(text: str, longest: int, what: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise LibraryError(f"{what} holds characters that cannot be kept. Remove them and try again.")
    if len(text) > longest:
        raise LibraryError(f"{what} has {len(text):,} characters; at most {longest:,} fit.")
    return text
