"""The guide: six short pages of our own, kept as Markdown files with a heading of YAML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "guide"


@dataclass(frozen=True)
class GuidePage:
    """One page. `links`: where it leads in the bank, as (words, query string)."""

    slug: str
    title: str
    summary: str
    body: str
    links: tuple[tuple[str, str], ...]
    minutes: int


@lru_cache(maxsize=1)
def guide_pages() -> tuple[GuidePage, ...]:
    """In reading order."""
    return tuple(_page(path) for path in sorted(FOLDER.glob("*.md")))


def _page(path: Path) -> GuidePage:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    data = yaml.safe_load(head)
    return GuidePage(
        slug=data["slug"],
        title=data["title"],
        summary=data["summary"],
        body=body.strip(),
        links=tuple((link["text"], "?" + urlencode(link["filter"])) for link in data["practise"]),
        minutes=max(1, round(len(body.split()) / 220)),
    )
