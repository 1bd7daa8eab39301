"""The shared cache, which may go away: reads then miss and writes are dropped, and the site goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _forgiving(name: str, fallback: Any) -> Callable[..., Any]:
    original = getattr(RedisCache, name)

    @wraps(original)
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            logger.warning("The cache did not answer (%s): going on without it.", type(error).__name__)
            return fallback(args, kwargs) if callable(fallback) else fallback

    return method


def _default_of_get(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return kwargs.get("default", args[1] if len(args) > 1 else None)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that treats an outage as an empty cache."""

    get = _forgiving("get", _default_of_get)
    get_many = _forgiving("get_many", lambda args, kwargs: {})
    set = _forgiving("set", None)
    add = _forgiving("add", True)
    delete = _forgiving("delete", False)
    touch = _forgiving("touch", False)
    has_key = _forgiving("has_key", False)
    incr = _forgiving("incr", 1)
