"""The bank: categories, questions, their key points, versions and vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from pgvector.django import HalfVectorField, SparseVectorField

from questions.bank import lexical

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Category(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    summary = models.CharField(max_length=300)
    intent = models.TextField(help_text="What the interviewer is after in this category.")
    weight = models.FloatField(help_text="How likely it is asked: the default share in a plan, 0 to 1.")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class QuestionQuerySet(models.QuerySet["Question"]):
    def for_user(self, user: User | AnonymousUser) -> QuestionQuerySet:
        """The questions that this person may open: the shared bank and their own, less what was retired."""
        return self.filter(_readable_by(user), is_retired=False)

    def visible_to(self, user: User | AnonymousUser) -> QuestionQuerySet:
        """Like for_user, with the retired questions that this person has answered: history stays readable."""
        return self.filter(_readable_by(user)).filter(Q(is_retired=False) | Q(cards__user_id=user.pk)).distinct()

    def unseen_by(self, user: User) -> QuestionQuerySet:
        """Questions with no card: never rated by this person."""
        return self.for_user(user).exclude(cards__user=user)

    def shared(self) -> QuestionQuerySet:
        """The bank that everybody has."""
        return self.filter(owner=None, is_retired=False)


def _readable_by(user: User | AnonymousUser) -> Q:
    return Q(owner=None) | Q(owner_id=user.pk) if user.pk else Q(owner=None)


class Question(models.Model):
    class Kind(models.TextChoices):
        CONCEPT = "concept", "Concept"
        SCENARIO = "scenario", "Scenario"
        DESIGN = "design", "Design"
        CODING = "coding", "Coding"
        BEHAVIOURAL = "behavioural", "Behavioural"

    class Level(models.TextChoices):
        JUNIOR = "junior", "Junior"
        MID = "mid", "Mid-level"
        SENIOR = "senior", "Senior"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="own_questions",
        help_text="Null: a question of the shared bank. Else it is this person's alone.",
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="questions")
    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=120)
    prompt = models.TextField()
    intent = models.TextField()
    kind = models.CharField(max_length=12, choices=Kind)
    level = models.CharField(max_length=8, choices=Level)
    levels = models.JSONField(default=dict)
    minutes = models.PositiveSmallIntegerField()
    tags = ArrayField(models.CharField(max_length=40), default=list)
    reference = models.TextField()
    mistakes = models.JSONField(default=list)
    follow_ups = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    star = models.JSONField(default=dict, blank=True)
    samples = models.JSONField(default=list, blank=True)
    asked_as = models.JSONField(
        default=list, blank=True, help_text="Other wordings of the question: search reads them."
    )
    main_terms = ArrayField(models.CharField(max_length=60), default=list, blank=True, editable=False)
    terms = ArrayField(models.CharField(max_length=60), default=list, blank=True, editable=False)
    checked_on = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64)
    is_retired = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["category__position", "position", "slug"]
        indexes = [GinIndex(fields=["terms"], name="question_terms")]  # search by code or acronym

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("questions:detail", args=[self.slug])


class QuestionVersion(models.Model):
    """What a question said at each version, so that an old answer can be read beside its own rubric."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["question", "-version"]
        constraints = [models.UniqueConstraint(fields=["question", "version"], name="one_row_per_question_version")]

    def __str__(self) -> str:
        return f"{self.question_id} v{self.version}"


class KeyPoint(models.Model):
    """One claim that a good answer makes. Points are retired, never deleted: old coaching names them."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="key_points")
    slug = models.SlugField(max_length=80)
    text = models.TextField()
    why = models.TextField(blank=True)
    weight = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["question", "slug"], name="key_point_slug_per_question")]

    def __str__(self) -> str:
        return self.slug


class KeyPointVector(models.Model):
    """A key point's unit vectors under one embedding model; vectors of two models are never compared."""

    key_point = models.ForeignKey(KeyPoint, on_delete=models.CASCADE, related_name="vectors")
    model = models.CharField(max_length=120)
    dimensions = models.PositiveSmallIntegerField()
    text_hash = models.CharField(max_length=64)
    plain = HalfVectorField()
    demoted = HalfVectorField(help_text="The part of the vector that the question does not already contain.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key_point", "model"], name="one_vector_per_point_and_model")]

    def __str__(self) -> str:
        return f"{self.key_point_id} under {self.model}"


class QuestionVector(models.Model):
    """A question's unit vector under one embedding model: question and reference answer embedded together."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="vectors")
    model = models.CharField(max_length=120)
    dimensions = models.PositiveSmallIntegerField()
    text_hash = models.CharField(max_length=64)
    vector = HalfVectorField(help_text="For search: title, prompt and reference together.")
    asked = HalfVectorField(help_text="For grading: title and prompt alone.")
    lexical = SparseVectorField(
        dimensions=lexical.SIZE, null=True, help_text="For search: its words, as BM25 weighs them."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "model"], name="one_vector_per_question_and_model")]

    def __str__(self) -> str:
        return f"{self.question_id} under {self.model}"
