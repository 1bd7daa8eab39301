"""A person's own questions: made, changed, deleted. Private to their owner; versions and key points as in the bank."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction

from accounts.models import User
from questions import tasks
from questions.bank.terms import exact_terms
from questions.models import (
    Answer,
    Card,
    Category,
    CollectionItem,
    Draft,
    Feedback,
    KeyPoint,
    Question,
    QuestionNote,
    QuestionVector,
    QuestionVersion,
    Reveal,
    Review,
)
from questions.own.format import MOST_QUESTIONS, OwnPoint, OwnQuestion
from questions.own.lines import point_id
from questions.practice.stamps import restamp

SAME_POINT = 0.8  # share of letters in common: above it a key point was reworded, below it is another one
PLAIN_FIELDS = (
    *("title", "prompt", "intent", "kind", "level", "levels", "minutes", "tags", "reference"),
    *("mistakes", "follow_ups", "sources", "star"),
)


class OwnError(Exception):
    """Something that the person can mend; the message is for them."""


class Changed(OwnError):
    """The question was changed meanwhile, in another tab or on another device."""


@dataclass(frozen=True)
class Attached:
    """What hangs on a question and goes with it."""

    answers: int
    ratings: int
    notes: int
    collections: int


def new_slug() -> str:
    return f"own-{secrets.token_hex(10)}"


def room_left(user: User) -> int:
    """How many more questions this person may keep."""
    return MOST_QUESTIONS - Question.objects.filter(owner=user).count()


def create(*, user: User, content: OwnQuestion, now: datetime) -> Question:
    """Raises OwnError when the limit is reached or the category is unknown."""
    return create_many(user=user, contents=[content], now=now)[0]


def create_many(*, user: User, contents: Sequence[OwnQuestion], now: datetime) -> list[Question]:
    """All of them in one transaction, or none. Raises OwnError like `create`."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two imports at once must not pass the limit together
        left = room_left(user)
        if len(contents) > left:
            raise OwnError(
                f"You can keep {MOST_QUESTIONS:,} questions of your own: {max(left, 0):,} more fit, "
                f"and these are {len(contents):,}."
            )
        categories = _categories({content.category for content in contents})
        questions = [_row(user, content, categories[content.category]) for content in contents]
        Question.objects.bulk_create(questions, batch_size=200)
        pairs = list(zip(questions, contents, strict=True))
        QuestionVersion.objects.bulk_create((_version(*pair) for pair in pairs), batch_size=500)
        KeyPoint.objects.bulk_create((point for pair in pairs for point in _points(*pair)), batch_size=1000)
        restamp(user)
        transaction.on_commit(lambda: tasks.ring_own(user.pk))
    return questions


