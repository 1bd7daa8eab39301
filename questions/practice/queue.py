"""What comes next and how things stand today. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Avg, Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Profile, User
from questions.models import Answer, Card, Category, Question
from questions.practice.calendar import today_of

# What is new comes easier first; who aims at senior starts where the fundamentals end.
NEW_ORDER = {
    "junior": ("junior", "mid", "senior"),
    "mid": ("junior", "mid", "senior"),
    "senior": ("mid", "senior", "junior"),
}


@dataclass(frozen=True)
class Item:
    """The question to practise and why. `answer_id`: it is answered and waits only for its rating."""

    question: Question
    reason: str
    answer_id: int | None = None


@dataclass(frozen=True)
class CategoryStanding:
    """A category of the bank: how many questions it holds and how many of them this person has rated."""

    pk: int
    slug: str
    name: str
    weight: float
    total: int
    answered: int
    minutes: float  # of a question of this category, on average

    @property
    def unseen(self) -> int:
        return self.total - self.answered


@dataclass(frozen=True)
class Standing:
    """How a person's cards stand on a study day. `upcoming`: cards due on each of the next seven days.

    `new_left` keeps to the day's limit of new questions and to its minutes; `minutes_planned` is what it all takes.
    """

    study_day: date
    due_count: int
    new_left: int
    minutes_planned: int
    upcoming: tuple[tuple[date, int], ...]
    categories: tuple[CategoryStanding, ...]

    @property
    def bank_new_left(self) -> int:
        return sum(category.unseen for category in self.categories)


def minutes_done(user: User, today: date) -> float:
    seconds = Answer.objects.for_user(user).filter(study_day=today).aggregate(all=Sum("seconds"))["all"]
    return (seconds or 0) / 60


def standing(user: User, today: date, done: float | None = None) -> Standing:
    """Two queries, whatever the length of the history; a third when `done` (today's minutes) is not known."""
    done = minutes_done(user, today) if done is None else done
    last = today + timedelta(days=7)
    due, new_today, by_day = 0, 0, dict[date, int]()
    rows = (
        Card.objects.for_user(user)
        .filter(Q(due_on__lte=last) | Q(last_study_day=today, reps=1))
        .values_list("due_on")
        .annotate(waiting=Count("pk", filter=Q(last_study_day__lt=today)), new=Count("pk", filter=_is_new_today(today)))
        .annotate(all=Count("pk"))
        .order_by()
    )
    for due_on, waiting, new, count in rows:
        due += waiting if due_on <= today else 0
        new_today += new
        by_day[due_on] = count
    categories = category_standings(user)
    each = minutes_each(categories)
    room = _room_for_new(user.profile.minutes_a_day - done - due * each, each, is_first=not new_today)
    unseen = sum(category.unseen for category in categories)
    new_left = min(max(user.profile.new_a_day - new_today, 0), unseen, room)
    return Standing(
        study_day=today,
        due_count=due,
        new_left=new_left,
        minutes_planned=round((due + new_left) * each),
        upcoming=tuple((day, by_day.get(day, 0)) for day in (today + timedelta(days=n) for n in range(1, 8))),
        categories=tuple(categories),
    )


def minutes_each(categories: Iterable[CategoryStanding]) -> float:
    """What a question of the bank takes on average."""
    rows = list(categories)
    total = sum(category.total for category in rows)
    return sum(category.total * category.minutes for category in rows) / total if total else 0.0


def _room_for_new(minutes_left: float, each: float, *, is_first: bool) -> int:
    """How many new questions the rest of the day's minutes hold. Few minutes must not end all progress: one a day."""
    return max(round(minutes_left / each) if each else 0, int(is_first), 0)


def _is_new_today(today: date) -> Q:
    return Q(last_study_day=today, reps=1)


def category_standings(user: User) -> list[CategoryStanding]:
    # The person's cards are counted apart: a join through the questions would read everybody's.
    own = Card.objects.for_user(user).filter(question__category=OuterRef("pk")).order_by().values("question__category")
    open_ones = Q(questions__is_retired=False) & (Q(questions__owner=None) | Q(questions__owner=user))
    # Grouped rows drop the ordering of Meta, so it is named here.
    rows = Category.objects.order_by("position", "pk").annotate(
        total=Count("questions", filter=open_ones),
        minutes=Avg("questions__minutes", filter=open_ones),
        answered=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0),
    )
    return [
        CategoryStanding(row.pk, row.slug, row.name, row.weight, row.total, row.answered, row.minutes)
        for row in rows
        if row.total
    ]


def newest_answer(user: User) -> Answer | None:
    """With its question, category, coaching and rating, and the day of its question's last rating (`rated_on`)."""
    card = Card.objects.filter(user=user, question=OuterRef("question"))
    return (
        Answer.objects.for_user(user)
        .select_related("question__category", "feedback", "review")
        .defer("text")
        .annotate(rated_on=Subquery(card.values("last_study_day")[:1]))
        .first()
    )


def is_unrated(answer: Answer, today: date) -> bool:
    """Whether an answer of `newest_answer` waits for its rating: of today, its question not rated today.

    One of yesterday can still be rated on its own page, but must not stand in the way of a new day.
    """
    rated_on: date | None = answer.rated_on  # type: ignore[attr-defined]
    is_open = answer.study_day == today and not answer.question.is_retired
    return is_open and not hasattr(answer, "review") and (rated_on is None or rated_on < today)


def next_item(user: User, now: datetime) -> Item | None:
    """The item to practise now: an answer that waits for its rating, then what is due, then what is new."""
    today = today_of(user.profile, now)
    return choose(user, standing(user, today), newest_answer(user))


def choose(user: User, stand: Standing, newest: Answer | None) -> Item | None:
    """The next item, given how things stand; at most one query."""
    if newest is not None and is_unrated(newest, stand.study_day):
        return Item(newest.question, "You answered this one: rate it to see when it returns.", newest.pk)
    if stand.due_count:
        return _next_due(user, stand.study_day, newest.question.category_id if newest else None)
    if stand.new_left:
        return _next_new(user, stand.categories)
    return None


def _next_due(user: User, today: date, last_category: int | None) -> Item | None:
    """The longest due, from another category than the last one where that can be."""
    card = (
        Card.objects.for_user(user)
        .due(today)
        .select_related("question__category")
        .annotate(is_same=_one_if(Q(question__category=last_category)))
        .order_by("is_same", "due_on", "pk")
        .first()
    )
    return Item(card.question, due_reason(card.due_on, today)) if card else None


def due_reason(due_on: date, today: date) -> str:
    days = (today - due_on).days
    if days <= 0:
        return "Due today."
    return "Due since yesterday." if days == 1 else f"Due for {days} days."


def _next_new(user: User, categories: Iterable[CategoryStanding]) -> Item | None:
    """An unseen question of the category that is furthest behind its weight, at the person's level first."""
    open_categories = [category for category in categories if category.unseen]
    if not open_categories:
        return None
    category = min(open_categories, key=lambda c: c.answered / c.weight)
    question = _in_order(user.profile, Question.objects.unseen_by(user).filter(category=category.pk)).first()
    if question is None:
        return None
    if not category.answered:
        return Item(question, f"New: your first on {category.name}.")
    return Item(question, f"New: {category.name} is behind its share of the interview.")


def _in_order(profile: Profile, questions: QuerySet[Question]) -> QuerySet[Question]:
    """New questions in the order of levels that suits the person, then in the bank's order."""
    ranks = [When(level=level, then=Value(rank)) for rank, level in enumerate(NEW_ORDER[profile.target_level])]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    return questions.select_related("category").order_by(rank, "position", "pk")


def _one_if(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())
