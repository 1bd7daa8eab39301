"""A bank and people with long histories, written by the database itself: a million rows in seconds."""

from __future__ import annotations

from datetime import date
from typing import Any

REVIEWS_EACH = 10
DAYS_BETWEEN = 30  # of two reviews of one question

CATEGORIES = """
INSERT INTO questions_category (slug, name, summary, intent, weight, position)
SELECT 'bench-' || n, 'Bench ' || n, '', '', .0625, 900 + n FROM generate_series(1, 16) n RETURNING id
"""
QUESTIONS = """
INSERT INTO questions_question (category_id, slug, title, prompt, intent, kind, level, levels, minutes, tags, reference,
  mistakes, follow_ups, sources, star, samples, asked_as, main_terms, terms, position, version, content_hash,
  is_retired, updated_at)
SELECT (%(categories)s::bigint[])[1 + n %% 16], %(name)s || n, 'Bench question ' || n, repeat('What first? ', 12), '',
  'concept', (ARRAY['junior', 'mid', 'senior'])[1 + n %% 3], '{}', 4 + n %% 6, '{}', repeat('A reference. ', 60),
  '[]', '[]', '[]', '{}', '[]', '[]', '{}', '{}', n %% 30000, 1, '', FALSE, now()
FROM generate_series(1, %(count)s) n
"""
# Each question was reviewed every 30 days; the last time between 1 and 30 days ago, so that some of each day are due.
CARDS = """
INSERT INTO questions_card (user_id, question_id, stability, difficulty, due_on, last_study_day, last_rating, reps,
  lapses)
SELECT u.id, q.id, 20 + q.id %% 300, 3 + q.id %% 5, %(today)s::date + ((q.id %% 365)::int - %(overdue)s),
  %(today)s::date - (1 + q.id %% 30)::int, 3, %(reviews)s, q.id %% 3
FROM unnest(%(users)s::bigint[]) u(id),
  (SELECT id FROM questions_question WHERE slug LIKE %(like)s ORDER BY id LIMIT %(cards)s) q
"""
REVIEWS = """
INSERT INTO questions_review (user_id, question_id, rating, reviewed_at, study_day, seconds, parameters_version,
  desired_retention, stability, difficulty, due_on)
SELECT c.user_id, c.question_id, 1 + (c.question_id + n * 7) %% 4, d.day + interval '19 hours', d.day, 240,
  'fsrs-6-default', .9, 5 + n * 10, 5, d.day + %(between)s
FROM questions_card c, generate_series(0, %(reviews)s - 1) n,
  LATERAL (SELECT c.last_study_day - %(between)s * n AS day) d
WHERE c.user_id = ANY(%(users)s)
"""
ANSWERS = """
INSERT INTO questions_answer (user_id, question_id, question_version, text, word_count, seconds, study_day, is_peeked,
  hints, submit_token, created_at)
SELECT r.user_id, r.question_id, 1, 'An answer of some words.', 5, 240, r.study_day, FALSE, 0, 'bench-' || r.id,
  r.reviewed_at FROM questions_review r WHERE r.user_id = ANY(%(users)s)
"""
LINK = """
UPDATE questions_review r SET answer_id = a.id FROM questions_answer a
WHERE a.submit_token = 'bench-' || r.id AND r.user_id = ANY(%(users)s)
"""


def add_bank(count: int) -> None:
    """So many questions of a shared bank in sixteen categories."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(CATEGORIES)
        categories = [row[0] for row in cursor.fetchall()]
        cursor.execute(QUESTIONS, {"categories": categories, "count": count, "name": "bench-practice-"})


def add_histories(users: list[int], cards: int, today: date, *, overdue: int = 20) -> None:
    """Each of the people gets so many cards with ten reviews and answers each; those of `overdue` days are due."""
    from django.db import connection

    values: dict[str, Any] = {
        "users": users, "cards": cards, "today": today, "reviews": REVIEWS_EACH, "between": DAYS_BETWEEN,
        "like": "bench-practice-%", "overdue": overdue,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in (CARDS, REVIEWS, ANSWERS, LINK):
            cursor.execute(statement, values)


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("question", "card", "review", "answer", "pause", "interview", "draft", "feedback"):
            cursor.execute(f"ANALYZE questions_{table}")
