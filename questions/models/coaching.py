"""Coaching: one feedback row an answer, and the ledger of what the model was asked. The row is the job."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from questions.models.practice import Answer

if TYPE_CHECKING:
    from accounts.models import User


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def for_user(self, user: User) -> FeedbackQuerySet:
        return self.filter(answer__user=user)

    def claimable(self, now: datetime) -> FeedbackQuerySet:
        """Waiting, or held by a worker whose lease ran out."""
        return self.filter(Q(status=Feedback.Status.PENDING) | Q(status=Feedback.Status.RUNNING, lease_until__lt=now))


class Feedback(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Reading"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="feedback")
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(help_text="When the worker was last told.")
    grader = models.CharField(max_length=120, blank=True, help_text="'local' or the model's name.")
    prompt_version = models.CharField(max_length=40, blank=True)
    is_abstaining = models.BooleanField(default=False)
    score = models.FloatField(null=True, blank=True, help_text="0 to 1; null when the grader abstains.")
    suggested_rating = models.PositiveSmallIntegerField(null=True, blank=True)
    fallback_reason = models.CharField(max_length=300, blank=True, help_text="Why the local grader stood in.")
    result = models.JSONField(default=dict, help_text="Points, flags, criteria, strengths, gaps: coach.feedback.")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    calls = models.PositiveSmallIntegerField(default=0, help_text="Model calls, failed ones included.")
    dropped = models.PositiveSmallIntegerField(default=0, help_text="Remarks without a quote from the answer.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "feedback"
        indexes = [
            # The sweeper's list: nearly all rows are done and stay out of it.
            models.Index(fields=["rung_at"], name="feedback_open", condition=Q(status__in=["pending", "running"])),
        ]

    @property
    def is_final(self) -> bool:
        return self.status in {Feedback.Status.DONE, Feedback.Status.FAILED}

    def __str__(self) -> str:
        return f"feedback {self.pk} ({self.status})"


class ReadingQuerySet(models.QuerySet["Reading"]):
    def for_user(self, user: User) -> ReadingQuerySet:
        return self.filter(user=user)

    def counted(self, now: datetime) -> ReadingQuerySet:
        """What the limits count at `now`."""
        return self.filter(reserved_at__gt=now - Reading.COUNTED)

    def expired(self, now: datetime) -> ReadingQuerySet:
        return self.filter(reserved_at__lte=now - Reading.KEPT)


class Reading(models.Model):
    """The model's reading of one answer, reserved before its first call; given back only if no call was made.

    A deleted account leaves the row without its person, so that deletion does not refill the site's budget.
    """

    COUNTED = timedelta(hours=24)
    KEPT = timedelta(days=30)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="readings")
    feedback = models.OneToOneField(Feedback, null=True, on_delete=models.SET_NULL, related_name="reading")
    reserved_at = models.DateTimeField()
    calls = models.PositiveSmallIntegerField(default=0, help_text="Counted before each call, over all attempts.")
    tokens_in = models.PositiveIntegerField(default=0, help_text="As far as an attempt lived to tell.")
    tokens_out = models.PositiveIntegerField(default=0)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["reserved_at"], name="reading_of_all"),
            models.Index(fields=["user", "reserved_at"], name="reading_of_one"),
        ]

    def __str__(self) -> str:
        return f"reading {self.pk}"
