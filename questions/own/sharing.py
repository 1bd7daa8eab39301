"""A collection's link: read-only, for anybody who has it, until it is revoked. Only the token's SHA-256 is kept.

Seen through the link: titles, prompts, levels, minutes; of the owner's own questions too, since they put them in. A
member who adds the collection gets copies of those with key points and reference, without which they could not be
graded. Never seen: who made it, their answers, notes and schedule.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, prefetch_related_objects

from accounts.models import User
from questions.models import Collection, Question
from questions.own import collections
from questions.own.authoring import content_of, create_many

LONGEST_TOKEN = 100


@dataclass(frozen=True)
class Adopted:
    """What a member got. `copied`: private copies that were made; the other questions are the bank's, or theirs."""

    collection: Collection
    total: int
    copied: int


def share(*, collection: Collection, now: datetime) -> str:
    """A new link's token (256 bits), which cannot be read again; an older link stops working."""
    token = secrets.token_urlsafe(32)
    Collection.objects.filter(pk=collection.pk).update(share_hash=hash_of(token), shared_at=now)
    return token


def revoke(*, collection: Collection) -> None:
    Collection.objects.filter(pk=collection.pk).update(share_hash=None, shared_at=None)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def shared(token: str) -> Collection | None:
    """The collection that this token opens."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    return Collection.objects.filter(share_hash=hash_of(token), user__is_active=True).first()


def seen(collection: Collection) -> list[Question]:
    """What the link shows, in order: the bank's open questions and the maker's own."""
    allowed = Q(question__owner=None) | Q(question__owner=collection.user_id)
    items = collection.items.filter(allowed, question__is_retired=False).select_related("question__category")
    return [item.question for item in items]


def adopt(*, user: User, collection: Collection, now: datetime) -> Adopted:
    """A collection of this person's own with the same questions: the bank's, and private copies of the maker's.

    A copy that they have already (the same content) is used again. Raises OwnError at a limit; then nothing is stored.
    """
    questions = seen(collection)
    with transaction.atomic():
        mine = collections.create(user=user, title=collection.title, description=collection.description, now=now)
        copies = _copies(user, [question for question in questions if question.owner_id not in (None, user.pk)], now)
        made = sum(is_new for _, is_new in copies.values())
        listed = [copies[question.pk][0] if question.pk in copies else question for question in questions]
        collections.fill(collection=mine, questions=list(dict.fromkeys(listed)))
    return Adopted(mine, len(listed), made)


def _copies(user: User, questions: Sequence[Question], now: datetime) -> dict[int, tuple[Question, bool]]:
    """By the original's key: the copy, and whether it was made now."""
    prefetch_related_objects(questions, "key_points")
    contents = {question.pk: content_of(question) for question in questions}
    hashes = {key: content.content_hash() for key, content in contents.items()}
    there = {row.content_hash: row for row in Question.objects.filter(owner=user, content_hash__in=hashes.values())}
    wanted = [key for key in contents if hashes[key] not in there]
    made = create_many(user=user, contents=[contents[key] for key in wanted], now=now) if wanted else []
    new = dict(zip(wanted, made, strict=True))
    return {key: (new[key], True) if key in new else (there[hashes[key]], False) for key in contents}
