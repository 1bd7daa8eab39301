"""A pytest plugin (`-p tests.services`): the embedded services run for the session, unless addresses are given.

It acts before pytest-django reads the settings. The workers of pytest-xdist inherit the addresses; each gets its
own database of Valkey here and its own test database from pytest-django.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import redis

from prep import services

WITHOUT = {"--help", "-h", "--version", "-V", "--markers", "--fixtures"}
_started: list[tuple[services.Use, Path]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None, Any, Any]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker and not WITHOUT.intersection(args):
        _start()
    elif worker:
        os.environ["REDIS_URL"] = numbered(os.environ["REDIS_URL"], 1 + int(worker.removeprefix("gw")))
    return (yield)


def pytest_unconfigure() -> None:
    while _started:
        use, folder = _started.pop()
        use.release()
        shutil.rmtree(folder, ignore_errors=True)


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="onsite-test-"))
    folder.chmod(0o711)  # as root, the cluster's own user must pass
    os.environ["VAR_DIR"] = str(folder)
    names = services.wanted(os.environ)
    use = services.Use(folder, names, is_durable=False)
    _started.append((use, folder))
    atexit.register(pytest_unconfigure)  # for an end before the configuration is complete
    if names:
        addresses = use.acquire()
        os.environ["DATABASE_URL"] = addresses.database_url
        os.environ["REDIS_URL"] = addresses.redis_url
    if "valkey" in names:
        os.environ["ONSITE_TEST_OWNS_VALKEY"] = "1"


def forget_everything() -> None:
    """Empty the cache and, when the server is ours, the queues. A given server keeps what others wrote."""
    with redis.from_url(os.environ["REDIS_URL"], socket_timeout=2) as client:
        try:
            if os.environ.get("ONSITE_TEST_OWNS_VALKEY"):
                client.flushdb()
            elif keys := list(client.scan_iter(match="test-*")):
                client.delete(*keys)
        except redis.exceptions.RedisError:
            pass  # the test stopped it


def numbered(redis_url: str, number: int) -> str:
    """The same server, its database `number`."""
    base, _, _ = redis_url.partition("?")
    if base.startswith("unix://"):
        return f"{base}?db={number}"
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{number}"
