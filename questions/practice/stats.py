"""What a person's practice adds up to: retention, forecast, days, coverage, memory strength. Reads only.

True retention (as Anki has it): of the ratings of questions that were known before, the share that was not Again. Young
is a question whose interval before the rating was under 21 days, mature one of 21 and more. Days that are over are
counted once a day and kept; today's ratings are added to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from questions.practice.activity import Activity, activity_of
from questions.practice.calendar import model_of
from questions.practice.keeping import kept
from questions.practice.queue import coming, stand_of
from questions.practice.sheet import Sheet, sheet_of
from questions.practice.standings import CategoryStanding

MATURE_DAYS = 21
PERIODS: dict[str, int | None] = {"30": 30, "90": 90, "365": 365, "all": None}
FORECAST_DAYS = 30
MANY_CARDS = 2_000  # beyond it, the cards are counted once a day
STRENGTHS = (("under 1 week", 7), ("1–3 weeks", 21), ("3–13 weeks", 90), ("over 13 weeks", None))
RECALLS = (("under 70 %", 0.7), ("70 to 80 %", 0.8), ("80 to 90 %", 0.9), ("90 % and more", None))

# One row a day, category and age (0 first rating, 1 young, 2 mature): how many ratings, how many not Again.
PAST = """
WITH rated AS (
  SELECT r.study_day, q.category_id, r.rating > 1 AS is_recalled, LAG(r.due_on) OVER w - LAG(r.study_day) OVER w AS gap
  FROM questions_review r JOIN questions_question q ON q.id = r.question_id
  WHERE r.user_id = %s AND r.study_day < %s
  WINDOW w AS (PARTITION BY r.question_id ORDER BY r.study_day))
SELECT study_day, category_id, CASE WHEN gap IS NULL THEN 0 WHEN gap < %s THEN 1 ELSE 2 END,
       count(*), count(*) FILTER (WHERE is_recalled)
FROM rated GROUP BY 1, 2, 3
"""
TODAYS = """
SELECT r.study_day, q.category_id,
       CASE WHEN p.gap IS NULL THEN 0 WHEN p.gap < %s THEN 1 ELSE 2 END, 1, (r.rating > 1)::int
FROM questions_review r JOIN questions_question q ON q.id = r.question_id
LEFT JOIN LATERAL (SELECT b.due_on - b.study_day AS gap FROM questions_review b
  WHERE b.user_id = r.user_id AND b.question_id = r.question_id AND b.study_day < r.study_day
  ORDER BY b.study_day DESC LIMIT 1) p ON TRUE
WHERE r.user_id = %s AND r.study_day = %s
"""
CARDS = """
SELECT width_bucket(c.stability, ARRAY[7, 21, 90]::float[]),
       width_bucket(power(1 + %s * GREATEST(%s::date - c.last_study_day, 0) / c.stability, %s),
                    ARRAY[.7, .8, .9]::float[]),
       count(*)
FROM questions_card c JOIN questions_question q ON q.id = c.question_id
WHERE c.user_id = %s AND NOT q.is_retired GROUP BY 1, 2
"""
EXTREMES = """
(SELECT 'forgotten', q.slug, q.title, c.lapses, c.stability FROM questions_card c
 JOIN questions_question q ON q.id = c.question_id
 WHERE c.user_id = %s AND c.lapses > 0 AND NOT q.is_retired ORDER BY c.lapses DESC, q.id LIMIT 5)
UNION ALL
(SELECT 'strong', q.slug, q.title, c.lapses, c.stability FROM questions_card c
 JOIN questions_question q ON q.id = c.question_id
 WHERE c.user_id = %s AND NOT q.is_retired ORDER BY c.stability DESC, q.id LIMIT 5)
