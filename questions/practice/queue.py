"""What comes next and how things stand today: the day's sheet, less what was done. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from questions.models import Answer, Card, Question
from questions.practice.activity import Activity, Reviewed, activity_of
from questions.practice.calendar import today_of
from questions.practice.limits import Limits
from questions.practice.ranking import NEW_ORDER, Line, by_need, by_worth, due_reason, with_reasons
from questions.practice.sheet import Sheet, Target, sheet_of
from questions.practice.standings import CategoryStanding, category_standings, minutes_each

BRIEF = ("slug", "title", "prompt", "kind", "level", "minutes", "tags", "owner_id", "category__slug", "category__name")
MOST_TRIES = 5  # at questions that were withdrawn after the sheet was made


@dataclass(frozen=True)
class Item:
    """The question to practise and why. `answer_id`: it is answered and waits only for its rating."""

    question: Question
    reason: str
    answer_id: int | None = None


@dataclass(frozen=True)
class Standing:
    """How a study day stands. `lines`: what is still to be practised within the day's limits, in order.

    `due_count`: all that waits, in the lines or not. `upcoming`: cards due on each of the next seven days. `days`:
    questions answered and seconds by study day, before this one.
    """

    study_day: date
    due_count: int
    new_left: int
    minutes_planned: int
    upcoming: tuple[tuple[date, int], ...]
    categories: tuple[CategoryStanding, ...]
    lines: tuple[Line, ...]
    limits: Limits
    target: Target | None
    is_behind: bool
    paused_count: int
    days: dict[date, tuple[int, int]]

    @property
    def bank_new_left(self) -> int:
        return sum(category.unseen for category in self.categories)

    @property
    def due_today(self) -> int:
        """Due questions within the day's limits."""
        return sum(line.kind == "due" for line in self.lines)

    @property
    def early_today(self) -> int:
        return sum(line.kind == "early" for line in self.lines)

    @property
    def due_beyond(self) -> int:
        """Due questions that today's limits leave for later."""
        return max(self.due_count - self.due_today, 0)

    @property
    def days_to_clear(self) -> int:
        """Days after today on which what is beyond the limits fits, at today's pace."""
        each = minutes_each(self.categories) or 1.0
        a_day = max(round(self.limits.minutes / each), 1)
        return -(-self.due_beyond // a_day)


def standing(user: User, today: date, activity: Activity | None = None) -> Standing:
    """One query where the day's sheet is kept; none when `activity` is known too."""
    activity = activity_of(user, today) if activity is None else activity
    return stand_of(sheet_of(user, today), activity)


def stand_of(sheet: Sheet, activity: Activity) -> Standing:
    """The sheet as it was made, moved along by what was rated since. Pure."""
    since = _since(sheet, activity)
    was_waiting = sum(r.was_due_on is not None and r.was_due_on <= sheet.study_day for r in since)
    by_day = coming(sheet, activity)
    begun = Counter(review.category_id for review in since if review.reps == 1)
    categories = tuple(replace(c, answered=c.answered + begun[c.pk]) for c in sheet.categories)
    open_lines = [line for line in sheet.lines if line.question_id not in activity.rated]
    chosen = todays(sheet, ordered(sheet, open_lines, categories), activity)
    on = sheet.target.on if sheet.target else None
    lines = with_reasons(interleaved(chosen, activity.last_category_id), categories, sheet.study_day, on)
    week = (sheet.study_day + timedelta(days=n) for n in range(1, 8))
    return Standing(
        study_day=sheet.study_day,
        due_count=max(sheet.due_count - was_waiting, 0),
        new_left=sum(line.kind == "new" for line in lines),
        minutes_planned=sum(line.minutes for line in lines),
        upcoming=tuple((day, max(by_day[day], 0)) for day in week),
        categories=categories,
        lines=tuple(lines),
        limits=sheet.limits,
        target=sheet.target,
        is_behind=sheet.is_behind,
        paused_count=sheet.paused_count,
        days=sheet.days,
    )


def _since(sheet: Sheet, activity: Activity) -> list[Reviewed]:
    """What was rated after the sheet was made."""
    return [review for review in activity.reviews if review.review_id > sheet.newest_review]


def coming(sheet: Sheet, activity: Activity) -> Counter[date]:
    """How many questions come back on each of the coming days."""
    by_day = Counter(sheet.by_day)
    for review in _since(sheet, activity):
        by_day[review.due_on] += 1
        if review.was_due_on is not None and review.was_due_on > sheet.study_day:
            by_day[review.was_due_on] -= 1
    return by_day


def ordered(sheet: Sheet, lines: Sequence[Line], categories: Sequence[CategoryStanding]) -> list[Line]:
    """The lines of a sheet by their worth as the categories stand now, what was skipped last."""
    if sheet.target is not None:
        lines = by_worth(lines, categories, aim=sheet.target.aim, has_floor=sheet.target.has_floor)
    else:
        due = [line for line in lines if line.kind != "new"]
        lines = [*due, *by_need((line for line in lines if line.kind == "new"), categories)]
    return sorted(lines, key=lambda line: line.question_id in sheet.skipped)


def todays(sheet: Sheet, lines: Iterable[Line], activity: Activity) -> list[Line]:
    """Those of the lines that still fit into the day's minutes and limits, in their order.

    A line fits when at least half of it does. The first question of a day always fits, and so does its first new one
    unless a backlog waits: few minutes must not end all progress.
    """
    limits = sheet.limits
    minutes = limits.minutes - activity.seconds / 60
    new = limits.new - activity.new_count
    reviews = None if limits.reviews is None else limits.reviews - activity.review_count
    has_room_for_first = not activity.answers and not activity.reviews and limits.minutes > 0
    is_first_new = not activity.new_count and not sheet.is_behind and limits.minutes > 0
    chosen: list[Line] = []
    for line in lines:
        is_new = line.kind == "new"
        if (is_new and new <= 0) or (not is_new and reviews is not None and reviews <= 0):
            continue
        must = (has_room_for_first and not chosen) or (is_new and is_first_new)
        if not must and line.minutes / 2 > minutes:
            continue
        chosen.append(line)
        minutes -= line.minutes
        new -= is_new
        is_first_new = is_first_new and not is_new
        reviews = reviews - 1 if reviews is not None and not is_new else reviews
    return chosen


def interleaved(lines: Sequence[Line], last_category: int | None = None) -> list[Line]:
    """The same lines with as few neighbours of one category as can be, else in their order.

    Taken from the front, always of another category than the one before; a category that holds more than half of what
    is left must come now, or it could not be kept apart any more.
    """
    left, ordered = list(lines), list[Line]()
    counts = Counter(line.category_id for line in left)
    while left:
        largest, count = counts.most_common(1)[0]
        if largest != last_category and 2 * count > len(left):
            line = next(line for line in left if line.category_id == largest)
        else:
            line = next((line for line in left if line.category_id != last_category), left[0])
        left.remove(line)
        counts[line.category_id] -= 1
        ordered.append(line)
        last_category = line.category_id
    return ordered


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
    """The item to practise now: an answer that waits for its rating, then the day's lines in order."""
    today = today_of(user.profile, now)
    activity = activity_of(user, today)
    return choose(user, standing(user, today, activity), activity)


def choose(user: User, stand: Standing, activity: Activity) -> Item | None:
    """The next item, given how things stand; one query."""
    waiting = activity.unrated
    if waiting is not None:
        question = _briefly(Question.objects.all()).get(pk=waiting.question_id)
        return Item(question, "You answered this one: rate it to see when it returns.", waiting.answer_id)
    for line in stand.lines[:MOST_TRIES]:
        question_now = _briefly(Question.objects.for_user(user)).filter(pk=line.question_id).first()
        if question_now is not None:
            return Item(question_now, line.reason)
    return None


def _briefly(questions: QuerySet[Question]) -> QuerySet[Question]:
    """What lists and the next step show; the long texts stay where they are. In no order: rows are asked for by key."""
    return questions.select_related("category").only(*BRIEF).order_by()


def titled(user: User, lines: Iterable[Line]) -> list[tuple[Line, Question]]:
    """The lines with their questions, in their order; one query."""
    rows = list(lines)
    questions = _briefly(Question.objects.for_user(user))
    by_pk = questions.in_bulk([line.question_id for line in rows])
    return [(line, by_pk[line.question_id]) for line in rows if line.question_id in by_pk]


__all__ = [
    "NEW_ORDER",
    "CategoryStanding",
    "Item",
    "Line",
    "Standing",
    "Target",
    "category_standings",
    "choose",
    "due_reason",
    "interleaved",
    "next_item",
    "standing",
    "titled",
]
