"""What a member's first page shows. Reads only, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from accounts.models import User
from questions.models import Answer, Draft
from questions.practice import queue
from questions.practice.activity import Activity, activity_of
from questions.practice.calendar import today_of
from questions.practice.limits import Limits


@dataclass(frozen=True)
class Interview:
    on: date
    days_left: int
    company: str = ""
    round_name: str = ""


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


class Unfinished(NamedTuple):
    """A draft that waits."""

    slug: str
    title: str
    updated_at: datetime


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
    due_count: int  # all that waits
    due_today: int  # what of it fits into the day
    new_count: int
    early_count: int
    due_beyond: int
    days_to_clear: int
    is_behind: bool
    limits: Limits
    paused_count: int
    minutes_planned: int
    minutes_done: int
    minutes_goal: int
    answered_today: int
    streak_days: int
    streak_week: tuple[Day, ...]
    interview: Interview | None
    last_coaching: Coaching | None
    in_progress: Unfinished | None
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
    """Four queries besides session and user, whatever the length of the history; more on the first visit of a day."""
    profile = user.profile
    today = today_of(profile, now)
    activity = activity_of(user, today)
    stand = queue.standing(user, today, activity)
    days = _days(stand.days, today, activity)
    item = queue.choose(user, stand, activity)
    newest = _newest(user) if activity.answers or stand.days else None
    return Dashboard(
        greeting_name=user.name,
        today=today,
        state=_state(stand, newest, item),
        next_item=item,
        due_count=stand.due_count,
        due_today=stand.due_today,
        new_count=stand.new_left,
        early_count=stand.early_today,
        due_beyond=stand.due_beyond,
        days_to_clear=stand.days_to_clear,
        is_behind=stand.is_behind,
        limits=stand.limits,
        paused_count=stand.paused_count,
        minutes_planned=stand.minutes_planned,
        minutes_done=days.minutes(today),
        minutes_goal=stand.limits.minutes,
        answered_today=days.answered(today),
        streak_days=days.streak(today),
        streak_week=_week(days, today, _joined_on(user)),
        interview=_interview(stand.target, today),
        last_coaching=_coaching(newest) if newest else None,
        in_progress=_in_progress(user),
        upcoming=stand.upcoming,
        categories=stand.categories,
    )


def _in_progress(user: User) -> Unfinished | None:
    drafts = Draft.objects.for_user(user).filter(question__is_retired=False).order_by("-updated_at")
    row = drafts.values_list("question__slug", "question__title", "updated_at").first()
    return Unfinished(*row) if row else None


def _joined_on(user: User) -> date:
    """The study day on which the person joined."""
    return user.profile.study_day(user.date_joined)


def _state(stand: queue.Standing, newest: dict[str, Any] | None, item: queue.Item | None) -> str:
    if not stand.categories:
        return "empty"
    if item is None:
        return "all_done"
    return "first_day" if newest is None else "normal"


def _days(past: dict[date, tuple[int, int]], today: date, activity: Activity) -> Days:
    if not activity.answers:
        return Days(past)
    return Days({**past, today: (len(activity.answered), activity.seconds)})


def _week(days: Days, today: date, joined_on: date) -> tuple[Day, ...]:
    week = [today - timedelta(days=n) for n in range(6, -1, -1)]
    return tuple(Day(day, days.answered(day) > 0, day == today, day < joined_on) for day in week)


def _interview(target: queue.Target | None, today: date) -> Interview | None:
    if target is None:
        return None
    return Interview(target.on, (target.on - today).days, target.company, target.round_name)


NEWEST = ("pk", "created_at", "question__title", "feedback__status", "feedback__grader", "feedback__is_abstaining")


def _newest(user: User) -> dict[str, Any] | None:
    """The newest answer and its coaching, in one query."""
    answers = Answer.objects.for_user(user).order_by("-created_at", "-pk")
    found: dict[str, Any] | None = answers.values(*NEWEST, "feedback__result", "feedback__score").first()
    return found


def _coaching(answer: dict[str, Any]) -> Coaching | None:
    if answer["feedback__status"] is None:
        return None
    result: dict[str, Any] = answer["feedback__result"] or {}
    score = answer["feedback__score"]
    points = result.get("points", [])
    band = result.get("band") or ([score, score] if score is not None else None)
    return Coaching(
        answer_id=answer["pk"],
        question_title=answer["question__title"],
        status=answer["feedback__status"],
        is_local=answer["feedback__grader"] == "local",
        abstain=answer["feedback__is_abstaining"],
        score_percent_low=round(100 * band[0]) if band else None,
        score_percent_high=round(100 * band[1]) if band else None,
        headline_quote=next((p["quote"] for p in points if p["status"] == "covered" and p.get("quote")), ""),
        missing=tuple(p.get("text", "") for p in points if p["status"] == "missing" and p.get("text"))[:3],
        at=answer["created_at"],
    )
