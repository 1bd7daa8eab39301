"""The vectors of texts that are not stored yet. The model lives in the workers: the web processes ask them."""

from __future__ import annotations

import base64
import json
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from django.conf import settings
from kombu.exceptions import OperationalError
from numpy.typing import NDArray
from redis.exceptions import RedisError

from questions import tasks
from questions.bank.query_vectors import broker

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

LONGEST = 500  # characters of a text that are looked at: enough to tell what a question asks
AT_ONCE = 25  # texts a task
REPLY_SECONDS = 30


def text_vectors(texts: Sequence[str], wait: float) -> dict[int, Vectors]:
    """Unit vectors by the text's index: all of them, or those that came within `wait` seconds (perhaps none)."""
    short = [text[:LONGEST] for text in texts]
    if settings.SEARCH_ENCODER == "here":
        return dict(enumerate(_embedded(short)))
    try:
        return _asked_of_workers(short, wait)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Questions are compared by their words: no broker (%s).", type(error).__name__)
        return {}


def _embedded(texts: Sequence[str]) -> Vectors:
    from questions.bank.embeddings import local_encoder  # 100 MB: only where it is wanted

    return local_encoder().encode(texts)


def _asked_of_workers(texts: Sequence[str], wait: float) -> dict[int, Vectors]:
    """Two tasks at a time: what others search for meanwhile waits for one of them, not for the whole file."""
    reply = f"onsite:own-vectors:{secrets.token_urlsafe(16)}"
    until = time.monotonic() + wait
    starts = iter(range(0, len(texts), AT_ONCE))
    waiting = sum(_rung(texts, start, reply, wait) for start in islice(starts, 2))
    found: dict[int, Vectors] = {}
    while waiting and (left := until - time.monotonic()) > 0:
        answer = broker().blpop([reply], timeout=left)
        if not isinstance(answer, (list, tuple)):
            break
        found.update(_unpacked(answer[1]))
        waiting += sum(_rung(texts, start, reply, left) for start in islice(starts, 1)) - 1
    if len(found) < len(texts):
        logger.warning("%s of %s texts were embedded within %s s.", len(found), len(texts), wait)
    return found


def _rung(texts: Sequence[str], start: int, reply: str, wait: float) -> int:
    tasks.embed_texts.apply_async((texts[start : start + AT_ONCE], start, reply), queue="cpu", expires=wait)
    return 1


def _unpacked(packed: bytes | str) -> Iterator[tuple[int, Vectors]]:
    body = json.loads(packed)
    rows = np.frombuffer(base64.b64decode(body["rows"]), dtype=np.float16).reshape(-1, body["dimensions"])
    return enumerate(rows.astype(np.float32), start=body["start"])


def answer_texts(texts: Sequence[str], start: int, reply: str) -> None:
    """What the worker does: puts the vectors where the web process waits for them."""
    rows = _embedded(texts)
    packed = base64.b64encode(rows.astype(np.float16).tobytes()).decode()
    pipe = broker().pipeline()
    pipe.rpush(reply, json.dumps({"start": start, "dimensions": rows.shape[1], "rows": packed}))
    pipe.expire(reply, REPLY_SECONDS)
    pipe.execute()
