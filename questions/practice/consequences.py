"""What a person's settings lead to, beside what others would: their questions and days, given to the simulator."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.core.cache import cache
from django.db.models import FilteredRelation, Max, Q

from accounts.models import Profile, User
from questions.models import Interview, Pause, Question, Review
from questions.practice import interviews, workload
from questions.practice.activity import activity_of
from questions.practice.calendar import model_of, parameters_version_of, today_of
from questions.practice.frame import Frame, frame_of
from questions.practice.limits import Own
from questions.practice.ranking import NEW_ORDER, Row
from questions.practice.recall import Floats
from questions.practice.turns import turn
from questions.practice.workload import Aim, Begun, Deck, Forecast, Indices, Outlook, Settings

KEPT_SECONDS = 15 * 60
BESIDE = (Pause.Kind.SUSPENDED, Pause.Kind.LEECH)  # what rests until it is taken up again


@dataclass(frozen=True)
class Seen:
    """A forecast with what it is about: `total` questions, recall counted on `known_on`."""

    forecast: Forecast
    total: int
    known_on: date
    interview_on: date | None


@dataclass(frozen=True)
class Week:
    starts_on: date
    now: float
    then: float


@dataclass(frozen=True)
class Consequences:
    """`interview_on`: the next interview. The known are counted on its day, or as near to it as the look ahead goes."""

    now: Forecast
    then: Forecast
    total: int
    starts_on: date
    known_on: date
    interview_on: date | None
    is_changed: bool

    @property
    def weeks(self) -> list[Week]:
        both = zip(workload.by_weeks(self.now.minutes), workload.by_weeks(self.then.minutes), strict=True)
        return [Week(self.starts_on + timedelta(days=7 * n), now, then) for n, (now, then) in enumerate(both)]

    @property
    def most(self) -> float:
        """The end of the scale on which the weeks are drawn."""
        return max(1.0, *(value for week in self.weeks for value in (week.now, week.then)))

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(days=len(self.now.minutes) - 1)


def settings_of(profile: Profile) -> Settings:
    return Settings(
        usual=Own(profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day),
        desired_retention=profile.desired_retention,
        easy_weekdays=tuple(profile.easy_weekdays),
        balances_load=profile.balances_load,
        has_two_buttons=profile.has_two_buttons,
    )


def consequences(*, user: User, then: Settings, now: datetime) -> Consequences:
    """The coming days with the settings in use and with others, kept for a while. Raises turns.AskAgain."""
    today = today_of(user.profile, now)
    present = settings_of(user.profile)
    wanted = [present] if then == present else [present, then]
    seen = _seen(user, today, wanted, now)
    first, last = seen[0], seen[-1]
    return Consequences(
        now=first.forecast,
        then=last.forecast,
        total=first.total,
        starts_on=today + timedelta(days=1),
        known_on=first.known_on,
        interview_on=first.interview_on,
        is_changed=then != present,
    )


def _seen(user: User, today: date, wanted: Sequence[Settings], now: datetime) -> list[Seen]:
    newest = Review.objects.for_user(user).aggregate(newest=Max("pk"))["newest"]
    places = [_place(user, today, settings, newest) for settings in wanted]
    found = cache.get_many(places)
    missing = [(place, settings) for place, settings in zip(places, wanted, strict=True) if place not in found]
    if missing:
        with turn(user.pk, now):
            deck, outlook = load(user, today)
            known_on = today + timedelta(days=outlook.known_in)
            for place, settings in missing:
                made = Seen(_lived(user, deck, settings, outlook), len(deck), known_on, _next(outlook))
                cache.set(place, made, timeout=KEPT_SECONDS)
                found[place] = made
    return [found[place] for place in places]


def _place(user: User, today: date, settings: Settings, newest_review: int | None) -> str:
    profile = user.profile
    beside = (profile.practice_stamp, parameters_version_of(profile), profile.target_level, profile.interview_on)
    digest = hashlib.sha256(repr((today, settings, newest_review, beside)).encode()).hexdigest()[:24]
    return f"workload:{user.pk}:{digest}"


def _next(outlook: Outlook) -> date | None:
    days = (aim.day for aim in outlook.aims if aim.day > 0)
    return next((outlook.today + timedelta(days=day) for day in days), None)


def _lived(user: User, deck: Deck, settings: Settings, outlook: Outlook) -> Forecast:
    if not len(deck):
        return Forecast((0.0,) * workload.DAYS, 0.0, 0.0, 0.0, 0.0, 0.0)
    return workload.forecast(deck, settings, outlook, model_of(user.profile))


# --- From the rows ----------------------------------------------------------------------------


def load(user: User, today: date) -> tuple[Deck, Outlook]:
    """Three queries, however many questions."""
    frame, activity = frame_of(user, today), activity_of(user, today)
    resting = {pk for pk, kind in frame.pauses.items() if kind in BESIDE}
    rows = rows_of(user)
    deck = _deck(rows, today, frame, resting)
    on = next((row.on for row in frame.interviews if row.on > today), None)
    known_in = min((on - today).days, workload.LONGEST) if on else workload.DAYS
    outlook = Outlook(
        today=today,
        known_in=known_in,
        breaks=frame.breaks,
        own=frame.own,
        begun=Begun(activity.seconds / 60, activity.new_count, activity.review_count),
        aims=tuple(_aim(row, frame, deck, today) for row in frame.interviews[: interviews.NEAREST]),
    )
    return deck, outlook


def rows_of(user: User) -> list[Row]:
    """Every open question with its card, learned ones first, new ones in the order in which they are begun."""
    names = ("stability", "difficulty", "last_study_day", "due_on")
    found = (
        Question.objects.for_user(user)
        .annotate(card=FilteredRelation("cards", condition=Q(cards__user=user)))
        .order_by()
        .values_list("pk", "category_id", "minutes", "level", "position", *(f"card__{name}" for name in names))
    )
    ranks = {level: rank for rank, level in enumerate(NEW_ORDER[user.profile.target_level])}
    rows = [Row(*values) for values in found]
    return sorted(rows, key=lambda row: (row.due_on is None, ranks.get(row.level, len(ranks)), row.position, row[0]))


def _deck(rows: Sequence[Row], today: date, frame: Frame, resting: set[int]) -> Deck:
    weights = {category.pk: category.weight for category in frame.categories}
    category = np.array([row.category_id for row in rows], dtype=np.int64)
    zero, nan = today.toordinal(), float("nan")
    last = [row.last_study_day.toordinal() - zero if row.last_study_day else 0 for row in rows]
    due = [row.due_on.toordinal() - zero if row.due_on else 0 for row in rows]
    return Deck(
        stability=np.array([nan if row.stability is None else row.stability for row in rows], dtype=float),
        difficulty=np.array([nan if row.difficulty is None else row.difficulty for row in rows], dtype=float),
        last=np.array(last, dtype=float),
        due=np.array(due, dtype=float),
        minutes=np.array([max(row.minutes, 1) for row in rows], dtype=float),
        weight=_spread(category, weights, frame),
        category=category,
        is_resting=np.array([row.question_id in resting for row in rows], dtype=bool),
    )


def _spread(category: Indices, shares: Mapping[int, float], frame: Frame) -> Floats:
    """A category's share falls on all its questions alike."""
    each = {row.pk: shares.get(row.pk, 0.0) / max(row.total, 1) for row in frame.categories}
    return np.array([each.get(pk, 0.0) for pk in category.tolist()], dtype=float)


def _aim(row: Interview, frame: Frame, deck: Deck, today: date) -> Aim:
    by_slug = interviews.shares_of(row, {category.slug: category.weight for category in frame.categories})
    shares = {category.pk: by_slug[category.slug] for category in frame.categories}
    return Aim((row.on - today).days, _spread(deck.category, shares, frame), row.aim, row.has_floor)
