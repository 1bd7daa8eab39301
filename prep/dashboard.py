"""What a member's first page shows. Reads only, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from accounts.models import User
from questions.models import Answer, Draft, Feedback
from questions.practice import queue
from questions.practice.calendar import today_of

STREAK_DAYS = 400


@dataclass(frozen=True)
class Interview:
    on: date
    days_left: int


@dataclass(frozen=True)
class Coaching:
    """The newest answer's coaching in brief; percentages are whole numbers or None when the grader abstained."""

    answer_id: int
    question_title: str
    status: str
    is_local: bool
    abstain: bool
    score_percent_low: int | None
    score_percent_high: int | None
    headline_quote: str
    missing: tuple[str, ...]
    at: datetime


class Day(NamedTuple):
    """One day of the week that is shown; `is_before`: before the person joined."""

    on: date
    is_done: bool
    is_today: bool
    is_before: bool


@dataclass(frozen=True)
class Dashboard:
    greeting_name: str
    today: date
    state: str  # empty (nothing loaded), first_day (nothing answered yet), normal, all_done
    next_item: queue.Item | None
    due_count: int
    new_count: int
    minutes_planned: int
    minutes_done: int
    minutes_goal: int
    answered_today: int
    streak_days: int
    streak_week: tuple[Day, ...]
    interview: Interview | None
    last_coaching: Coaching | None
    in_progress: Draft | None
    upcoming: tuple[tuple[date, int], ...]
    categories: tuple[queue.CategoryStanding, ...]


@dataclass(frozen=True)
class Days:
    """Questions answered and seconds by study day, newest first, as far back as a streak is counted."""

    by_day: dict[date, tuple[int, int]]

    def answered(self, day: date) -> int:
        return self.by_day.get(day, (0, 0))[0]

    def seconds(self, day: date) -> int:
        return self.by_day.get(day, (0, 0))[1]

    def minutes(self, day: date) -> int:
        return round(self.seconds(day) / 60)

    def streak(self, today: date) -> int:
        """Days in a row with an answer, up to today, or to yesterday while today is still open."""
        day = today if self.answered(today) else today - timedelta(days=1)
        count = 0
        while self.answered(day):
            count += 1
            day -= timedelta(days=1)
        return count


def build_dashboard(user: User, now: datetime) -> Dashboard:
    """Six queries besides session and user, whatever the length of the history."""
    profile = user.profile
    today = today_of(profile, now)
    days = _days(user, today)
    stand = queue.standing(user, today, done=days.seconds(today) / 60)
    newest = queue.newest_answer(user)
    item = queue.choose(user, stand, newest)
    return Dashboard(
        greeting_name=user.name,
        today=today,
        state=_state(stand, newest, item),
        next_item=item,
        due_count=stand.due_count,
        new_count=stand.new_left,
        minutes_planned=_planned(stand, item),
        minutes_done=days.minutes(today),
        minutes_goal=profile.minutes_a_day,
        answered_today=days.answered(today),
        streak_days=days.streak(today),
        streak_week=_week(days, today, _joined_on(user)),
        interview=_interview(profile.interview_on, today),
        last_coaching=_coaching(newest) if newest else None,
        in_progress=Draft.objects.for_user(user)
        .filter(question__is_retired=False)
        .select_related("question")
        .order_by("-updated_at")
        .first(),
        upcoming=stand.upcoming,
        categories=stand.categories,
    )


def _planned(stand: queue.Standing, item: queue.Item | None) -> int:
    """An average says little of one question, whose own minutes stand beside it."""
    is_last = item is not None and stand.due_count + stand.new_left == 1
    return item.question.minutes if item and is_last else stand.minutes_planned


def _joined_on(user: User) -> date:
    """The study day on which the person joined."""
    return user.profile.study_day(user.date_joined)


def _state(stand: queue.Standing, newest: Answer | None, item: queue.Item | None) -> str:
    if not stand.categories:
        return "empty"
    if item is None:
        return "all_done"
    return "first_day" if newest is None else "normal"


def _days(user: User, today: date) -> Days:
    rows = (
        Answer.objects.for_user(user)
        .filter(study_day__gt=today - timedelta(days=STREAK_DAYS))
        .values_list("study_day")
        .annotate(Count("question", distinct=True), Sum("seconds"))
        .order_by("-study_day")
    )
    return Days({day: (count, seconds or 0) for day, count, seconds in rows})


def _week(days: Days, today: date, joined_on: date) -> tuple[Day, ...]:
    week = [today - timedelta(days=n) for n in range(6, -1, -1)]
    return tuple(Day(day, days.answered(day) > 0, day == today, day < joined_on) for day in week)


def _interview(on: date | None, today: date) -> Interview | None:
    return Interview(on, (on - today).days) if on and on >= today else None


def _coaching(answer: Answer) -> Coaching | None:
    feedback: Feedback | None = getattr(answer, "feedback", None)
    if feedback is None:
        return None
    result: dict[str, Any] = feedback.result or {}
    points = result.get("points", [])
    band = result.get("band") or ([feedback.score, feedback.score] if feedback.score is not None else None)
    return Coaching(
        answer_id=answer.pk,
        question_title=answer.question.title,
        status=feedback.status,
        is_local=feedback.grader == "local",
        abstain=feedback.is_abstaining,
        score_percent_low=round(100 * band[0]) if band else None,
        score_percent_high=round(100 * band[1]) if band else None,
        headline_quote=next((p["quote"] for p in points if p["status"] == "covered" and p.get("quote")), ""),
        missing=tuple(p.get("text", "") for p in points if p["status"] == "missing" and p.get("text"))[:3],
        at=answer.created_at,
    )
