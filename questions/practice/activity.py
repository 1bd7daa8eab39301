"""What a person did on a study day, in one query however long the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import User

# Written out: it is asked for on every step of practice, and both halves need the same columns. OFFSET 0 keeps each
# look-up a look-up: joined freely, the planner would rather read all the cards of a person, or the whole bank.
TODAYS = """
SELECT 'answer', a.id, a.question_id, q.category_id, a.seconds, a.created_at,
       EXISTS (SELECT 1 FROM questions_review r WHERE r.answer_id = a.id), q.is_retired, 0, NULL::date, NULL::date, 0
FROM questions_answer a
CROSS JOIN LATERAL (SELECT category_id, is_retired FROM questions_question WHERE id = a.question_id OFFSET 0) q
WHERE a.user_id = %s AND a.study_day = %s
UNION ALL
SELECT 'review', r.id, r.question_id, q.category_id, r.seconds, r.reviewed_at,
       TRUE, q.is_retired, c.reps, r.due_on,
       (SELECT p.due_on FROM questions_review p
        WHERE p.user_id = r.user_id AND p.question_id = r.question_id AND p.study_day < r.study_day
        ORDER BY p.study_day DESC LIMIT 1), r.rating
FROM questions_review r
CROSS JOIN LATERAL (SELECT category_id, is_retired FROM questions_question WHERE id = r.question_id OFFSET 0) q
CROSS JOIN LATERAL (SELECT reps FROM questions_card WHERE user_id = r.user_id AND question_id = r.question_id
                    OFFSET 0) c
WHERE r.user_id = %s AND r.study_day = %s
ORDER BY 6 DESC, 2 DESC
"""


class Answered(NamedTuple):
    answer_id: int
    question_id: int
    category_id: int
    seconds: int
    is_reviewed: bool
    is_retired: bool


class Reviewed(NamedTuple):
    """`was_due_on`: the day on which it was due before; None for a first rating."""

    review_id: int
    question_id: int
    category_id: int
    reps: int
    due_on: date
    was_due_on: date | None
    rating: int


@dataclass(frozen=True)
class Activity:
    """Answers and ratings of one study day, newest first."""

    study_day: date
    answers: Sequence[Answered]
    reviews: Sequence[Reviewed]

    @cached_property
    def rated(self) -> frozenset[int]:
        """The questions that were rated."""
        return frozenset(review.question_id for review in self.reviews)

    @cached_property
    def answered(self) -> frozenset[int]:
        return frozenset(answer.question_id for answer in self.answers)

    @property
    def seconds(self) -> int:
        return sum(answer.seconds for answer in self.answers)

    @property
    def new_count(self) -> int:
        """Questions that were rated for the first time."""
        return sum(review.reps == 1 for review in self.reviews)

    @property
    def review_count(self) -> int:
        return len(self.reviews) - self.new_count

    @property
    def last_category_id(self) -> int | None:
        return self.answers[0].category_id if self.answers else None

    @property
    def unrated(self) -> Answered | None:
        """The newest answer, where it waits for its rating: its question was not rated on this day."""
        newest = self.answers[0] if self.answers else None
        if newest is None or newest.is_reviewed or newest.is_retired or newest.question_id in self.rated:
            return None
        return newest


def activity_of(user: User, today: date) -> Activity:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(TODAYS, [user.pk, today, user.pk, today])
        rows = cursor.fetchall()
    return Activity(
        today,
        [_answered(row) for row in rows if row[0] == "answer"],
        [_reviewed(row) for row in rows if row[0] == "review"],
    )


def _answered(row: tuple[Any, ...]) -> Answered:
    return Answered(row[1], row[2], row[3], row[4], row[6], row[7])


def _reviewed(row: tuple[Any, ...]) -> Reviewed:
    return Reviewed(row[1], row[2], row[3], row[8], row[9], row[10], row[11])
