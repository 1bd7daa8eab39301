"""Planning: interviews, breaks, a day's own limits, what rests, hints that were opened, and what was ticked by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from questions.models.bank import Question

if TYPE_CHECKING:
    from accounts.models import User


class InterviewQuerySet(models.QuerySet["Interview"]):
    def for_user(self, user: User) -> InterviewQuerySet:
        return self.filter(user=user)

    def ahead(self, study_day: date) -> InterviewQuerySet:
        """Those on that day or later, the nearest first."""
        return self.filter(on__gte=study_day).order_by("on", "pk")


class Interview(models.Model):
    """One dated interview. It orders what is practised before it and never touches a card."""

    class Round(models.TextChoices):
        ANY = "", "Not known yet"
        RECRUITER = "recruiter", "Recruiter screen"
        PHONE = "phone", "Technical phone screen"
        DEEP = "deep", "Technical deep dive"
        DESIGN = "design", "System design"
        BEHAVIOURAL = "behavioural", "Behavioural"

    class Format(models.TextChoices):
        ANY = "", "Not known yet"
        VIDEO = "video", "Video call"
        PHONE = "phone", "Phone call"
        ONSITE = "onsite", "On site"
        TAKE_HOME = "take_home", "Take-home and its discussion"

    class Aim(models.TextChoices):
        SOLID = "solid", "Solid on the likeliest"
        BROAD = "broad", "Broad: something on everything"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interviews")
    on = models.DateField()
    company = models.CharField(max_length=80, blank=True)
    round = models.CharField(max_length=12, choices=Round, blank=True)
    format = models.CharField(max_length=10, choices=Format, blank=True)
    aim = models.CharField(max_length=5, choices=Aim, default=Aim.SOLID)
    has_floor = models.BooleanField(default=True, help_text="Each category once before any is deepened.")
    weights = models.JSONField(
        null=True, blank=True, help_text="Category slug to share, set by hand; null: the round's, or the guide's."
    )
    created_at = models.DateTimeField()

    objects = InterviewQuerySet.as_manager()

    class Meta:
        ordering = ["on", "pk"]
        indexes = [models.Index(fields=["user", "on"], name="interview_ahead")]  # the plan

    def __str__(self) -> str:
        return f"interview {self.pk}"


class BreakQuerySet(models.QuerySet["Break"]):
    def for_user(self, user: User) -> BreakQuerySet:
        return self.filter(user=user)


class Break(models.Model):
    """Days without practice, planned ahead; both ends belong to it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="breaks")
    starts_on = models.DateField()
    ends_on = models.DateField()
    created_at = models.DateTimeField()

    objects = BreakQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="break_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"break {self.pk}"


class DayLimits(models.Model):
    """Other limits for one study day alone. Null: the profile's."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="day_limits")
    study_day = models.DateField()
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    new = models.PositiveSmallIntegerField(null=True, blank=True)
    reviews = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "study_day"], name="one_set_of_limits_a_day")]

    def __str__(self) -> str:
        return f"limits of {self.study_day}"


class PauseQuerySet(models.QuerySet["Pause"]):
    def for_user(self, user: User) -> PauseQuerySet:
        return self.filter(user=user)

    def in_force(self, study_day: date) -> PauseQuerySet:
        """Pauses of that day. `until` null: until it is taken back."""
        return self.filter(Q(until=None) | Q(until__gt=study_day))


class Pause(models.Model):
    """A question that rests: its card and due date stay as they are, it is only not asked."""

    class Kind(models.TextChoices):
        SKIPPED = "skipped", "Skipped for now"  # comes last today
        BURIED = "buried", "Put off until tomorrow"
        SUSPENDED = "suspended", "Paused"
        LEECH = "leech", "Paused after four lapses"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pauses")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=9, choices=Kind)
    until = models.DateField(null=True, blank=True, help_text="The study day on which it is asked again.")
    created_at = models.DateTimeField()

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="one_pause_per_user_and_question")]

    def __str__(self) -> str:
        return f"pause {self.pk}"


class HintUse(models.Model):
    """How many steps of the hint ladder were opened at a question on a study day; it lowers the suggested rating."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hint_uses")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="hint_uses")
    study_day = models.DateField()
    steps = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "question", "study_day"], name="one_hint_ladder_a_day"),
            models.CheckConstraint(condition=Q(steps__gte=1, steps__lte=4), name="hint_steps_are_1_to_4"),
        ]

    def __str__(self) -> str:
        return f"hints {self.pk}"


class ChecklistTick(models.Model):
    """An item of the preparation checklist that the person ticked by hand."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="checklist_ticks")
    item = models.CharField(max_length=40)
    ticked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="one_tick_per_item")]

    def __str__(self) -> str:
        return f"tick {self.item}"


class SentMail(models.Model):
    """A reminder or report of one study day: the row is claimed before the mail is sent, so that it goes out once."""

    class Kind(models.TextChoices):
        DAILY = "daily", "Daily reminder"
        WEEKLY = "weekly", "Weekly report"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sent_mails")
    kind = models.CharField(max_length=6, choices=Kind)
    study_day = models.DateField()
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "study_day"], name="one_mail_a_day_and_kind")]

    def __str__(self) -> str:
        return f"{self.kind} mail {self.pk}"
