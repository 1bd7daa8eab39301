"""How many answers a person may submit in how much time: one count, whether through the pages or the API."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from django.conf import settings
from django.core.cache import cache


def seconds_to_wait(user_id: int, now: datetime) -> int:
    """Counts an answer that is about to be submitted: 0 when it may be, else the seconds until one may be again.

    The count lies in the shared cache and is raised there in one step; while the cache is away nothing is limited.
    """
    count, period = settings.RATE_ANSWERS
    at = now.timestamp()
    key = f"answers:{user_id}"
    began = float(cache.get_or_set(key, at, timeout=period) or at)
    tally = f"{key}:{began}"
    cache.add(tally, 0, timeout=2 * period)  # outlives its period, so that the next line finds it
    if cache.incr(tally) <= count:
        return 0
    return max(1, ceil(began + period - at))


def span(seconds: int) -> str:
    """`1 second`, `40 seconds`, `3 minutes`: never shorter than it is."""
    if seconds < 120:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{ceil(seconds / 60)} minutes"
