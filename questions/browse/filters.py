"""What a reader of the bank chose: read from the address, written back into it (PURE)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

STATES = {"due": "Due", "new": "New to you", "learned": "Returns later"}
SORTS = {"bank": "By category", "due": "Due first", "short": "Shortest first", "title": "By title"}
SAVED = "1"


@dataclass(frozen=True)
class Filters:
    """Each empty when it does not filter. `q`: the search; `page` counts from 1."""

    q: str = ""
    category: str = ""
    tag: str = ""
    level: str = ""
    kind: str = ""
    state: str = ""
    saved: str = ""
    mine: str = ""
    sort: str = ""
    page: int = 1

    def address(self, **changes: str) -> str:
        """The query string with changes; another filter begins at the first page again. `?` alone clears all."""
        wanted: dict[str, Any] = {"page": 1, **changes}
        chosen = replace(self, **wanted)
        pairs = [(f.name, getattr(chosen, f.name)) for f in fields(chosen)]
        return "?" + urlencode([(name, value) for name, value in pairs if value and (name, value) != ("page", 1)])

    @property
    def active(self) -> dict[str, str]:
        """The filters in force, besides search and order."""
        names = ("category", "tag", "level", "kind", "state", "saved", "mine")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def read_filters(query: Mapping[str, str]) -> Filters:
    """Unknown values are kept: they find nothing, and the page says so. What is too long is cut."""

    def text(name: str, longest: int = 80) -> str:
        return query.get(name, "").replace("\x00", "").strip()[:longest]

    page = query.get("page", "1")
    return Filters(
        q=" ".join(text("q", 300).split()),
        category=text("category"),
        tag=text("tag"),
        level=text("level"),
        kind=text("kind"),
        state=text("state"),
        saved=SAVED if query.get("saved") else "",
        mine=SAVED if query.get("mine") else "",
        sort=text("sort") if text("sort") in SORTS else "",
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 and int(page) else 1,
    )
