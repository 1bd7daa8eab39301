"""The sheet of a study day: what waits, in the order of its worth, worked out once and kept while it holds.

Building it reads every card that matters; a step of practice reads the sheet from the cache and the day's activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from accounts.models import Profile, User
from questions.models import Interview, Pause
from questions.practice.frame import frame_of
from questions.practice.keeping import kept
from questions.practice.limits import Limits, Own, limits_on
from questions.practice.ranking import Line, Ranker, open_rows
from questions.practice.standings import CategoryStanding


class Target(NamedTuple):
    """The interview that today's order leads up to. `pk` None: the date given at set-up."""

    pk: int | None
    on: date
    company: str
    round_name: str
    aim: str
    has_floor: bool


@dataclass(frozen=True)
class Sheet:
    """How a study day began. `by_day`: cards due on each coming day, without those that wait already.

    `days`: questions answered and seconds by study day, for those before this one.
    `skipped`: questions that come last today. `is_behind`: more is due than the day holds, and no interview orders it.
    """

    study_day: date
    limits: Limits
    lines: tuple[Line, ...]
    skipped: frozenset[int]
    due_count: int
    due_minutes: int
    by_day: dict[date, int]
    days: dict[date, tuple[int, int]]
    categories: tuple[CategoryStanding, ...]
    newest_review: int
    target: Target | None
    is_behind: bool
    paused_count: int


def sheet_of(user: User, today: date) -> Sheet:
    """The kept sheet of the day, or a new one."""
    return kept(user.pk, "sheet", _state(user.profile, today), lambda: build(user, today))


def _state(profile: Profile, today: date) -> tuple[Any, ...]:
    """What a sheet is made of beside rows; a change of rows moves the stamp."""
    limits = (profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day, tuple(profile.easy_weekdays))
    return (today, profile.practice_stamp, *limits, profile.target_level, profile.interview_on)


def build(user: User, today: date) -> Sheet:
    """Two queries, whatever the length of the history."""
    frame = frame_of(user, today)
    profile = user.profile
    usual = Own(profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day)
    limits = limits_on(today, usual, profile.easy_weekdays, frame.breaks, frame.own)
    skipped = frozenset(pk for pk, kind in frame.pauses.items() if kind == Pause.Kind.SKIPPED)
    resting = frame.pauses.keys() - skipped
    ranker = Ranker(user, today, frame.categories, open_rows(user, today, resting, is_planned=bool(frame.interviews)))
    is_behind = not frame.interviews and ranker.due_minutes > limits.minutes
    lines = ranker.planned(frame.interviews) if frame.interviews else ranker.plain(is_behind=is_behind)
    return Sheet(
        study_day=today,
        limits=limits,
        lines=tuple(lines),
        skipped=skipped,
        due_count=len(ranker.due),
        due_minutes=ranker.due_minutes,
        by_day=frame.by_day,
        days=frame.days,
        categories=frame.categories,
        newest_review=frame.newest_review,
        target=_target(frame.interviews[0]) if frame.interviews else None,
        is_behind=is_behind,
        paused_count=len(resting),
    )


def _target(interview: Interview) -> Target:
    round_name = str(interview.get_round_display()) if interview.round else ""
    return Target(interview.pk, interview.on, interview.company, round_name, interview.aim, interview.has_floor)
