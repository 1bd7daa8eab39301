"""What is to be expected on the day of an interview: as things stand, by the plan, and after a missed day.

The plan is lived forward some thirty times with the person's own forgetting model (practice.simulation), minutes, easy
weekdays, breaks and new questions a day; the mean of it is shown, rounded as far as thirty runs can tell. Fixed seeds,
so that the page says the same until something changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from accounts.models import User
from questions.models import Interview
from questions.practice.calendar import model_of
from questions.practice.frame import Frame, frame_of
from questions.practice.interviews import shares_of
from questions.practice.keeping import kept
from questions.practice.limits import Limits, Own, limits_on
from questions.practice.planning import Order
from questions.practice.ranking import Row, open_rows
from questions.practice.recall import Floats, Model
from questions.practice.simulation import Person, Policy, State, World, greedy, live_on

RUNS = 30
MOST_QUESTIONS = 600  # those that matter most; more would only take longer
MOST_DAYS = 60  # what lies further off is told when it is nearer


class Coverage(NamedTuple):
    """A category on the day: its share of the interview, questions practised now, by then and in all, and recall."""

    name: str
    slug: str
    share: float
    answered: int
    by_then: int
    total: int
    recall: float

    @property
    def unseen(self) -> int:
        return self.total - self.by_then


@dataclass(frozen=True)
class Outlook:
    """Expected recall of a question that is asked, 0..1. `margin`: half the 95 % interval of `followed`."""

    now: float
    stopped: float
    followed: float
    margin: float
    missed_day: float
    coverage: tuple[Coverage, ...]
    days_left: int
    days_lived: int

    @property
    def unseen(self) -> int:
        return sum(row.unseen for row in self.coverage if row.share)

    @property
    def without(self) -> tuple[Coverage, ...]:
        """Categories that may be asked and of which some questions will stay unseen, the likeliest first."""
        rows = [row for row in self.coverage if row.share and row.unseen]
        return tuple(sorted(rows, key=lambda row: -row.share))


def outlook(user: User, interview: Interview, today: date) -> Outlook:
    """Two queries; none while nothing has changed."""
    frame = frame_of(user, today)
    state = (today, user.profile.practice_stamp, frame.newest_review, interview.pk, interview.on, _settings(user))
    return kept(user.pk, "outlook", state, lambda: _worked_out(user, interview, today, frame))


def _settings(user: User) -> tuple[object, ...]:
    profile = user.profile
    return (profile.minutes_a_day, profile.new_a_day, tuple(profile.easy_weekdays), profile.desired_retention)


@dataclass(frozen=True)
class _Stage:
    """What a run needs, arrays over the questions that are looked at."""

    rows: Sequence[Row]
    weight: Floats
    model: Model
    limits: Sequence[Limits]
    policy: Policy
    today: date

    def start(self) -> State:
        """The memories as they are; days count from today, so that past ones are below 0."""

        def column(name: str) -> Floats:
            return np.array([getattr(row, name) if row.stability is not None else np.nan for row in self.rows], float)

        stability, difficulty = column("stability"), column("difficulty")
        last = np.array([(row.last_study_day - self.today).days if row.last_study_day else 0 for row in self.rows])
        due = np.array([(row.due_on - self.today).days if row.due_on else np.inf for row in self.rows], float)
        return State(stability, difficulty, stability.copy(), difficulty.copy(), last.astype(float), due)

    def lived(self, run: int, *, skipped: int | None = None) -> State:
        """The state on the day; `skipped`: a day, counted from today, on which nothing is done."""
        rng, days, count = np.random.default_rng(run), len(self.limits), len(self.rows)
        budget = np.array([limits.minutes for limits in self.limits], dtype=float)
        if skipped is not None and skipped < days:
            budget[skipped] = 0
        person = Person(
            model=self.model,
            luck=np.ones(count),
            category=np.array([row.category_id for row in self.rows], dtype=np.int64),
            weight=self.weight,
            minutes=np.tile(np.array([max(row.minutes, 1) for row in self.rows], dtype=float), (days, 1)),
            draws=rng.random((days, count, 2)),
            budget=budget,
        )
        state = self.start()
        live_on(state, World(questions=count, days=days), person, self.policy)
        return state

    def recall(self, state: State, day: int) -> float:
        return float(np.sum(self.weight * self.model.recall(state.stability, day - state.last_day)))


def _worked_out(user: User, interview: Interview, today: date, frame: Frame) -> Outlook:
    rows, weight, shares = _looked_at(user, interview, today, frame)
    days_left = (interview.on - today).days
    limits = _limits(user, frame, today, min(days_left, MOST_DAYS))
    model = model_of(user.profile)
    policy = _bounded(greedy(interview.aim, has_floor=interview.has_floor), limits)
    stage = _Stage(rows, weight, model, limits, policy, today)
    states = [stage.lived(run) for run in range(RUNS)]
    followed = np.array([stage.recall(state, days_left) for state in states])
    missed = np.array([stage.recall(stage.lived(run, skipped=1), days_left) for run in range(RUNS)])
    start = stage.start()
    return Outlook(
        now=stage.recall(start, 0),
        stopped=stage.recall(start, days_left),
        followed=float(followed.mean()),
        margin=float(1.96 * followed.std(ddof=1) / np.sqrt(RUNS)),
        missed_day=max(float((followed - missed).mean()), 0.0),
        coverage=_coverage(stage, states, frame, shares, days_left),
        days_left=days_left,
        days_lived=len(limits),
    )


def _looked_at(
    user: User, interview: Interview, today: date, frame: Frame
) -> tuple[list[Row], Floats, dict[int, float]]:
    """The open questions that may be asked, each with its part of its category's share."""
    by_slug = shares_of(interview, {category.slug: category.weight for category in frame.categories})
    shares = {category.pk: by_slug[category.slug] for category in frame.categories}
    totals = {category.pk: category.total for category in frame.categories}
    rows = [row for row in _all_rows(user, today) if shares.get(row.category_id)]
    rows.sort(key=lambda row: (-shares[row.category_id] / totals[row.category_id], row.question_id))
    weight = np.array([shares[row.category_id] / totals[row.category_id] for row in rows[:MOST_QUESTIONS]], dtype=float)
    return rows[:MOST_QUESTIONS], weight, shares