def _categories(slugs: Iterable[str]) -> dict[str, Category]:
    known = {category.slug: category for category in Category.objects.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in known:
            raise OwnError(f"There is no category “{slug}”.")
    return known


def _row(user: User, content: OwnQuestion, category: Category) -> Question:
    question = Question(owner=user, slug=new_slug(), version=1, category=category)
    _fill(question, content)
    return question


def _fill(question: Question, content: OwnQuestion) -> None:
    values = content.content()
    for name in PLAIN_FIELDS:
        setattr(question, name, values[name])
    main = [content.title, content.prompt, *content.tags, *(point.text for point in content.key_points)]
    question.main_terms = exact_terms(main)
    question.terms = exact_terms([*main, content.reference])
    question.content_hash = content.content_hash()


def _version(question: Question, content: OwnQuestion) -> QuestionVersion:
    return QuestionVersion(
        question=question,
        version=question.version,
        content=content.content(),
        content_hash=question.content_hash,
    )


def _points(question: Question, content: OwnQuestion) -> list[KeyPoint]:
    return [
        KeyPoint(question=question, slug=point.id, position=position, **_values(point))
        for position, point in enumerate(content.key_points)
    ]


def _values(point: OwnPoint) -> dict[str, Any]:
    return {"text": point.text, "why": point.why, "weight": point.weight}


def content_of(question: Question) -> OwnQuestion:
    """What the question says now; its key points and category are read with it."""
    values = {name: getattr(question, name) for name in PLAIN_FIELDS}
    points = [
        {"id": point.slug, "text": point.text, "weight": point.weight, "why": point.why}
        for point in question.key_points.all()
        if not point.is_retired
    ]
    return OwnQuestion.model_validate({**values, "category": question.category.slug, "key_points": points})


def update(*, user: User, question: Question, content: OwnQuestion, version: int | None = None) -> Question:
    """A changed text is a new version; key points keep their ids where their texts stay. Raises OwnError.

    `version` is the one that the change was made to, where that is known: another one by now raises Changed.
    """
    with transaction.atomic():
        stored = Question.objects.select_for_update().get(pk=question.pk, owner=user)
        if version not in (None, stored.version):
            raise Changed("This question was changed in another tab or on another device since you opened it.")
        points = list(stored.key_points.all())
        content = content.model_copy(update={"key_points": _with_known_ids(content.key_points, points)})
        if stored.content_hash == content.content_hash():
            return stored
        stored.category = _categories({content.category})[content.category]
        stored.version += 1
        _fill(stored, content)
        stored.save()
        _version(stored, content).save(force_insert=True)
        _store_points(stored, content)
        QuestionVector.objects.filter(question=stored).delete()  # to be embedded again
        restamp(user)
        transaction.on_commit(lambda: tasks.ring_own(user.pk))
    return stored


def _store_points(question: Question, content: OwnQuestion) -> None:
    for position, point in enumerate(content.key_points):
        values = {**_values(point), "position": position, "is_retired": False}
        KeyPoint.objects.update_or_create(question=question, slug=point.id, defaults=values)
    question.key_points.exclude(slug__in=[point.id for point in content.key_points]).update(is_retired=True)


def _with_known_ids(points: Sequence[OwnPoint], stored: Sequence[KeyPoint]) -> list[OwnPoint]:
    """The points with the ids of the stored ones that they are: the same text first, then a text that was reworded."""
    unclaimed = {point.slug: point for point in sorted(stored, key=lambda point: point.is_retired)}
    ids = {point.text: slug for slug, point in reversed(unclaimed.items())}
    claimed = {index: ids[point.text] for index, point in enumerate(points) if point.text in ids}
    for slug in claimed.values():
        unclaimed.pop(slug, None)
    for index, point in enumerate(points):
        if index not in claimed and (slug := _reworded(point.text, unclaimed.values())):
            claimed[index] = slug
            unclaimed.pop(slug)
    taken = {point.slug for point in stored}  # a retired id is never given to another text: old coaching names it
    named = []
    for index, point in enumerate(points):
        id = claimed.get(index) or point_id(point.text, taken)
        taken.add(id)
        named.append(point.model_copy(update={"id": id}))
    return named


def _reworded(text: str, stored: Iterable[KeyPoint]) -> str:
    likeness = {
        point.slug: SequenceMatcher(None, text, point.text, autojunk=False).ratio()
        for point in stored
        if not point.is_retired
    }
    best = max(likeness, key=likeness.__getitem__, default="")
    return best if best and likeness[best] >= SAME_POINT else ""


def attached(*, user: User, question: Question) -> Attached:
    return Attached(
        answers=Answer.objects.for_user(user).filter(question=question).count(),
        ratings=Review.objects.for_user(user).filter(question=question).count(),
        notes=QuestionNote.objects.for_user(user).filter(question=question).count(),
        collections=CollectionItem.objects.filter(question=question).count(),
    )


def delete(*, user: User, question: Question) -> None:
    """The question with all that hangs on it: answers, coaching, ratings, schedule, notes."""
    delete_many(user=user, ids=[question.pk])


def delete_many(*, user: User, ids: Sequence[int]) -> int:
    """Deletes those of `ids` that are this person's own; how many there were."""
    with transaction.atomic():
        own = list(Question.objects.select_for_update().filter(owner=user, pk__in=ids).values_list("pk", flat=True))
        # Answers and ratings bar the deletion of their question (PROTECT), so they go first.
        Review.objects.filter(question__in=own).delete()
        Card.objects.filter(question__in=own).delete()
        Feedback.objects.filter(answer__question__in=own).delete()
        Answer.objects.filter(question__in=own).delete()
        Draft.objects.filter(question__in=own).delete()
        Reveal.objects.filter(question__in=own).delete()
        Question.objects.filter(pk__in=own).delete()
        restamp(user)
    return len(own)
