"""The hint ladder: up to four steps from the key points, each of which lowers the rating that is suggested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db.models import IntegerField, OuterRef, Subquery

from accounts.models import User
from accounts.presence import held
from questions.coach.words import FUNCTION_WORDS
from questions.models import HintUse, KeyPoint, Question, Rating
from questions.practice.calendar import today_of

STEPS = 4
TOPIC_WORDS = 3
_WORD = re.compile(r"[^\W_]+(?:[-'’@/.+][^\W_]+)*")


class Point(Protocol):
    """What the ladder reads of a key point."""

    slug: str
    text: str
    weight: int


@dataclass(frozen=True)
class Step:
    """One rung: a sentence, and what it lists."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """A question's rungs and how many of them this person has opened on a study day."""

    steps: tuple[Step, ...] = ()
    opened: int = 0

    @property
    def shown(self) -> tuple[Step, ...]:
        return self.steps[: self.opened]

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def next_step(self) -> int | None:
        """The number of the next rung; None when all are open, or there is none."""
        return self.opened + 1 if self.opened < self.total else None

    @property
    def cap(self) -> str:
        """The highest rating that is still suggested, "" where nothing was opened."""
        return cap_label(self.opened)

    @property
    def next_cap(self) -> str:
        return cap_label(self.opened + 1)


# --- The rungs (pure) -------------------------------------------------------------------------
def ladder(points: Sequence[Point], *, has_names: bool = True) -> tuple[Step, ...]:
    """How many points, their topics, the beginning of each, the heaviest in full; what says nothing new is left out.

    `has_names`: the slugs of the points name their topics, as in the shared bank. Else the topics are read from the
    texts. Neither a topic nor a beginning gives away more than half of a point's words.
    """
    points = [point for point in points if point.text.strip()]
    if not points:
        return ()
    heaviest = max(points, key=lambda point: point.weight)  # the first of equals
    topic = _topic(heaviest, has_names)
    rungs = [
        Step(_count(len(points)) + (f" The heaviest: “{topic}”." if topic and len(points) > 1 else "")),
        Step("What the points are about:", _distinct(_topic(point, has_names) for point in points)),
        Step("How each point begins:", _distinct(beginning(point.text) for point in points)),
        Step(f"The {'heaviest ' if len(points) > 1 else ''}point in full:", (heaviest.text.strip(),)),
    ]
    kept = rungs[:1]
    for rung in rungs[1:]:
        if rung.items and all(_plain(rung.items) != _plain(other.items) for other in kept):
            kept.append(rung)
    return tuple(kept)


def _count(number: int) -> str:
    return "A good answer makes one point." if number == 1 else f"A good answer makes {number} points."


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for text in texts:
        if text:
            seen.setdefault(text.casefold(), text)
    return tuple(seen.values())


def _plain(items: Iterable[str]) -> list[str]:
    return [" ".join(_WORD.findall(item)).casefold() for item in items]


def beginning(text: str) -> str:
    """The first half of a text's words, with a sign that it goes on; "" where half of it is nothing."""
    words = text.split()
    shown = words[: len(words) // 2]
    return " ".join(shown).rstrip(",;:.–—-") + " …" if shown else ""


def _topic(point: Point, has_names: bool) -> str:
    """Two or three words, never more than half of the point; "" for a point that is too short for that."""
    limit = min(TOPIC_WORDS, len(point.text.split()) // 2)
    if limit < 2:
        return ""
    words = _named(point) if has_names else _telling(point.text)
    start = words[:limit]
    while start and start[-1].casefold() in FUNCTION_WORDS:
        start.pop()
    if len(start) < 2:  # "notes within the" says less than "notes hour"
        start = [word for word in words if word.casefold() not in FUNCTION_WORDS][:limit]
    return " ".join(start or _telling(point.text)[:limit])


def _telling(text: str) -> list[str]:
    """The words of a text that carry it, each once, in their order."""
    found = (word for word in _WORD.findall(text) if word.casefold() not in FUNCTION_WORDS)
    return [_lowered(word) for word in _distinct(found)]


def _named(point: Point) -> list[str]:
    """The words of the slug as the text writes them: `bi-encoder-separate` is “bi-encoder separate”."""
    written = {re.sub(r"\W", "", word).casefold(): word for word in _WORD.findall(point.text)}
    parts, words = [part for part in point.slug.split("-") if part], []
    while parts:
        size = next((size for size in range(min(3, len(parts)), 1, -1) if "".join(parts[:size]) in written), 1)
        joined = "".join(parts[:size])
        words.append(_lowered(written.get(joined, joined)))
        parts = parts[size:]
    return words


def _lowered(word: str) -> str:
    """Lower case, but for acronyms and names with a capital inside."""
    return word if sum(letter.isupper() for letter in word) > 1 else word.lower()


def cap_of(steps: int) -> int:
    """The highest rating that is suggested after so many steps: Easy, Good, Hard, Again, Again."""
    return max(int(Rating.AGAIN), int(Rating.EASY) - steps)


def cap_label(steps: int) -> str:
    return str(Rating(cap_of(steps)).label) if steps else ""


def capped(suggested: int | None, steps: int) -> int | None:
    """The suggestion after so many opened steps. Where only Again is left, it is suggested whatever the coach found."""
    cap = cap_of(steps)
    if cap == Rating.AGAIN:
        return cap
    return None if suggested is None else min(suggested, cap)


# --- What was opened --------------------------------------------------------------------------
def ladder_of(user: User, question: Question, today: date) -> Ladder:
    """The question's ladder with what this person has opened on that day, in one query."""
    opened = HintUse.objects.filter(user=user, question=OuterRef("question"), study_day=today).values("steps")[:1]
    points = list(
        question.key_points.filter(is_retired=False)
        .only("slug", "text", "weight", "question_id")
        .annotate(opened=Subquery(opened, output_field=IntegerField()))
    )
    steps = ladder(points, has_names=question.owner_id is None)
    return Ladder(steps, min(getattr(points[0], "opened", None) or 0, len(steps)) if points else 0)


def steps_today(user: User, question: Question, today: date) -> int:
    """How many steps were opened at the question on that study day."""
    row = HintUse.objects.filter(user=user, question=question, study_day=today).values_list("steps", flat=True).first()
    return row or 0


def open_step(*, user: User, question: Question, step: int, now: datetime) -> Ladder:
    """Opens the ladder up to that step; one that is open already, or is none, changes nothing."""
    today = today_of(user.profile, now)
    points: Sequence[KeyPoint] = list(question.key_points.filter(is_retired=False))
    steps = ladder(points, has_names=question.owner_id is None)
    wanted = min(max(step, 0), len(steps))
    with held(user):
        opened = steps_today(user, question, today)
        if wanted > opened:
            HintUse.objects.update_or_create(user=user, question=question, study_day=today, defaults={"steps": wanted})
    return Ladder(steps, min(max(wanted, opened), len(steps)))