def _all_rows(user: User, today: date) -> list[Row]:
    """Those that were rated today count too: tomorrow's morning is looked ahead from."""
    return open_rows(user, today + timedelta(days=1), (), is_planned=True)


def _limits(user: User, frame: Frame, today: date, days: int) -> list[Limits]:
    profile = user.profile
    usual = Own(profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day)
    easy = profile.easy_weekdays
    return [
        limits_on(today + timedelta(days=n), usual, easy, frame.breaks, frame.own if not n else None)
        for n in range(days)
    ]


def _bounded(policy: Policy, limits: Sequence[Limits]) -> Policy:
    """The policy within the new questions of each day."""

    def bounded(state: State, person: Person, world: World, day: int) -> Order:
        ranked = policy(state, person, world, day)
        is_new = state.is_new[ranked]
        answered_today = state.last_day[ranked] == day
        kept_ones: Order = ranked[(~is_new | (np.cumsum(is_new) <= limits[day].new)) & ~(answered_today & ~is_new)]
        return kept_ones

    return bounded


def _coverage(
    stage: _Stage, states: Sequence[State], frame: Frame, shares: dict[int, float], days_left: int
) -> tuple[Coverage, ...]:
    category = np.array([row.category_id for row in stage.rows])
    seen = np.mean([~state.is_new for state in states], axis=0)
    recall = np.mean([stage.model.recall(state.stability, days_left - state.last_day) for state in states], axis=0)
    rows = []
    for standing in frame.categories:
        own = category == standing.pk
        rows.append(
            Coverage(
                name=standing.name,
                slug=standing.slug,
                share=shares[standing.pk],
                answered=standing.answered,
                by_then=max(round(float(seen[own].sum())), standing.answered) if own.any() else standing.answered,
                total=standing.total,
                recall=float(recall[own].mean()) if own.any() else 0.0,
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.share))
