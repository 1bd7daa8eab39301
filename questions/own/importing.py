"""A file of questions becomes a person's own: read, shown, confirmed. All that is confirmed is stored, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.db import transaction

from accounts.models import User
from questions.models import Category, Collection, PendingImport
from questions.own import collections
from questions.own.authoring import OwnError, create_many, room_left
from questions.own.format import BROKEN, OwnQuestion, one_line
from questions.own.likeness import IN_MEANING, NEARLY, SAME_WORDS, Alike, likenesses
from questions.own.reading import Fault, Known, Reading, read_file

WAIT_SECONDS = 8.0  # for the vectors of a whole file; what comes later is compared by its words only
FILES_A_PERIOD, PERIOD_SECONDS = 20, 600
DOUBLES = (SAME_WORDS, NEARLY)  # left out unless they are ticked
ALL, LOST = "all", "lost"
PARTS = (ALL, SAME_WORDS, NEARLY, IN_MEANING, LOST)  # of a file, as the preview shows them


@dataclass(frozen=True)
class Found:
    """One question of the file. `place`: where in it, from 0; `category`: its own, or the one of the whole file."""

    place: int
    values: Mapping[str, Any]
    number: int
    like: Alike | None
    lost: str
    category: str
    names_category: bool
    is_taken: bool

    @cached_property
    def question(self) -> OwnQuestion:
        return OwnQuestion.model_validate({**self.values, "category": self.category})

    def is_in(self, part: str) -> bool:
        """Whether it belongs to this one of PARTS."""
        if part == LOST:
            return bool(self.lost)
        return part == ALL or (self.like is not None and self.like.how == part)


@dataclass(frozen=True)
class Preview:
    """What a file would bring, and what its owner has settled so far; `title`: of a new collection, where `collects`.

    `compared`: how many were compared with what is stored by meaning, not by words alone.
    """

    name: str
    unit: str
    found: list[Found]
    faults: list[Fault]
    fault_count: int
    remarks: list[str]
    compared: int
    category: str
    collects: bool
    title: str

    @property
    def taken(self) -> list[Found]:
        return [item for item in self.found if item.is_taken]

    @property
    def unnamed(self) -> int:
        """How many name no category of their own."""
        return sum(not item.names_category for item in self.found)

    def part(self, name: str) -> list[Found]:
        return [item for item in self.found if item.is_in(name)]


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
    settled = {
        "category": category,
        "collects": True,
        "title": _as_title(name.rpartition(".")[0]),
        "left_out": [place for place, like in enumerate(likes) if like and like.how in DOUBLES],
    }
    content = _storable({**_packed(reading, likes, compared), **settled})
    values = {"name": name.replace("\x00", "")[-200:], "content": content, "created_at": now}
    pending, _ = PendingImport.objects.update_or_create(user=user, defaults=values)
    return _preview(pending)


def _storable(value: Any) -> Any:
    """The same JSON without NUL, which PostgreSQL refuses: the names of unknown fields are the file's own."""
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value.replace("\x00", "") if isinstance(value, str) else value


def _packed(reading: Reading, likes: Sequence[Alike | None], compared: int) -> dict[str, Any]:
    return {
        "unit": reading.unit,
        "rows": [
            {
                "number": row.number,
                "question": row.question.content(),
                "like": like.packed() if like else None,
                "lost": row.lost,
                "names_category": row.names_category,
            }
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
    left_out = set(content["left_out"])
    return Preview(
        name=row.name,
        unit=content["unit"],
        found=[
            Found(
                place=place,
                values=item["question"],
                number=item["number"],
                like=Alike(**item["like"]) if item["like"] else None,
                lost=item["lost"],
                category=item["question"]["category"] if item["names_category"] else content["category"],
                names_category=item["names_category"],
                is_taken=place not in left_out,
            )
            for place, item in enumerate(content["rows"])
        ],
        faults=[Fault(number, message) for number, message in content["faults"]],
        fault_count=content["fault_count"],
        remarks=content["remarks"],
        compared=content["compared"],
        category=content["category"],
        collects=content["collects"],
        title=content["title"],
    )


def decide(*, user: User, shown: Sequence[int], taken: Sequence[int], **settled: Any) -> None:
    """Keeps what was settled on one page of the preview: of the places `shown`, those `taken` are to be imported.

    `settled`: any of `category` (a slug; an unknown one is passed over), `collects`, `title`. No file waits: nothing.
    """
    if "category" in settled and settled["category"] not in known_categories().values():
        del settled["category"]
    if "title" in settled:
        settled["title"] = _as_title(settled["title"])
    with transaction.atomic():
        row = _locked(user)
        if row is not None:
            left_out = set(row.content["left_out"]) - set(shown) | (set(shown) - set(taken))
            _settle(row, {**settled, "left_out": left_out})


def _as_title(text: str) -> str:
    return one_line(BROKEN.sub("", text))[: collections.LONGEST_TITLE]


def sweep(*, user: User, part: str, is_taken: bool) -> None:
    """Takes all of one of PARTS, or leaves all of it out."""
    with transaction.atomic():
        row = _locked(user)
        if row is not None:
            places = {item.place for item in _preview(row).part(part)}
            left_out = set(row.content["left_out"])
            _settle(row, {"left_out": left_out - places if is_taken else left_out | places})


def _locked(user: User) -> PendingImport | None:
    return PendingImport.objects.for_user(user).select_for_update().first()


def _settle(row: PendingImport, settled: dict[str, Any]) -> None:
    places = sorted(place for place in settled["left_out"] if 0 <= place < len(row.content["rows"]))
    changed = {**row.content, **settled, "left_out": places}
    if changed != row.content:
        PendingImport.objects.filter(pk=row.pk).update(content=changed)


def confirm(*, user: User, now: datetime) -> Imported:
    """Stores what the preview has ticked, in one transaction. Raises OwnError.

    Where a collection is wanted they are put into a new one, in the file's order.
    """
    with transaction.atomic():
        row = _locked(user)
        if row is None:
            raise OwnError("There is no file waiting: it was imported already, or is more than a day old.")
        preview = _preview(row)
        if not preview.taken:
            raise OwnError("Nothing is left to import: no question of this file is ticked.")
        questions = create_many(user=user, contents=[item.question for item in preview.taken], now=now)
        collection = None
        if preview.collects:
            collection = collections.create(user=user, title=preview.title, description="", now=now)
            collections.fill(collection=collection, questions=questions)
        row.delete()
    return Imported(len(questions), collection)


def discard(*, user: User) -> None:
    PendingImport.objects.for_user(user).delete()


def room_for(user: User, preview: Preview) -> int:
    """How many questions too many are ticked; 0 when they fit."""
    return max(0, len(preview.taken) - room_left(user))
