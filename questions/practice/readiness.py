"""How ready a person is for each round: recall of what was practised, coverage, and the one thing that raises it most.

Every number is a mean over rows that can be opened; where there is no row there is no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from accounts.models import User
from questions.models import Card, Question, Rating
from questions.practice.calendar import model_of
from questions.practice.interviews import ahead
from questions.practice.recall import Floats, Model
from questions.practice.rounds import BY_SLUG, ROUNDS, Round
from questions.practice.standings import CategoryStanding, category_standings

TARGET = 8  # questions a category: the guide's 8 to 10
FEW = 3  # below this many, a mean says little, and the page says how many there were
WITHOUT_DATE_DAYS = 7  # how far a gain is looked at where no interview gives a date
AT_ONCE = 3  # questions that one suggestion holds


class Known(NamedTuple):
    """A practised question."""

    question_id: int
    category_id: int
    minutes: int
    stability: float
    difficulty: float
    last_study_day: date


class CategoryReadiness(NamedTuple):
    """A category in a round. `recall` (0..1) is the mean over its practised questions; None where there is none."""

    slug: str
    name: str
    share: float
    practised: int
    target: int
    recall: float | None

    @property
    def is_few(self) -> bool:
        return 0 < self.practised < FEW


class NextThing(NamedTuple):
    """What adds most per minute. `kind`: new or review; `question_id`: the first to review, None for new ones."""

    kind: str
    category_slug: str
    category_name: str
    questions: int
    minutes: int
    question_id: int | None


@dataclass(frozen=True)
class RoundReadiness:
    """`recall`: over what was practised, weighted by the round's shares; None without data. `on`: the day it is for."""

    round: Round
    on: date
    is_dated: bool
    recall: float | None
    practised: int
    target: int
    categories: tuple[CategoryReadiness, ...]
    next_thing: NextThing | None

    @property
    def counted(self) -> int:
        """How many questions of the target are covered: more in one category do not stand in for another."""
        return sum(min(row.practised, row.target) for row in self.categories)


class PractisedRow(NamedTuple):
    """One question behind a number."""

    question: Question
    recall: float
    rating: str
    last_study_day: date
    due_on: date


def readiness(user: User, today: date) -> list[RoundReadiness]:
    """Three queries, whatever the number of cards."""
    standings = category_standings(user)
    known = known_of(user)
    dates = {interview.round: interview.on for interview in reversed(ahead(user, today)) if interview.round}
    model = model_of(user.profile)
    return [_round(round, standings, known, dates.get(round.slug), today, model) for round in ROUNDS]


def known_of(user: User) -> list[Known]:
    fields = ("question_id", "question__category_id", "question__minutes", "stability", "difficulty", "last_study_day")
    return [Known(*row) for row in Card.objects.for_user(user).order_by("question_id").values_list(*fields)]


def _round(
    round: Round,
    standings: Sequence[CategoryStanding],
    known: Sequence[Known],
    dated: date | None,
    today: date,
    model: Model,
) -> RoundReadiness:
    on = dated or today
    asked = [standing for standing in standings if round.shares.get(standing.slug)]
    by_category = {standing.pk: [row for row in known if row.category_id == standing.pk] for standing in asked}
    categories = tuple(
        CategoryReadiness(
            slug=standing.slug,
            name=standing.name,
            share=round.shares[standing.slug],
            practised=len(by_category[standing.pk]),
            target=min(TARGET, standing.total),
            recall=_mean(recall_of(by_category[standing.pk], on, model)),
        )
        for standing in asked
    )
    with_data = [(row.share, row.recall) for row in categories if row.recall is not None]
    share = sum(part for part, _ in with_data)
    return RoundReadiness(
        round=round,
        on=on,
        is_dated=dated is not None,
        recall=sum(part * recall for part, recall in with_data) / share if share else None,
        practised=sum(row.practised for row in categories),
        target=sum(row.target for row in categories),
        categories=categories,
        next_thing=_next_thing(round, asked, by_category, max((on - today).days, 0), today, model, bool(dated)),
    )


def recall_of(known: Sequence[Known], on: date, model: Model) -> Floats:
    """Each question's expected recall on that day, if nothing more is done."""
    days = np.array([(on - row.last_study_day).days for row in known], dtype=float)
    return model.recall(np.array([row.stability for row in known], dtype=float), days)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _next_thing(
    round: Round,
    asked: Sequence[CategoryStanding],
    by_category: dict[int, list[Known]],
    days_left: int,
    today: date,
    model: Model,
    is_dated: bool,
) -> NextThing | None:
    """The best of: some new questions of a category, or its weakest ones once more; by gain × share ÷ minutes."""
    days = days_left if is_dated else WITHOUT_DATE_DAYS
    best: tuple[float, NextThing] | None = None
    for standing in asked:
        target = min(TARGET, standing.total)
        each = round.shares[standing.slug] / max(target, 1)
        for worth, thing in _candidates(standing, by_category[standing.pk], target, days, today, model):
            if worth > 0 and (best is None or each * worth > best[0]):
                best = (each * worth, thing)
    return best[1] if best else None


def _candidates(
    standing: CategoryStanding, known: Sequence[Known], target: int, days: int, today: date, model: Model
) -> list[tuple[float, NextThing]]:
    """(gain a minute, what to do) of a category."""
    found = []
    missing = min(target - len(known), standing.unseen, AT_ONCE)
    if missing > 0:
        minutes = max(round(missing * standing.minutes), 1)
        thing = NextThing("new", standing.slug, standing.name, missing, minutes, None)
        found.append((missing * float(model.recall_if_begun(days)) / minutes, thing))
    rows = [row for row in known if row.last_study_day < today]
    if rows:
        gain = model.gain(
            np.array([row.stability for row in rows]),
            np.array([row.difficulty for row in rows]),
            np.array([(today - row.last_study_day).days for row in rows]),
            days,
        )
        worst = [int(i) for i in np.argsort(-gain, kind="stable")[:AT_ONCE]]
        minutes = max(sum(rows[i].minutes for i in worst), 1)
        first = rows[worst[0]].question_id
        thing = NextThing("review", standing.slug, standing.name, len(worst), minutes, first)
        found.append((float(gain[worst].sum()) / minutes, thing))
    return found


def rows_behind(
    user: User, round_slug: str, category_slug: str, today: date
) -> tuple[RoundReadiness, CategoryReadiness, list[PractisedRow]] | None:
    """The questions behind a category's number in a round, the weakest first; None for one that is not in it."""
    if round_slug not in BY_SLUG:
        return None
    whole = next(row for row in readiness(user, today) if row.round.slug == round_slug)
    category = next((row for row in whole.categories if row.slug == category_slug), None)
    if category is None:
        return None
    cards = (
        Card.objects.for_user(user)
        .filter(question__category__slug=category_slug)
        .select_related("question")
        .defer("question__prompt", "question__reference", "question__samples")
        .order_by("question_id")
    )
    model = model_of(user.profile)
    rows = [
        PractisedRow(
            card.question,
            float(model.recall(card.stability, (whole.on - card.last_study_day).days)),
            str(Rating(card.last_rating).label),
            card.last_study_day,
            card.due_on,
        )
        for card in cards
    ]
    return whole, category, sorted(rows, key=lambda row: row.recall)
