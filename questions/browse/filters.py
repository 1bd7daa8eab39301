"""What a reader of the bank chose: read from the address, written back into it (PURE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

STATES = {"due": "Due", "new": "New to you", "learned": "Returns later"}
SORTS = {"bank": "By category", "due": "Due first", "short": "Shortest first", "title": "By title"}
ORIGINS = {"1": "My own", "bank": "The bank’s"}
SAVED = "1"
NAMES = ("category", "level", "kind", "state", "tag", "saved", "mine")
MOST_VALUES = 12


@dataclass(frozen=True)
class Filters:
    """`chosen`: for each filter in force its values; any of them passes it. `q`: the search; `page` counts from 1."""

    q: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: str = ""
    page: int = 1

    def values(self, name: str) -> tuple[str, ...]:
        return dict(self.chosen).get(name, ())

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every value in force with the name of its filter, in order."""
        return [(name, value) for name, values in self.chosen for value in values]

    def toggled(self, name: str, value: str) -> str:
        """The address with this value put in, or taken out where it is in."""
        values = self.values(name)
        changed = tuple(v for v in values if v != value) if value in values else (*values, value)
        return self._address(replace(self, chosen=_ordered({**dict(self.chosen), name: changed}), page=1))

    def searching(self, q: str) -> str:
        return self._address(replace(self, q=q, page=1))

    def sorted_by(self, sort: str) -> str:
        return self._address(replace(self, sort=sort, page=1))

    def at_page(self, page: int) -> str:
        return self._address(replace(self, page=page))

    @property
    def cleared(self) -> str:
        """The address without filters: search and order stay."""
        return self._address(replace(self, chosen=(), page=1))

    @property
    def address(self) -> str:
        return self._address(self)

    @staticmethod
    def _address(filters: Filters) -> str:
        """A query string; `?` alone is the whole bank."""
        pairs: Iterator[tuple[str, str]] = iter(
            [("q", filters.q), *filters.pairs, ("sort", filters.sort), ("page", str(filters.page))]
        )
        return "?" + urlencode([(name, value) for name, value in pairs if value and (name, value) != ("page", "1")])


def _ordered(values: dict[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, values[name]) for name in NAMES if values.get(name))


def read_filters(query: QueryDict) -> Filters:
    """Unknown values are kept: they find nothing, and the page says so. What is too long is cut, what repeats too."""

    def text(raw: str, longest: int = 80) -> str:
        return raw.replace("\x00", "").strip()[:longest]

    chosen = {name: tuple(dict.fromkeys(filter(None, map(text, query.getlist(name)))))[:MOST_VALUES] for name in NAMES}
    if chosen["saved"]:
        chosen["saved"] = (SAVED,)
    sort, page = text(query.get("sort", "")), query.get("page", "1")
    return Filters(
        q=" ".join(text(query.get("q", ""), 300).split()),
        chosen=_ordered(chosen),
        sort=sort if sort in SORTS else "",
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1,
    )
