"""The vector of a search query. The model lives in the workers: the web processes ask one and stay small."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections import Counter
from functools import lru_cache

from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from questions import tasks
from questions.bank import lexical
from questions.bank.search import Query
from questions.bank.spelling import british
from questions.bank.state import local_model_name
from questions.models import QuestionVector

Read = tuple[list[float], dict[int, float]]
logger = logging.getLogger(__name__)

MAX_CHARACTERS = 300
KEPT_SECONDS = 60 * 60
FREQUENCIES_SECONDS = 10 * 60
REPLY_SECONDS = 10


def query_text(raw: str) -> str:
    """A query as it is embedded: one line, no NUL, at most 300 characters."""
    return " ".join(raw.replace("\x00", " ").split())[:MAX_CHARACTERS]


def read_query(raw: str) -> Query:
    """A query as search wants it; without a vector when no worker answered in time: search then goes by words."""
    text = query_text(raw)
    if not text:
        return Query(text, None)
    key = "query:" + hashlib.sha256(f"{local_model_name()}\0{text}".encode("utf-8", "replace")).hexdigest()
    known: Read | None = cache.get(key)
    if known is None:
        known = read_here(text) if settings.SEARCH_ENCODER == "here" else _asked_of_a_worker(text)
        if known is not None:
            cache.set(key, known, KEPT_SECONDS)
    return Query(text, *known) if known else Query(text, None)


def read_here(text: str) -> Read:
    """The query's unit vector, and its words with their shares."""
    from questions.bank.embeddings import local_encoder  # 100 MB: only where it is wanted

    vector = [round(float(value), 6) for value in local_encoder().encode([british(text)])[0]]
    return vector, lexical.query(text, *_frequencies(int(time.monotonic()) // FREQUENCIES_SECONDS))


@lru_cache(maxsize=1)
def _frequencies(_turn: int) -> tuple[dict[int, int], int]:
    """In how many questions of the shared bank each word stands, and how many there are; read again now and then."""
    rows = QuestionVector.objects.filter(model=local_model_name(), lexical__isnull=False, question__owner=None)
    documents = rows.values_list("lexical", flat=True)
    return dict(Counter(term for document in documents if document for term in document.indices())), len(documents)


def _asked_of_a_worker(text: str) -> Read | None:
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
    vector, words = json.loads(found[1])
    return [float(value) for value in vector], {int(term): float(share) for term, share in words.items()}


def answer_query(text: str, reply: str) -> None:
    """What the worker does: puts the vector where the web process waits for it."""
    packed = json.dumps(read_here(text))
    pipe = broker().pipeline()
    pipe.rpush(reply, packed)
    pipe.expire(reply, REPLY_SECONDS)
    pipe.execute()


@lru_cache(maxsize=1)
def broker() -> Redis:
    client: Redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
    return client
