"""Parameters fitted to one person, when they were used, and due dates worked out anew at their wish."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from questions.models.bank import Question

if TYPE_CHECKING:
    from accounts.models import User


class FittedParametersQuerySet(models.QuerySet["FittedParameters"]):
    def for_user(self, user: User) -> FittedParametersQuerySet:
        return self.filter(user=user)

    def unfinished(self) -> FittedParametersQuerySet:
        return self.filter(state__in=FittedParameters.OPEN)

    def claimable(self, lease_over: datetime) -> FittedParametersQuerySet:
        """Those that wait, and those whose worker has not been heard of since `lease_over`."""
        return self.filter(Q(state="waiting") | Q(state="running", claimed_at__lt=lease_over))


class FittedParameters(models.Model):
    """One try to fit FSRS to a person. The row is the job; once ended it never changes, as reviews name it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being worked out"
        ACCEPTED = "accepted", "Forecasts better"
        REFUSED = "refused", "Does not forecast better"
        FAILED = "failed", "Could not be worked out"

    OPEN = (State.WAITING, State.RUNNING)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="fits")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField()
    study_day = models.DateField(help_text="The person's study day when it was asked for.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    reviews = models.PositiveIntegerField(help_text="How many reviews there were.")
    compared_with = models.CharField(max_length=40, blank=True, help_text="The version it was compared with.")
    parameters = ArrayField(models.FloatField(), default=list, blank=True)
    loss_before = models.FloatField(null=True, blank=True, help_text="Log-loss on the later reviews, with those.")
    loss_after = models.FloatField(null=True, blank=True)
    held_out_reviews = models.PositiveIntegerField(default=0)
    confidence = models.FloatField(null=True, blank=True, help_text="Share of resamples in which it is better.")
    groups = models.JSONField(default=list, blank=True, help_text="[reviews, predicted before, predicted, recalled]")

    objects = FittedParametersQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "fitted parameters"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=["waiting", "running"]), name="one_open_fit_per_user"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(loss_after__lt=F("loss_before")), name="accepted_fit_is_better"
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="fit_newest")]  # the memory page, the daily task

    def __str__(self) -> str:
        return f"fit {self.pk}"

    @property
    def version(self) -> str:
        """The name that reviews keep of these parameters."""
        return f"fit-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_accepted(self) -> bool:
        return self.state == self.State.ACCEPTED


class ParametersUseQuerySet(models.QuerySet["ParametersUse"]):
    def for_user(self, user: User) -> ParametersUseQuerySet:
        return self.filter(user=user)


class ParametersUse(models.Model):
    """From when on which parameters schedule new reviews. `fit` null: the defaults."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="parameters_uses")
    fit = models.ForeignKey(FittedParameters, on_delete=models.CASCADE, null=True, blank=True, related_name="uses")
    is_by_hand = models.BooleanField(help_text="The person chose it; else the fit itself.")
    at = models.DateTimeField()

    objects = ParametersUseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "-id"], name="parameters_use_newest")]  # the memory page

    def __str__(self) -> str:
        return f"use {self.pk}"


class ReschedulingQuerySet(models.QuerySet["Rescheduling"]):
    def for_user(self, user: User) -> ReschedulingQuerySet:
        return self.filter(user=user)

    def standing(self) -> ReschedulingQuerySet:
        """Those that were not taken back, the oldest first."""
        return self.filter(taken_back_at=None).order_by("pk")


class Rescheduling(models.Model):
    """All cards of a person replayed with other parameters at one moment, and due on other days from then on.

    It comes after the review `last_review_id` and before every later one: row ids, as clocks of two requests may cross.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reschedulings")
    parameters_version = models.CharField(max_length=40)
    desired_retention = models.FloatField()
    made_at = models.DateTimeField()
    study_day = models.DateField()
    last_review_id = models.BigIntegerField()
    moved = models.PositiveIntegerField(help_text="How many questions got another day.")
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = ReschedulingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "-id"], name="rescheduling_newest")]  # replay, the memory page

    def __str__(self) -> str:
        return f"rescheduling {self.pk}"


class RescheduledCard(models.Model):
    """The day that a rescheduling chose for a question whose newest review was `review_id`."""

    rescheduling = models.ForeignKey(Rescheduling, on_delete=models.CASCADE, related_name="cards")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    review_id = models.BigIntegerField()
    due_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rescheduling", "question"], name="one_day_per_rescheduled_question")
        ]

    def __str__(self) -> str:
        return f"rescheduled card {self.pk}"
