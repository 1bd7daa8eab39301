"""What a person makes of the bank: saved questions, notes, reports of faults, collections, files being imported."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from questions.models.bank import Question

if TYPE_CHECKING:
    from accounts.models import User


class SavedQuestionQuerySet(models.QuerySet["SavedQuestion"]):
    def for_user(self, user: User) -> SavedQuestionQuerySet:
        return self.filter(user=user)


class SavedQuestion(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_questions")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="saved_by")
    created_at = models.DateTimeField()

    objects = SavedQuestionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="saved_once")]

    def __str__(self) -> str:
        return f"saved {self.pk}"


class QuestionNoteQuerySet(models.QuerySet["QuestionNote"]):
    def for_user(self, user: User) -> QuestionNoteQuerySet:
        return self.filter(user=user)


class QuestionNote(models.Model):
    """A person's own notes on a question, Markdown; private."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="question_notes")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(max_length=20_000)
    updated_at = models.DateTimeField()

    objects = QuestionNoteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="one_note_per_question")]

    def __str__(self) -> str:
        return f"note {self.pk}"


class QuestionReportQuerySet(models.QuerySet["QuestionReport"]):
    def for_user(self, user: User) -> QuestionReportQuerySet:
        return self.filter(user=user)


class QuestionReport(models.Model):
    """A fault that a reader found in the shared bank; it outlives the account that sent it, without its name."""

    class Kind(models.TextChoices):
        WRONG = "wrong", "Something is wrong"
        OUTDATED = "outdated", "Something is out of date"
        UNCLEAR = "unclear", "Something is unclear"
        TYPO = "typo", "A typing error"
        OTHER = "other", "Something else"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        MENDED = "mended", "Mended"
        DECLINED = "declined", "No fault found"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="question_reports"
    )
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="reports", editable=False)
    question_version = models.PositiveIntegerField(editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(max_length=4000)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    editors_note = models.TextField(blank=True, max_length=4000)
    created_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = QuestionReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["status", "-created_at"], name="report_queue")]

    def __str__(self) -> str:
        return f"report {self.pk}"


class CollectionQuerySet(models.QuerySet["Collection"]):
    def for_user(self, user: User) -> CollectionQuerySet:
        return self.filter(user=user)


class Collection(models.Model):
    """An ordered list of questions. Its link (only the token's SHA-256 is kept) opens it read-only to anybody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections")
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True, max_length=2000)
    share_hash = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    shared_at = models.DateTimeField(null=True, blank=True, editable=False)
    rehearsed_from = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the newest run through it began: own.rehearsal."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    questions = models.ManyToManyField(Question, through="CollectionItem", related_name="collections")

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class CollectionItem(models.Model):
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="collection_items")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["collection", "question"], name="once_in_a_collection")]

    def __str__(self) -> str:
        return f"item {self.pk}"


class PendingImportQuerySet(models.QuerySet["PendingImport"]):
    def for_user(self, user: User) -> PendingImportQuerySet:
        return self.filter(user=user)

    def expired(self, now: datetime) -> PendingImportQuerySet:
        return self.filter(created_at__lte=now - PendingImport.KEPT)


class PendingImport(models.Model):
    """A file that was read and waits for its owner's word: the newest one a person, for a day."""

    KEPT = timedelta(days=1)

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pending_import")
    name = models.CharField(max_length=200)
    content = models.JSONField(help_text="Questions, faults, remarks and likenesses: own.importing.")
    created_at = models.DateTimeField()

    objects = PendingImportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="pending_import_age")]

    def __str__(self) -> str:
        return f"import {self.pk}"
