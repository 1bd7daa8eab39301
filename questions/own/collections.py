"""Collections: ordered lists of questions that a person makes, of the bank's and of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, F, FilteredRelation, Max, Q, QuerySet
from pydantic_core import PydanticCustomError

from accounts.models import User
from questions.models import Card, Collection, CollectionItem, Question
from questions.own.authoring import OwnError, delete_many
from questions.own.format import one_line, tidied

MOST_COLLECTIONS = 200
MOST_ITEMS = 2_000
LONGEST_TITLE = 120
LONGEST_DESCRIPTION = 2_000
STATES = {"due": 0, "new": 1, "learned": 2}  # in the order of practice


@dataclass(frozen=True)
class Entry:
    """A question in a collection, with the person's own state: due, new or learned."""

    item_id: int
    question: Question
    state: str
    due_on: date | None


def with_counts(user: User, today: date) -> QuerySet[Collection]:
    """This person's collections with `total`, `due_count` and `new_count`."""
    is_open = Q(questions__is_retired=False)
    is_due = Q(card__due_on__lte=today, card__last_study_day__lt=today)
    # The person's card of each question, not everybody's.
    card = FilteredRelation("questions__cards", condition=Q(questions__cards__user=user))
    counted = (
        Collection.objects.for_user(user)
        .annotate(card=card)
        .annotate(
            total=Count("questions", filter=is_open),
            met=Count("card", filter=is_open),
            due_count=Count("card", filter=is_open & is_due),
        )
    )
    # Grouped rows drop the ordering of Meta, so it is named here.
    return counted.annotate(new_count=F("total") - F("met")).order_by("title", "pk")


def entries(user: User, collection: Collection, today: date) -> list[Entry]:
    """The open questions of a collection in its order; two queries."""
    items = list(
        _open_items(user, collection)
        .select_related("question__category")
        .defer("question__prompt", "question__reference")
    )
    cards = {card.question_id: card for card in Card.objects.for_user(user).filter(question__in=_ids(items))}
    return [_entry(item, cards.get(item.question_id), today) for item in items]


def _open_items(user: User, collection: Collection) -> QuerySet[CollectionItem]:
    return collection.items.filter(question__in=Question.objects.for_user(user))


def _ids(items: Iterable[CollectionItem]) -> list[int]:
    return [item.question_id for item in items]


def _entry(item: CollectionItem, card: Card | None, today: date) -> Entry:
    state = "new"
    if card is not None:
        state = "due" if card.due_on <= today and card.last_study_day < today else "learned"
    return Entry(item.pk, item.question, state, card.due_on if card else None)


def next_in(listed: Sequence[Entry]) -> Entry | None:
    """What to practise now: what is due, the longest first, then what is new, in the collection's order."""
    open_ones = [entry for entry in listed if entry.state != "learned"]
    return min(open_ones, key=lambda entry: (STATES[entry.state], entry.due_on or date.max), default=None)


def create(*, user: User, title: str, description: str, now: datetime) -> Collection:
    """Raises OwnError."""
    title, description = _checked(title, description)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Collection.objects.for_user(user).count() >= MOST_COLLECTIONS:
            raise OwnError(f"You can keep {MOST_COLLECTIONS} collections. Delete one that you no longer use.")
        return Collection.objects.create(
            user=user, title=title, description=description, created_at=now, updated_at=now
        )


def rename(*, collection: Collection, title: str, description: str, now: datetime) -> None:
    """Raises OwnError."""
    title, description = _checked(title, description)
    Collection.objects.filter(pk=collection.pk).update(title=title, description=description, updated_at=now)


def _checked(title: str, description: str) -> tuple[str, str]:
    try:
        title, description = one_line(title), tidied(description)
    except PydanticCustomError as error:
        raise OwnError("This text holds characters that cannot be kept. Remove them and try again.") from error
    if not title:
        raise OwnError("Give the collection a name.")
    if len(title) > LONGEST_TITLE:
        raise OwnError(f"The name has {len(title)} characters; at most {LONGEST_TITLE} fit.")
    if len(description) > LONGEST_DESCRIPTION:
        raise OwnError(f"The description has {len(description):,} characters; at most {LONGEST_DESCRIPTION:,} fit.")
    return title, description


def add(*, user: User, collection: Collection, question: Question) -> bool:
    """Puts the question at the end; whether it was not in already. Raises OwnError when the collection is full."""
    with transaction.atomic():
        _locked(collection)
        if collection.items.filter(question=question).exists():
            return False
        fill(collection=collection, questions=[question])
    return True


def fill(*, collection: Collection, questions: Sequence[Question]) -> None:
    """Puts questions that are not in yet at the end, in their order. Raises OwnError."""
    if collection.items.count() + len(questions) > MOST_ITEMS:
        raise OwnError(f"A collection holds at most {MOST_ITEMS:,} questions.")
    last = collection.items.aggregate(last=Max("position"))["last"] or 0
    CollectionItem.objects.bulk_create(
        (
            CollectionItem(collection=collection, question=question, position=place)
            for place, question in enumerate(questions, start=last + 1)
        ),
        batch_size=1000,
    )


def remove(*, collection: Collection, question_id: int) -> bool:
    """Takes the question out; it stays where it came from. Whether it was in."""
    return bool(collection.items.filter(question=question_id).delete()[0])


def put_back(*, user: User, collection: Collection, question: Question, place: int) -> int:
    """Puts a question that was taken out back to its place, from 1; where it is now. Raises OwnError like `add`."""
    with transaction.atomic():
        add(user=user, collection=collection, question=question)
        item = collection.items.get(question=question)
        return move(user=user, collection=collection, item_id=item.pk, to=place)


def place_of(*, user: User, collection: Collection, item_id: int) -> int:
    """The entry's place, from 1, among those that are shown; 0 for one that is not."""
    shown = _open_items(user, collection).values_list("pk", flat=True)
    return next((place for place, pk in enumerate(shown, start=1) if pk == item_id), 0)


def move(*, user: User, collection: Collection, item_id: int, to: int) -> int:
    """Moves an entry to a place, from 1, among those that are shown, or as near as there is one; where it is now.

    0 for an entry that is not shown, which stays where it is.
    """
    with transaction.atomic():
        _locked(collection)
        shown = list(_open_items(user, collection))
        item = next((item for item in shown if item.pk == item_id), None)
        if item is None:
            return 0
        to = min(max(to, 1), len(shown))
        there = shown[to - 1]
        if there != item:
            items = list(collection.items.all())
            is_later = items.index(there) > items.index(item)
            items.remove(item)
            items.insert(items.index(there) + is_later, item)
            _number(items)
    return to


def _number(items: Sequence[CollectionItem]) -> None:
    """Keeps the order of the list: positions from 1, written where they change."""
    changed = [(item, place) for place, item in enumerate(items, start=1) if item.position != place]
    for item, place in changed:
        item.position = place
    CollectionItem.objects.bulk_update((item for item, _ in changed), ["position"], batch_size=500)


def _locked(collection: Collection) -> None:
    """Two tabs that order the same collection wait for each other."""
    Collection.objects.select_for_update().get(pk=collection.pk)


def own_questions(user: User, collection: Collection) -> list[int]:
    return list(Question.objects.filter(owner=user, collections=collection).values_list("pk", flat=True))


def delete(*, user: User, collection: Collection, with_own: bool) -> int:
    """Deletes the list; `with_own`: also the person's own questions in it, with their answers. How many of those."""
    with transaction.atomic():
        deleted = delete_many(user=user, ids=own_questions(user, collection)) if with_own else 0
        Collection.objects.filter(pk=collection.pk).delete()
    return deleted
