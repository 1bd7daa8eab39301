"""A file of questions becomes a person's own: read, shown, confirmed. All that is confirmed is stored, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction

from accounts.models import User
from questions.models import Category, Collection, PendingImport
from questions.own import collections
from questions.own.authoring import OwnError, create_many, room_left
from questions.own.format import OwnQuestion
from questions.own.likeness import IN_MEANING, SAME_WORDS, Alike, likenesses
from questions.own.reading import Fault, Known, Reading, read_file

WAIT_SECONDS = 8.0  # for the vectors of a whole file; what comes later is compared by its words only
FILES_A_PERIOD, PERIOD_SECONDS = 20, 600
ALL, NOT_THE_SAME, ONLY_NEW = "all", "not-the-same", "only-new"
CHOICES = (ALL, NOT_THE_SAME, ONLY_NEW)


@dataclass(frozen=True)
class Found:
    """One question of the file, with what it looks like."""

    number: int
    question: OwnQuestion
    like: Alike | None


@dataclass(frozen=True)
class Preview:
    """What a file would bring. `compared`: how many were compared by meaning, not by words alone."""

    name: str
    unit: str
    found: list[Found]
    faults: list[Fault]
    fault_count: int
    remarks: list[str]
    compared: int

    @property
    def same(self) -> list[Found]:
        return [item for item in self.found if item.like and item.like.how == SAME_WORDS]

    @property
    def near(self) -> list[Found]:
        return [item for item in self.found if item.like and item.like.how == IN_MEANING]

    def chosen(self, choice: str) -> list[Found]:
        """What `choice` (one of CHOICES) takes."""
        left_out = {ALL: (), NOT_THE_SAME: (SAME_WORDS,), ONLY_NEW: (SAME_WORDS, IN_MEANING)}[choice]
        return [item for item in self.found if item.like is None or item.like.how not in left_out]


@dataclass(frozen=True)
class Imported:
    count: int
    collection: Collection | None


def may_upload(*, user: User, now: datetime) -> bool:
    """Counts a file that is about to be read; False when there were too many. Reading one may take seconds."""
    key = f"imports:{user.pk}:{int(now.timestamp()) // PERIOD_SECONDS}"
    cache.add(key, 0, timeout=2 * PERIOD_SECONDS)
    return cache.incr(key) <= FILES_A_PERIOD


def known_categories() -> dict[str, str]:
    """Slugs and names of the categories in small letters, each with its slug."""
    rows = Category.objects.values_list("slug", "name")
    return {key.lower(): slug for slug, name in rows for key in (slug, name)}


def prepare(*, user: User, name: str, data: bytes, category: str, level: str, now: datetime, wait: float) -> Preview:
    """Reads a file and keeps what it holds until it is confirmed; nothing else is written. Raises UnreadableFile."""
    reading = read_file(name=name, data=data, known=Known(known_categories(), category, level))
    contents = [row.question for row in reading.rows]
    numbers = [row.number for row in reading.rows]
    likes, compared = likenesses(user=user, contents=contents, rows=numbers, wait=wait)
    content = _packed(reading, likes, compared)
    values = {"name": name.replace("\x00", "")[-200:], "content": content, "created_at": now}
    pending, _ = PendingImport.objects.update_or_create(user=user, defaults=values)
    return _preview(pending)


def _packed(reading: Reading, likes: Sequence[Alike | None], compared: int) -> dict[str, Any]:
    return {
        "unit": reading.unit,
        "rows": [
            {"number": row.number, "question": row.question.content(), "like": like.packed() if like else None}
            for row, like in zip(reading.rows, likes, strict=True)
        ],
        "faults": [[fault.number, fault.message] for fault in reading.faults],
        "fault_count": reading.fault_count,
        "remarks": reading.remarks,
        "compared": compared,
    }


def pending(user: User) -> Preview | None:
    """What waits for this person's word."""
    row = PendingImport.objects.for_user(user).first()
    return _preview(row) if row else None


def _preview(row: PendingImport) -> Preview:
    content = row.content
    return Preview(
        name=row.name,
        unit=content["unit"],
        found=[
            Found(
                item["number"],
                OwnQuestion.model_validate(item["question"]),
                Alike(**item["like"]) if item["like"] else None,
            )
            for item in content["rows"]
        ],
        faults=[Fault(number, message) for number, message in content["faults"]],
        fault_count=content["fault_count"],
        remarks=content["remarks"],
        compared=content["compared"],
    )


def confirm(*, user: User, choice: str, title: str, now: datetime) -> Imported:
    """Stores what the preview showed, less what `choice` leaves out, in one transaction. Raises OwnError.

    With a `title` they are put into a new collection, in the file's order.
    """
    with transaction.atomic():
        row = PendingImport.objects.for_user(user).select_for_update().first()
        if row is None:
            raise OwnError("There is no file waiting: it was imported already, or is more than a day old.")
        chosen = _preview(row).chosen(choice)
        if not chosen:
            raise OwnError("Nothing is left to import: every question of this file would be left out.")
        questions = create_many(user=user, contents=[item.question for item in chosen], now=now)
        collection = None
        if title.strip():
            collection = collections.create(user=user, title=title, description="", now=now)
            collections.fill(collection=collection, questions=questions)
        row.delete()
    return Imported(len(questions), collection)


def discard(*, user: User) -> None:
    PendingImport.objects.for_user(user).delete()


def room_for(user: User, preview: Preview) -> int:
    """How many questions too many the file holds; 0 when they fit."""
    return max(0, len(preview.found) - room_left(user))
