"""When a question returns: FSRS's interval, laid onto the person's own coming days."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connection, transaction

from accounts.models import User
from accounts.presence import AccountGone
from questions.practice import memory
from questions.practice.limits import Span
from questions.practice.memory import Memory, Outcome, Policy
from questions.practice.spreading import Calendar, returning_on, window

Windows = Sequence[tuple[date, date]]

# What a rating asks for beside the lock on the person's row: what is due around the day of return, and the breaks.
LOAD = """(SELECT json_object_agg(w.due_on, w.n) FROM (
    SELECT c.due_on, count(*) AS n FROM questions_card c
    WHERE c.user_id = u.id AND c.question_id <> %s AND ({days}) GROUP BY c.due_on) w)"""
BREAKS = """(SELECT json_agg(json_build_array(b.starts_on, b.ends_on) ORDER BY b.starts_on)
    FROM questions_break b WHERE b.user_id = u.id)"""


def fuzz_seed(user_id: int, question_id: int, reps: int) -> str:
    """The same for the preview, the review and the replay of a card's `reps`-th review."""
    return f"{user_id}:{question_id}:{reps}"


def windows_of(known: Memory | None, ratings: Iterable[int], today: date, policy: Policy) -> Windows:
    """The days on which each of the ratings may bring the question back."""
    exact = (memory.review(known, rating, today, policy) for rating in ratings)
    return [window(today, (outcome.due_on - today).days, policy.maximum_interval) for outcome in exact]


@contextmanager
def held_with_calendar(user: User, question_id: int, windows: Windows) -> Iterator[Calendar]:
    """A transaction that locks the person's row, like accounts.presence.held, and reads their days; one query."""
    with transaction.atomic():
        found = _calendar(user, question_id, windows, "FOR NO KEY UPDATE OF u")
        if found is None:
            raise AccountGone
        yield found


def calendar_of(user: User, question_id: int, windows: Windows) -> Calendar:
    """The person's coming days without the lock, for a preview; one query."""
    return _calendar(user, question_id, windows, "") or Calendar()


def _calendar(user: User, question_id: int, windows: Windows, lock: str) -> Calendar | None:
    is_balanced = user.profile.balances_load
    days = " OR ".join(["c.due_on BETWEEN %s AND %s"] * len(windows))
    load = LOAD.format(days=days) if is_balanced and windows else "NULL"
    values: list[int | date] = [question_id, *(day for ends in windows for day in ends)] if load != "NULL" else []
    with connection.cursor() as cursor:
        # No value is part of the text: only how many windows there are, and whether the row is locked.
        cursor.execute(f"SELECT {load}, {BREAKS} FROM accounts_user u WHERE u.id = %s {lock}", [*values, user.pk])  # noqa: S608
        row = cursor.fetchone()
    if row is None:
        return None
    counts, breaks = (json.loads(part) if isinstance(part, str) else part for part in row)
    day = date.fromisoformat
    return Calendar(
        load={day(on): count for on, count in (counts or {}).items()} if is_balanced else None,
        easy_weekdays=tuple(user.profile.easy_weekdays),
        breaks=tuple(Span(day(start), day(end)) for start, end in breaks or []),
    )


def outcome_of(
    known: Memory | None, rating: int, today: date, policy: Policy, *, calendar: Calendar, seed: str
) -> Outcome:
    """The memory after a rating, and the day of return on this calendar: alike for preview and review."""
    if calendar.is_plain:
        return memory.review(known, rating, today, policy, seed=seed)
    exact = memory.review(known, rating, today, policy)
    interval = (exact.due_on - today).days
    due_on = returning_on(today, interval, seed, calendar, policy.maximum_interval)
    return Outcome(exact.memory, max(due_on, today + timedelta(days=1)))
