"""The end of a session: what moved, recall against the target, tomorrow's load, and one suggestion. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.urls import reverse

from accounts.models import User
from questions.models import Card, Pause, Question, Rating
from questions.practice import queue
from questions.practice.activity import Activity, Reviewed, activity_of
from questions.practice.calendar import today_of
from questions.practice.limits import Limits
from questions.practice.queue import Standing

MOVED_SHOWN = 30
MORE, MORE_NEW, MOST_MINUTES = 15, 3, 240


class Moved(NamedTuple):
    """A question that was rated today: on which day it was due, and on which it returns."""

    question: Question
    rating: str
    due_on: date
    days_away: int
    is_new: bool


class Suggestion(NamedTuple):
    """One thing to do next, and the address that leads there."""

    text: str
    action: str
    url: str


@dataclass(frozen=True)
class Closing:
    """`recalled` of `asked`: today's ratings of questions that were known before; both 0 when there was none."""

    today: date
    answered: int
    minutes: int
    new: int
    moved: Sequence[Moved]
    asked: int
    recalled: int
    target_percent: int
    tomorrow: int
    next_due_on: date | None
    next_due_count: int
    stand: Standing
    limits: Limits
    suggestion: Suggestion

    @property
    def more_minutes(self) -> int:
        """What today's minutes are set to by who wants to go on; 0 where nothing is left that could be asked."""
        if not self.stand.due_beyond and not self.stand.bank_new_left:
            return 0
        return min(max(self.minutes, self.limits.minutes) + MORE, MOST_MINUTES)

    @property
    def more_new(self) -> int:
        """New questions join only when nothing due is left for these minutes."""
        return self.new if self.stand.due_beyond else max(self.limits.new, self.new) + MORE_NEW

    @property
    def rated(self) -> int:
        return len(self.moved)

    @property
    def recalled_percent(self) -> int:
        return round(100 * self.recalled / self.asked) if self.asked else 0


def closing(user: User, now: datetime) -> Closing:
    """Five queries besides session and user."""
    today = today_of(user.profile, now)
    activity = activity_of(user, today)
    stand = queue.standing(user, today, activity)
    known = [review for review in activity.reviews if review.reps > 1]
    following = Card.objects.for_user(user).filter(due_on__gt=today).order_by("due_on").first()
    upcoming = dict(stand.upcoming)
    return Closing(
        today=today,
        answered=len(activity.answered),
        minutes=round(activity.seconds / 60),
        new=activity.new_count,
        moved=_moved(user, activity, today),
        asked=len(known),
        recalled=sum(review.rating > Rating.AGAIN for review in known),
        target_percent=round(100 * user.profile.desired_retention),
        tomorrow=upcoming.get(today + timedelta(days=1), 0),
        next_due_on=following.due_on if following else None,
        next_due_count=upcoming.get(following.due_on, 1) if following else 0,
        stand=stand,
        limits=stand.limits,
        suggestion=_suggestion(user, stand, activity),
    )


def _moved(user: User, activity: Activity, today: date) -> list[Moved]:
    """Newest first."""
    rows: Sequence[Reviewed] = activity.reviews[:MOVED_SHOWN]
    questions = Question.objects.select_related("category").defer("reference", "prompt", "samples")
    by_pk = questions.in_bulk([row.question_id for row in rows])
    return [
        Moved(
            by_pk[row.question_id],
            str(Rating(row.rating).label),
            row.due_on,
            (row.due_on - today).days,
            row.reps == 1,
        )
        for row in rows
        if row.question_id in by_pk
    ]


def _suggestion(user: User, stand: Standing, activity: Activity) -> Suggestion:
    """The first that applies: what was forgotten today, what rests, a date, a backlog, a category not begun."""
    forgotten = [review for review in activity.reviews if review.rating == Rating.AGAIN]
    if forgotten:
        return _about_forgotten(stand, forgotten)
    leeches = Pause.objects.for_user(user).filter(kind=Pause.Kind.LEECH).count()
    if leeches:
        count = "One question is" if leeches == 1 else f"{leeches} questions are"
        text = f"{count} paused after four lapses. Another form may help."
        return Suggestion(text, "See what is paused", reverse("pauses:list"))
    if stand.target is None:
        text = "With an interview date, practice is ordered by what is likely to be asked on the day."
        return Suggestion(text, "Set a date", reverse("plan:page"))
    return _about_coverage(stand)


def _about_forgotten(stand: Standing, forgotten: Sequence[Reviewed]) -> Suggestion:
    counts = Counter(review.category_id for review in forgotten)
    pk, count = counts.most_common(1)[0]
    category = next((c for c in stand.categories if c.pk == pk), None)
    if count < 2 or category is None:
        text = "One answer did not come today. Read its key points once more before tomorrow; it returns soon."
        return Suggestion(text, "See your progress", reverse("progress:page"))
    text = f"{count} answers on {category.name} did not come today. Reading that part once helps more than another try."
    return Suggestion(text, f"Read on {category.name}", _category_url(category.slug))


def _about_coverage(stand: Standing) -> Suggestion:
    unbegun = [category for category in stand.categories if not category.answered]
    if unbegun:
        category = max(unbegun, key=lambda c: c.weight)
        text = f"You have not begun on {category.name} yet. One question shows where you stand."
        return Suggestion(text, f"See {category.name}", _category_url(category.slug))
    return Suggestion(
        "Every category is begun. See how each round stands.", "See your readiness", reverse("readiness:page")
    )


def _category_url(slug: str) -> str:
    return f"{reverse('questions:list')}?category={slug}"
