"""What seven days of practice came to, and what the next seven bring. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from accounts.models import User
from questions.practice.standings import minutes_each
from questions.practice.stats import MATURE_DAYS, Tally, stats

# By category: ratings, questions that crossed the line to a long interval, and that fell back from one.
MOVED = """
SELECT c.name, count(*),
       count(*) FILTER (WHERE r.due_on - r.study_day >= %(long)s AND COALESCE(p.gap, 0) < %(long)s),
       count(*) FILTER (WHERE r.rating = 1 AND p.gap >= %(long)s)
FROM questions_review r
JOIN questions_question q ON q.id = r.question_id JOIN questions_category c ON c.id = q.category_id
LEFT JOIN LATERAL (SELECT b.due_on - b.study_day AS gap FROM questions_review b
  WHERE b.user_id = r.user_id AND b.question_id = r.question_id AND b.study_day < r.study_day
  ORDER BY b.study_day DESC LIMIT 1) p ON TRUE
WHERE r.user_id = %(user)s AND r.study_day BETWEEN %(first)s AND %(last)s
GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True)
class Week:
    """`grown`: questions that reached an interval of three weeks; `fallen`: those that lost one. `month`: 30 days."""

    answered: int
    minutes: int
    days: int
    begun: int
    grown: int
    fallen: int
    categories: tuple[tuple[str, int], ...]
    month: Tally
    target_percent: int
    coming: int
    coming_minutes: int


def week_before(user: User, day: date, today: date) -> Week:
    """The seven dates before `day`; what waits on `today` and returns on the six after it. Four to seven queries."""
    found = stats(user, today)
    dates = [day - timedelta(days=n) for n in range(1, 8)]
    rows = _moved(user, dates[-1], dates[0])
    coming = sum(count for _, count in found.forecast[:7])
    return Week(
        answered=sum(found.days.get(date, (0, 0))[0] for date in dates),
        minutes=round(sum(found.days.get(date, (0, 0))[1] for date in dates) / 60),
        days=sum(date in found.days for date in dates),
        begun=sum(found.past.begun.get(date, 0) for date in dates),
        grown=sum(row[2] for row in rows),
        fallen=sum(row[3] for row in rows),
        categories=tuple((name, count) for name, count, _, _ in rows[:2]),
        month=found.past.periods["30"].all,
        target_percent=round(100 * found.target),
        coming=coming,
        coming_minutes=round(coming * minutes_each(found.categories)),
    )


def _moved(user: User, first: date, last: date) -> list[tuple[str, int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(MOVED, {"user": user.pk, "first": first, "last": last, "long": MATURE_DAYS})
        rows: list[tuple[str, int, int, int]] = cursor.fetchall()
    return rows