"""


@dataclass
class Tally:
    """Ratings of questions that were known before, and how many of them were not Again."""

    asked: int = 0
    recalled: int = 0

    def add(self, asked: int, recalled: int) -> None:
        self.asked += asked
        self.recalled += recalled

    @property
    def share(self) -> float | None:
        return self.recalled / self.asked if self.asked else None

    @property
    def percent(self) -> int:
        return round(100 * self.recalled / self.asked) if self.asked else 0


@dataclass
class Retention:
    """True retention of a period: of all, of young and mature questions, and by category id."""

    all: Tally = field(default_factory=Tally)
    young: Tally = field(default_factory=Tally)
    mature: Tally = field(default_factory=Tally)
    by_category: dict[int, Tally] = field(default_factory=dict)

    def add(self, category: int, age: int, asked: int, recalled: int) -> None:
        if age == 0:
            return
        self.all.add(asked, recalled)
        (self.young if age == 1 else self.mature).add(asked, recalled)
        self.by_category.setdefault(category, Tally()).add(asked, recalled)


@dataclass
class Past:
    """What the ratings add up to: retention by period, ratings and first ratings by study day."""

    periods: dict[str, Retention]
    ratings: Counter[date]
    begun: Counter[date]

    def add(self, today: date, rows: Iterable[tuple[date, int, int, int, int]]) -> None:
        for day, category, age, asked, recalled in rows:
            self.ratings[day] += asked
            if age == 0:
                self.begun[day] += asked
            for name, length in PERIODS.items():
                if length is None or day > today - timedelta(days=length):
                    self.periods[name].add(category, age, asked, recalled)


class Question(NamedTuple):
    slug: str
    title: str
    lapses: int
    stability: float


@dataclass(frozen=True)
class Strength:
    """Cards by memory strength and by recall today, and the questions at both ends."""

    by_strength: tuple[tuple[str, int], ...]
    by_recall: tuple[tuple[str, int], ...]
    forgotten: tuple[Question, ...]
    strong: tuple[Question, ...]


@dataclass(frozen=True)
class Stats:
    """`days`: (questions answered, seconds) by study day. `forecast`: what waits today, then what each day brings."""

    today: date
    past: Past
    strength: Strength
    days: dict[date, tuple[int, int]]
    forecast: tuple[tuple[date, int], ...]
    categories: tuple[CategoryStanding, ...]
    target: float

    @property
    def practised(self) -> int:
        return sum(category.answered for category in self.categories)

    @property
    def total(self) -> int:
        return sum(category.total for category in self.categories)

    def weeks(self, count: int) -> list[date]:
        """Mondays, the oldest first, up to this week."""
        monday = self.today - timedelta(days=self.today.weekday())
        return [monday - timedelta(weeks=n) for n in range(count - 1, -1, -1)]

    def by_week(self, count: int) -> list[tuple[date, int, int, int]]:
        """Each week's Monday, answers, minutes, and questions practised at least once by its end."""
        earlier = sum(begun for day, begun in self.past.begun.items() if day < self.weeks(count)[0])
        rows = []
        for monday in self.weeks(count):
            week = [monday + timedelta(days=n) for n in range(7)]
            answered, seconds = (sum(self.days.get(day, (0, 0))[part] for day in week) for part in (0, 1))
            earlier += sum(self.past.begun.get(day, 0) for day in week)
            rows.append((monday, answered, round(seconds / 60), earlier))
        return rows


def stats(user: User, today: date) -> Stats:
    """Three to six queries, whatever the length of the history."""
    activity = activity_of(user, today)
    sheet = sheet_of(user, today)
    stand = stand_of(sheet, activity)
    past = _past(user, today)
    if activity.reviews:
        past.add(today, _rows(TODAYS, [MATURE_DAYS, user.pk, today]))
    return Stats(
        today=today,
        past=past,
        strength=_strength(user, today, sheet, activity, practised=sum(c.answered for c in stand.categories)),
        days=_days(sheet, activity),
        forecast=((today, stand.due_count), *_forecast(sheet, activity)),
        categories=stand.categories,
        target=user.profile.desired_retention,
    )


def _past(user: User, today: date) -> Past:
    """A copy: today's ratings are added to it."""

    def counted() -> Past:
        past = Past({name: Retention() for name in PERIODS}, Counter(), Counter())
        past.add(today, _rows(PAST, [user.pk, today, MATURE_DAYS]))
        return past

    return kept(user.pk, "past", (today, user.profile.practice_stamp), counted)


def _rows(query: str, values: list[int | date]) -> list[tuple[date, int, int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[date, int, int, int, int]] = cursor.fetchall()
    return rows


def _days(sheet: Sheet, activity: Activity) -> dict[date, tuple[int, int]]:
    if not activity.answers:
        return sheet.days
    return {**sheet.days, activity.study_day: (len(activity.answered), activity.seconds)}


def _forecast(sheet: Sheet, activity: Activity) -> list[tuple[date, int]]:
    by_day = coming(sheet, activity)
    days = (sheet.study_day + timedelta(days=n) for n in range(1, FORECAST_DAYS + 1))
    return [(day, max(by_day[day], 0)) for day in days]


def _strength(user: User, today: date, sheet: Sheet, activity: Activity, *, practised: int) -> Strength:
    """Counted anew after each rating, but once a day where there are many cards: one rating changes little there."""
    is_many = practised > MANY_CARDS
    state = (today, user.profile.practice_stamp, 0 if is_many else len(activity.reviews))
    return kept(user.pk, "strength", state, lambda: _counted(user, today))


def _counted(user: User, today: date) -> Strength:
    model = model_of(user.profile)
    strengths, recalls = Counter[int](), Counter[int]()
    with connection.cursor() as cursor:
        cursor.execute(CARDS, [model.factor, today, model.decay, user.pk])
        for strength, recall, count in cursor.fetchall():
            strengths[strength] += count
            recalls[recall] += count
        cursor.execute(EXTREMES, [user.pk, user.pk])
        ends = cursor.fetchall()
    return Strength(
        by_strength=tuple((name, strengths[n]) for n, (name, _) in enumerate(STRENGTHS)),
        by_recall=tuple((name, recalls[n]) for n, (name, _) in enumerate(RECALLS)),
        forgotten=tuple(Question(*row[1:]) for row in ends if row[0] == "forgotten"),
        strong=tuple(Question(*row[1:]) for row in ends if row[0] == "strong"),
    )
