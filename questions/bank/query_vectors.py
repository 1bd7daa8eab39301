"""The vector of a search query. The model lives in the workers: the web processes ask one and stay small."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from functools import lru_cache

from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from questions import tasks
from questions.bank.state import local_model_name

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 300
KEPT_SECONDS = 24 * 60 * 60
REPLY_SECONDS = 10


def query_text(raw: str) -> str:
    """A query as it is embedded: one line, no NUL, at most 300 characters."""
    return " ".join(raw.replace("\x00", " ").split())[:MAX_CHARACTERS]


def query_vector(raw: str) -> list[float] | None:
    """The unit vector of a query, None when no worker answered in time; search then goes by words."""
    text = query_text(raw)
    if not text:
        return None
    key = "query-vector:" + hashlib.sha256(f"{local_model_name()}\0{text}".encode("utf-8", "replace")).hexdigest()
    known: list[float] | None = cache.get(key)
    if known is not None:
        return known
    vector = embedded_here(text) if settings.SEARCH_ENCODER == "here" else _asked_of_a_worker(text)
    if vector is not None:
        cache.set(key, vector, KEPT_SECONDS)
    return vector


def embedded_here(text: str) -> list[float]:
    from questions.bank.embeddings import local_encoder  # 100 MB: only where it is wanted

    return [float(value) for value in local_encoder().encode([text])[0]]


def _asked_of_a_worker(text: str) -> list[float] | None:
    reply = f"onsite:query-vector:{secrets.token_urlsafe(16)}"
    wait = settings.SEARCH_WAIT_SECONDS
    try:
        tasks.embed_query.apply_async((text, reply), queue="cpu", expires=wait)
        found = broker().blpop([reply], timeout=wait)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Search goes by words: the broker did not answer (%s).", type(error).__name__)
        return None
    if not isinstance(found, (list, tuple)):
        logger.warning("Search goes by words: no worker answered within %s s.", wait)
        return None
    return [float(value) for value in json.loads(found[1])]


def answer_query(text: str, reply: str) -> None:
    """What the worker does: puts the vector where the web process waits for it."""
    packed = json.dumps([round(value, 6) for value in embedded_here(text)])
    pipe = broker().pipeline()
    pipe.rpush(reply, packed)
    pipe.expire(reply, REPLY_SECONDS)
    pipe.execute()


@lru_cache(maxsize=1)
def broker() -> Redis:
    client: Redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
    return client
