"""The bank as a reader sees it: the questions that fit, a page of them, and how many each further choice would leave.

Without a search the rows come in the bank's order; with one, best first. Three queries without a search, four with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value, When

from accounts.models import User
from questions.bank.search import MOST, NEAREST, Hit, Query, matching, search
from questions.browse.filters import ORIGINS, SAVED, SORTS, STATES, Filters
from questions.browse.similar import similar_ids
from questions.browse.wording import category_named, respelled
from questions.models import Question, Rating, SavedQuestion

PAGE = 60
BEST_FIRST = "Best match first"
SHOWN_TAGS = 24
COLUMNS = (
    *("pk", "slug", "title", "prompt", "category__slug", "category__name", "category__summary"),
    *("level", "kind", "minutes", "tags", "asked_as"),
    *("is_own", "is_saved", "state", "card__due_on", "card__last_rating"),
)
ORDERS: dict[str, list[Any]] = {
    "due": [F("card__due_on").asc(nulls_last=True), "category__position", "position", "pk"],
    "short": ["minutes", "category__position", "position", "pk"],
    "title": ["title", "pk"],
}


class Row(NamedTuple):
    """One question in the list; `why` and `marks` say what a search found in it."""

    pk: int
    slug: str
    title: str
    prompt: str
    category_slug: str
    category_name: str
    category_summary: str
    level: str
    kind: str
    minutes: int
    tags: list[str]
    asked_as: list[str]
    is_own: bool
    is_saved: bool
    state: str
    due_on: date | None
    last_rating: int | None
    hit: Hit | None = None

    @property
    def level_name(self) -> str:
        return str(Question.Level(self.level).label)

    @property
    def kind_name(self) -> str:
        return str(Question.Kind(self.kind).label)

    @property
    def rating_name(self) -> str:
        return str(Rating(self.last_rating).label) if self.last_rating else ""


class Slim(NamedTuple):
    """What the counts are made of."""

    pk: int
    category__position: int
    category__slug: str
    category__name: str
    level: str
    kind: str
    state: str
    is_saved: bool
    is_own: bool
    tags: list[str]


@dataclass(frozen=True)
class Choice:
    """One value of a filter: what it is called, how many rows it leaves, and where it leads."""

    value: str
    name: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class Meant:
    """What a search could have meant: the words as the bank spells them, a category by its name; each with its address.

    Empty texts where there is nothing to say.
    """

    words: str = ""
    words_address: str = ""
    category: str = ""
    category_address: str = ""


@dataclass(frozen=True)
class Shelf:
    """What the page shows."""

    filters: Filters
    rows: list[Row]
    total: int
    pages: int
    choices: dict[str, list[Choice]]
    chosen: list[Choice]  # the filters in force, each leading to the page without it
    is_by_words: bool  # no encoder answered: the search went by words
    is_nearest: bool = False  # nothing matches the search: the rows are the nearest there is
    is_cut: bool = False  # the search found more than it shows
    near: frozenset[int] = frozenset()  # few match: these rows are only like the best of them, and come last
    meant: Meant | None = None

    @property
    def matched(self) -> list[Row]:
        return [row for row in self.rows if row.pk not in self.near]

    @property
    def only_near(self) -> list[Row]:
        return [row for row in self.rows if row.pk in self.near]

    @property
    def is_grouped(self) -> bool:
        return not self.filters.q and self.filters.sort in ("", "bank")

    @property
    def can_be_gathered(self) -> bool:
        """Whether it is a choice of questions that one could go through: not the whole bank, and one page at most."""
        return (
            bool(self.filters.q or self.chosen)
            and not self.is_nearest
            and not self.near
            and self.pages == 1
            and self.total > 1
        )

    @property
    def previous(self) -> str:
        return self.filters.at_page(self.filters.page - 1) if self.filters.page > 1 else ""

    @property
    def next(self) -> str:
        return self.filters.at_page(self.filters.page + 1) if self.filters.page < self.pages else ""


def browse(user: User, filters: Filters, today: date, read: Callable[[str], Query]) -> Shelf:
    """The shelf for these filters. `read` embeds the search, as far as that can be done just now."""
    questions = _with_state(user, today)
    query = read(filters.q) if filters.q else None
    found = search(user, query) if query else []
    matches = matching(found)
    hits = {hit.question_id: hit for hit in matches or found[:NEAREST]}
    near = _alike(user, matches)
    hits |= {pk: Hit(pk, 0.0, 0.0, None, ()) for pk in near}
    if query:
        questions = questions.filter(pk__in=hits)
    slim = [Slim(*values) for values in questions.values_list(*Slim._fields)]
    fitting = [item for item in slim if _fits(item, filters)]
    pages = max(1, -(-len(fitting) // PAGE))
    filters = replace(filters, page=min(filters.page, pages))
    rows = _page(questions, [item.pk for item in fitting], filters, hits)
    choices = _choices(slim, filters)
    return Shelf(
        filters=filters,
        rows=rows,
        total=len(fitting),
        pages=pages,
        choices=choices,
        chosen=_in_force(filters, choices),
        is_by_words=query is not None and query.vector is None,
        is_nearest=bool(found) and not matches,
        near=near,
        meant=_meant(filters) if query else None,
        is_cut=len(matches) == MOST,
    )


def _alike(user: User, matches: Sequence[Hit]) -> frozenset[int]:
    """Beside few matches, what is like the best of them: a word or two says less than a whole question."""
    if not 0 < len(matches) < NEAREST:
        return frozenset()
    known = {hit.question_id for hit in matches}
    alike = [pk for pk in similar_ids(user, matches[0].question_id) if pk not in known]
    return frozenset(alike[: NEAREST - len(matches)])


def _meant(filters: Filters) -> Meant:
    words, named = respelled(filters.q), category_named(filters.q)
    slug, name = named or ("", "")
    return Meant(
        words=words,
        words_address=filters.searching(words) if words else "",
        category=name,
        category_address=Filters(chosen=(("category", (slug,)),)).address if name else "",
    )


def _with_state(user: User, today: date) -> QuerySet[Any]:
    """Each question with this person's card (`due_on`, `last_rating`), its state and whether it is saved."""
    saved = SavedQuestion.objects.filter(user=user, question=OuterRef("pk"))
    is_due = Q(card__due_on__lte=today, card__last_study_day__lt=today)
    return (
        Question.objects.for_user(user)
        .annotate(card=FilteredRelation("cards", condition=Q(cards__user=user)))
        .annotate(
            state=Case(
                When(card__pk=None, then=Value("new")), When(is_due, then=Value("due")), default=Value("learned")
            ),
            is_saved=Exists(saved),
            is_own=Case(When(owner=None, then=False), default=True, output_field=BooleanField()),
        )
    )


