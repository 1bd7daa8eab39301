"""How a person stands in each category of the bank. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Avg, Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from questions.models import Card, Category


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


def category_standings(user: User) -> list[CategoryStanding]:
    """One query; categories without an open question are left out."""
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


def minutes_each(categories: Iterable[CategoryStanding]) -> float:
    """What a question of the bank takes on average."""
    rows = list(categories)
    total = sum(category.total for category in rows)
    return sum(category.total * category.minutes for category in rows) / total if total else 0.0
