"""Whose turn it is at what costs a moment of computing: one at a time a person, and so many in so much time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil

from django.core.cache import cache

AT_MOST, PERIOD = 60, 5 * 60  # turns in seconds
LONGEST = 10  # seconds: a process that died gives its turn back after that


class AskAgain(Exception):
    """Not now; `seconds` until it is worth asking again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"ask again in {seconds} s")
        self.seconds = seconds


@contextmanager
def turn(user_id: int, now: datetime) -> Iterator[None]:
    """Raises AskAgain while another request of the person computes, and when they had their share.

    The marks lie in the shared cache; while it is away nothing is limited.
    """
    place = f"turn:{user_id}"
    if not cache.add(place, 1, timeout=LONGEST):
        raise AskAgain(1)
    try:
        if wait := _seconds_to_wait(user_id, now):
            raise AskAgain(wait)
        yield
    finally:
        cache.delete(place)


def _seconds_to_wait(user_id: int, now: datetime) -> int:
    """Counts a turn: 0 when it may be had, else the seconds until the next may."""
    at = now.timestamp()
    key = f"turns:{user_id}"
    began = float(cache.get_or_set(key, at, timeout=PERIOD) or at)
    tally = f"{key}:{began}"
    cache.add(tally, 0, timeout=2 * PERIOD)  # outlives its period, so that the next line finds it
    return 0 if cache.incr(tally) <= AT_MOST else max(1, ceil(began + PERIOD - at))
