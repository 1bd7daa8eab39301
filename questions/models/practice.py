"""Practice: drafts, answers, reviews (append-only) and cards (a cache of the reviews)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from questions.models.bank import Question

if TYPE_CHECKING:
    from accounts.models import User


class Rating(models.IntegerChoices):
    AGAIN = 1, "Again"
    HARD = 2, "Hard"
    GOOD = 3, "Good"
    EASY = 4, "Easy"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def for_user(self, user: User) -> AnswerQuerySet:
        return self.filter(user=user)


class Answer(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    question_version = models.PositiveIntegerField()
    text = models.TextField()
    word_count = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField(help_text="Time at the question, in seconds.")
    study_day = models.DateField(help_text="The person's study day, in their zone and with their day start.")
    is_peeked = models.BooleanField(default=False, help_text="The reference was opened before this answer.")
    hints = models.PositiveSmallIntegerField(default=0, help_text="Steps of the hint ladder opened before it, 0 to 4.")
    submit_token = models.CharField(max_length=64, help_text="Made with the form or the request: a replay finds it.")
    created_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "submit_token"], name="one_answer_per_submit_token")]
        indexes = [
            models.Index(fields=["user", "question", "-created_at"], name="answer_attempts"),  # the question page
            models.Index(fields=["user", "study_day"], name="answer_days"),  # minutes, streak: the dashboard
            models.Index(fields=["user", "-created_at", "-id"], name="answer_newest"),  # what waits for its rating
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"

    def is_ratable(self, today: date) -> bool:
        """An answer sent just before the day's start may be rated just after it."""
        return (today - self.study_day).days <= 1


class DraftQuerySet(models.QuerySet["Draft"]):
    def for_user(self, user: User) -> DraftQuerySet:
        return self.filter(user=user)


class Draft(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField(blank=True)
    seconds = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="one_draft_per_user_and_question")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class Reveal(models.Model):
    """The person opened the reference without having answered."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reveals")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="reveals")
    study_day = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question", "study_day"], name="one_reveal_a_day")]

    def __str__(self) -> str:
        return f"reveal {self.pk}"


class CardQuerySet(models.QuerySet["Card"]):
    def for_user(self, user: User) -> CardQuerySet:
        return self.filter(user=user, question__is_retired=False)

    def due(self, study_day: date) -> CardQuerySet:
        """Cards that fall due on or before the study day and were not rated on it."""
        return self.filter(due_on__lte=study_day, last_study_day__lt=study_day)


class Card(models.Model):
    """What the reviews of one question by one person add up to; rebuilt by replay (practice.memory)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cards")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="cards")
    stability = models.FloatField(help_text="Days until recall falls to 90 %.")
    difficulty = models.FloatField(help_text="1 (easy) to 10 (hard).")
    due_on = models.DateField()
    last_study_day = models.DateField()
    last_rating = models.PositiveSmallIntegerField(choices=Rating)
    reps = models.PositiveIntegerField()
    lapses = models.PositiveIntegerField(default=0)

    objects = CardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "question"], name="one_card_per_user_and_question")]
        indexes = [models.Index(fields=["user", "due_on"], name="card_due")]  # the queue and the forecast

    def __str__(self) -> str:
        return f"card {self.pk}"


class ReviewQuerySet(models.QuerySet["Review"]):
    def for_user(self, user: User) -> ReviewQuerySet:
        return self.filter(user=user)


class Review(models.Model):
    """One rating. Immutable: undo deletes the newest row and the card is replayed from the rest."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="reviews")
    answer = models.OneToOneField(Answer, null=True, blank=True, on_delete=models.SET_NULL, related_name="review")
    rating = models.PositiveSmallIntegerField(choices=Rating)
    reviewed_at = models.DateTimeField()
    study_day = models.DateField()
    seconds = models.PositiveIntegerField(default=0)
    parameters_version = models.CharField(max_length=40)
    desired_retention = models.FloatField()
    stability = models.FloatField(help_text="After this review, days.")
    difficulty = models.FloatField(help_text="After this review, 1 to 10.")
    due_on = models.DateField(help_text="The study day on which the question returns.")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-reviewed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "question", "study_day"], name="one_review_a_study_day"),
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=4), name="rating_is_1_to_4"),
        ]
        indexes = [
            models.Index(fields=["user", "study_day"], name="review_days"),  # new today, statistics
            models.Index(fields=["user", "-reviewed_at"], name="review_newest"),  # undo
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"
