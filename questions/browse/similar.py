"""Questions near another one in meaning."""

from __future__ import annotations

from typing import Any

from django.db.models import FloatField, OuterRef, QuerySet, Subquery, Value
from pgvector.django import CosineDistance

from accounts.models import User
from questions.bank.state import local_model_name
from questions.models import Card, Question, QuestionVector

SHOWN = 4
LEAST = 0.45


def similar_ids(user: User, question_id: int) -> list[int]:
    """The questions that `similar_questions` shows, by their number."""
    return [question.pk for question in similar_questions(user, Question(pk=question_id))]


def similar_questions(user: User, question: Question) -> QuerySet[Any]:
    """At most four, nearest first, with `nearness` (cosine) and whether the person rated them (`rated_id`)."""
    model = local_model_name()
    own = QuestionVector.objects.filter(question=question, model=model).values_list("vector", flat=True).first()
    if own is None:
        return Question.objects.none()
    card = Card.objects.filter(user=user, question=OuterRef("pk")).values("pk")[:1]
    distance = CosineDistance("vectors__vector", own, output_field=FloatField())
    near = Question.objects.for_user(user).exclude(pk=question.pk).filter(vectors__model=model)
    return (
        near.annotate(nearness=Value(1.0) - distance, rated_id=Subquery(card))
        .filter(nearness__gte=LEAST)
        .select_related("category")
        .defer("prompt", "reference")
        .order_by("-nearness", "pk")[:SHOWN]
    )