def _fits(item: Slim, filters: Filters, but: str = "") -> bool:
    """Whether a row passes every filter in force, leaving out the one named `but`."""
    return all(_held(item, name).intersection(values) for name, values in filters.chosen if name != but)


def _held(item: Slim, name: str) -> set[str]:
    """The values of a filter that a row has."""
    held = {
        "category": [item.category__slug],
        "level": [item.level],
        "kind": [item.kind],
        "state": [item.state],
        "saved": [SAVED] if item.is_saved else [],
        "mine": ["1" if item.is_own else "bank"],
        "tag": item.tags,
    }
    return set(held[name])


def _page(questions: QuerySet[Any], fitting: Sequence[int], filters: Filters, hits: dict[int, Hit]) -> list[Row]:
    start = (filters.page - 1) * PAGE
    if hits and not filters.sort:
        order = {pk: place for place, pk in enumerate(hits)}
        fitting = sorted(fitting, key=order.__getitem__)[start : start + PAGE]
        picked: Any = questions.filter(pk__in=fitting).values_list(*COLUMNS)
        found = {values[0]: values for values in picked}
        return [Row._make((*found[pk], hits[pk])) for pk in fitting]
    chosen = questions.filter(pk__in=fitting)
    if filters.sort in ORDERS:
        chosen = chosen.order_by(*ORDERS[filters.sort])
    listed: list[Any] = list(chosen.values_list(*COLUMNS)[start : start + PAGE])
    return [Row._make([*values, hits.get(values[0])]) for values in listed]


# --- What can be chosen ---


def _choices(slim: Sequence[Slim], filters: Filters) -> dict[str, list[Choice]]:
    """For each filter its values with counts: of the rows that the other filters leave."""

    def listed(name: str, names: Iterable[tuple[str, str]]) -> list[Choice]:
        counts = Counter(v for item in slim if _fits(item, filters, but=name) for v in _held(item, name))
        chosen = filters.values(name)
        return [
            Choice(value, text, counts[value], filters.toggled(name, value), value in chosen)
            for value, text in names
            if counts[value] or value in chosen
        ]

    has_own = any(item.is_own for item in slim) or bool(filters.values("mine"))
    return {
        "category": listed("category", _categories(slim)),
        "level": listed("level", Question.Level.choices),
        "kind": listed("kind", Question.Kind.choices),
        "state": listed("state", STATES.items()),
        "saved": listed("saved", [(SAVED, "Saved")]),
        "mine": listed("mine", ORIGINS.items()) if has_own else [],
        "tag": listed("tag", [(tag, tag) for tag in _tags(slim, filters)]),
        "sort": _orders(filters),
    }


def _tags(slim: Iterable[Slim], filters: Filters) -> list[str]:
    """The commonest tags of the rows that the other filters leave, and those that are chosen; by name."""
    counts = Counter(tag for item in slim if _fits(item, filters, but="tag") for tag in item.tags)
    return sorted({tag for tag, _ in counts.most_common(SHOWN_TAGS)} | set(filters.values("tag")))


def _orders(filters: Filters) -> list[Choice]:
    in_force = filters.sort or "bank"
    return [
        Choice(
            value=value,
            name=BEST_FIRST if filters.q and value == "bank" else name,
            count=0,
            address=filters.sorted_by("" if value == "bank" else value),
            is_chosen=value == in_force,
        )
        for value, name in SORTS.items()
    ]


def _categories(slim: Iterable[Slim]) -> list[tuple[str, str]]:
    found = {(item.category__position, item.category__slug, item.category__name) for item in slim}
    return [(slug, name) for _, slug, name in sorted(found)]


def _in_force(filters: Filters, choices: dict[str, list[Any]]) -> list[Choice]:
    """The chosen values, each with the address without it; one that nothing has is shown too."""
    found = []
    for name, value in filters.pairs:
        known = next((choice for choice in choices[name] if choice.value == value and choice.is_chosen), None)
        found.append(known or Choice(value, value, 0, filters.toggled(name, value), True))
    return found
