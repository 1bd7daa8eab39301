"""Writes the bank's files into the database: idempotent by slug, history kept, progress kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from questions.bank.schema import CategoryFile, KeyPointFile, QuestionFile
from questions.bank.terms import exact_terms
from questions.models import Category, KeyPoint, Question, QuestionVersion
from questions.practice.stamps import restamp_all

CONTENT = Path(__file__).resolve().parent.parent / "content"
PLAIN_FIELDS = (
    *("title", "prompt", "intent", "kind", "level", "levels", "minutes", "tags", "reference"),
    *("mistakes", "follow_ups", "sources", "checked_on"),
)


@dataclass
class Counts:
    """What a load did, in questions."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0

    def __str__(self) -> str:
        return f"{self.created} new, {self.updated} changed, {self.unchanged} unchanged, {self.retired} retired"


@transaction.atomic
def load(questions: Sequence[QuestionFile], categories: Sequence[CategoryFile]) -> Counts:
    """Brings the tables to what the files say. A question whose file is gone is retired, never deleted."""
    before = dict(Category.objects.values_list("slug", "weight"))
    by_slug = _load_categories(categories)
    stored = {question.slug: question for question in Question.objects.filter(owner=None)}
    counts = Counts()
    positions: dict[str, int] = {}
    for file in sorted(questions, key=_place):
        position = positions[file.category] = positions.get(file.category, 0) + 1
        _load_question(file, by_slug[file.category], position, stored.pop(file.slug, None), counts)
    gone = [question.pk for question in stored.values() if not question.is_retired]
    if gone:
        counts.retired = Question.objects.filter(pk__in=gone).update(is_retired=True)
    if counts.created or counts.updated or counts.retired or before != {c.slug: c.weight for c in by_slug.values()}:
        restamp_all()
    return counts


def _place(file: QuestionFile) -> tuple[int, str]:
    """Within a category the easier ones come first."""
    return Question.Level.values.index(file.level), file.title.lower()


def _load_categories(files: Sequence[CategoryFile]) -> dict[str, Category]:
    stored = {category.slug: category for category in Category.objects.all()}
    for position, file in enumerate(files):
        values: dict[str, Any] = {**file.model_dump(), "position": position}
        category = stored.get(file.slug)
        if category is None:
            stored[file.slug] = Category.objects.create(**values)
        elif any(getattr(category, name) != value for name, value in values.items()):
            Category.objects.filter(pk=category.pk).update(**values)
    return stored


def _load_question(
    file: QuestionFile, category: Category, position: int, stored: Question | None, counts: Counts
) -> None:
    content, content_hash = file.content(), file.content_hash()
    if stored is None:
        question = Question(slug=file.slug, version=1)
        counts.created += 1
    elif stored.content_hash != content_hash or stored.is_retired:
        question = stored
        # A question that only comes back from retirement says what it said: no new version.
        question.version += stored.content_hash != content_hash
        counts.updated += 1
    else:
        _touch_up(stored, file, category, position)
        counts.unchanged += 1
        return
    for name in PLAIN_FIELDS:
        setattr(question, name, content[name])
    question.star = content["star"] or {}
    for name, value in _derived(file, position).items():
        setattr(question, name, value)
    question.category, question.is_retired = category, False
    question.content_hash = content_hash
    question.save()
    QuestionVersion.objects.get_or_create(
        question=question, version=question.version, defaults={"content": content, "content_hash": content_hash}
    )
    _load_key_points(question, file.key_points)


def _derived(file: QuestionFile, position: int) -> dict[str, Any]:
    """What may change without a new version: place, samples, other wordings, and the terms that search reads."""
    main = exact_terms([file.title, file.prompt, *file.tags, *(point.text for point in file.key_points)])
    return {
        "position": position,
        "samples": [sample.model_dump(mode="json") for sample in file.samples],
        "asked_as": file.asked_as,
        "main_terms": main,
        "terms": sorted({*main, *exact_terms([file.reference])}),
    }


def _touch_up(stored: Question, file: QuestionFile, category: Category, position: int) -> None:
    values = {**_derived(file, position), "category": category}
    if any(getattr(stored, name) != value for name, value in values.items() if name != "category") or (
        stored.category_id != category.pk
    ):
        Question.objects.filter(pk=stored.pk).update(**values)


def _load_key_points(question: Question, files: Sequence[KeyPointFile]) -> None:
    points = [
        KeyPoint(
            question=question,
            slug=file.id,
            text=file.text,
            why=file.why,
            weight=file.weight,
            position=position,
            is_retired=False,
        )
        for position, file in enumerate(files)
    ]
    # One statement for all: a first load of the bank writes some two thousand.
    KeyPoint.objects.bulk_create(
        points,
        update_conflicts=True,
        unique_fields=["question", "slug"],
        update_fields=["text", "why", "weight", "position", "is_retired"],
    )
    question.key_points.exclude(slug__in=[point.slug for point in points]).update(is_retired=True)
