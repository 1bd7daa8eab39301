"""Which browser tab is writing an answer just now, so that another device does not write over it unseen.

It lies in the shared cache beside the draft and is forgotten after two minutes; while the cache is away nobody is
known to be writing, and the drafts' own versions still keep two devices apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

FRESH = timedelta(minutes=2)
_TAB = re.compile(r"[A-Za-z0-9-]{8,40}\.[A-Za-z0-9-]{8,40}")


@dataclass(frozen=True)
class Writer:
    """The tab that saved last, as it names itself (`browser.tab`), and how long ago."""

    tab: str
    seconds: int


def note(*, user_id: int, question_id: int, tab: str, now: datetime) -> None:
    """Remembers who saved the draft; a name that no page of ours gives itself is not kept."""
    if _TAB.fullmatch(tab):
        cache.set(_key(user_id, question_id), (tab, now.timestamp()), timeout=int(FRESH.total_seconds()))


def writer_of(user_id: int, question_id: int, now: datetime) -> Writer | None:
    """Who has saved the draft in the last two minutes."""
    known = cache.get(_key(user_id, question_id))
    if known is None:
        return None
    tab, at = known
    seconds = max(0, round(now.timestamp() - at))
    return Writer(tab, seconds) if seconds < FRESH.total_seconds() else None


def _key(user_id: int, question_id: int) -> str:
    return f"writing:{user_id}:{question_id}"
