"""All that a study day is made of beside its questions, in one query: limits, breaks, pauses, interviews, counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from accounts.models import User
from questions.models import Interview
from questions.practice.limits import Own, Span
from questions.practice.standings import CategoryStanding

COMING_DAYS = 31
STREAK_DAYS = 400

# One statement of JSON parts: each part is small, and a round trip each would cost more than all of them.
FRAME = """
SELECT json_build_object(
  'own', (SELECT json_build_array(l.minutes, l.new, l.reviews) FROM questions_daylimits l
    WHERE l.user_id = %(user)s AND l.study_day = %(today)s),
  'breaks', (SELECT json_agg(json_build_array(b.starts_on, b.ends_on) ORDER BY b.starts_on) FROM questions_break b
    WHERE b.user_id = %(user)s AND b.ends_on >= %(today)s),
  'pauses', (SELECT json_agg(json_build_array(p.question_id, p.kind)) FROM questions_pause p
    WHERE p.user_id = %(user)s AND (p.until IS NULL OR p.until > %(today)s)),
  'interviews', (SELECT json_agg(json_build_object('id', i.id, 'on', i."on", 'company', i.company, 'round', i.round,
    'format', i.format, 'aim', i.aim, 'has_floor', i.has_floor, 'weights', i.weights) ORDER BY i."on", i.id)
    FROM questions_interview i WHERE i.user_id = %(user)s AND i."on" >= %(today)s),
  'categories', (SELECT json_agg(json_build_array(c.id, c.slug, c.name, c.weight, t.total, COALESCE(a.answered, 0),
    t.minutes) ORDER BY c.position, c.id) FROM questions_category c
    JOIN (SELECT q.category_id, count(*) AS total, avg(q.minutes)::float AS minutes FROM questions_question q
      WHERE NOT q.is_retired AND (q.owner_id IS NULL OR q.owner_id = %(user)s) GROUP BY 1) t ON t.category_id = c.id
    LEFT JOIN (SELECT q.category_id, count(*) AS answered FROM questions_card k
      JOIN questions_question q ON q.id = k.question_id
      WHERE k.user_id = %(user)s AND NOT q.is_retired GROUP BY 1) a ON a.category_id = c.id),
  'by_day', (SELECT json_object_agg(d.due_on, d.n) FROM (SELECT k.due_on, count(*) AS n FROM questions_card k
    JOIN questions_question q ON q.id = k.question_id WHERE k.user_id = %(user)s AND NOT q.is_retired
    AND k.due_on > %(today)s AND k.due_on <= %(last)s GROUP BY 1) d),
  'days', (SELECT json_agg(json_build_array(d.study_day, d.n, d.seconds)) FROM (
    SELECT a.study_day, count(DISTINCT a.question_id) AS n, sum(a.seconds) AS seconds FROM questions_answer a
    WHERE a.user_id = %(user)s AND a.study_day > %(first)s AND a.study_day < %(today)s GROUP BY 1) d),
  'newest_review', (SELECT max(r.id) FROM questions_review r WHERE r.user_id = %(user)s))
"""


@dataclass(frozen=True)
class Frame:
    """`pauses`: question id to kind. `by_day`: cards due by coming day. `days`: (questions, seconds) by past day."""

    own: Own | None
    breaks: tuple[Span, ...]
    pauses: dict[int, str]
    interviews: tuple[Interview, ...]
    categories: tuple[CategoryStanding, ...]
    by_day: dict[date, int]
    days: dict[date, tuple[int, int]]
    newest_review: int


def frame_of(user: User, today: date) -> Frame:
    """One query."""
    values: dict[str, int | date] = {
        "user": user.pk,
        "today": today,
        "last": today + timedelta(days=COMING_DAYS),
        "first": today - timedelta(days=STREAK_DAYS),
    }
    with connection.cursor() as cursor:
        cursor.execute(FRAME, values)
        found: Any = cursor.fetchone()[0]
    parts: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    day = date.fromisoformat
    return Frame(
        own=Own(*parts["own"]) if parts["own"] else None,
        breaks=tuple(Span(day(start), day(end)) for start, end in parts["breaks"] or []),
        pauses=dict(parts["pauses"] or []),
        interviews=_interviews(user, parts["interviews"] or [], today),
        categories=tuple(CategoryStanding(*row) for row in parts["categories"] or []),
        by_day={day(due_on): count for due_on, count in (parts["by_day"] or {}).items()},
        days={day(on): (count, seconds) for on, count, seconds in parts["days"] or []},
        newest_review=parts["newest_review"] or 0,
    )


def _interviews(user: User, rows: list[dict[str, Any]], today: date) -> tuple[Interview, ...]:
    """Like practice.interviews.ahead: a date given at set-up counts while there is no row."""
    if not rows:
        day = user.profile.interview_on
        return (Interview(user_id=user.pk, on=day),) if day is not None and day >= today else ()
    return tuple(Interview(user_id=user.pk, **{**row, "on": date.fromisoformat(row["on"])}) for row in rows)
