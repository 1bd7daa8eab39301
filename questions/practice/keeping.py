"""What was worked out for a person and still holds: one place a name in the cache, beside the state it was made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

T = TypeVar("T")
TWO_DAYS = 2 * 24 * 60 * 60


def kept(user_id: int, name: str, state: Any, work_out: Callable[[], T]) -> T:
    """The kept value while `state` is what it was made of, else worked out anew. With no cache: always anew."""
    place = f"kept:{name}:{user_id}"
    found = cache.get(place)
    if found is not None and found[0] == state:
        value: T = found[1]
        return value
    value = work_out()
    cache.set(place, (state, value), timeout=TWO_DAYS)
    return value
