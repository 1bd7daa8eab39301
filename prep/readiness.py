"""Whether all parts work: what /readyz answers, part by part."""

from __future__ import annotations

import time
from collections.abc import Callable

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from questions.bank.state import what_is_missing

WORKER_KINDS = ("cpu", "llm")


def note_worker(kind: str) -> None:
    cache.set(f"worker:{kind}", time.time(), settings.WORKER_HEARTBEAT_SECONDS)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied: run migrate" if waiting else "ok"


def _bank() -> str:
    return what_is_missing() or "ok"


def _broker() -> str:
    with current_app.connection_for_read(connect_timeout=1) as link:
        link.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    return "ok"


def _worker(kind: str) -> str:
    return "ok" if cache.get(f"worker:{kind}") else f"no {kind} worker has reported"


def _answer(part: Callable[[], str]) -> str:
    try:
        return part()
    except DatabaseError:
        return "the database does not answer"
    except Exception as error:
        # A broker's failure comes in the classes of whatever transport is set: any of them means "not ready".
        return f"does not answer ({type(error).__name__})"


def parts() -> dict[str, str]:
    """Each part and "ok" or what is wrong with it."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "migrations": _migrations,
        "bank": _bank,
        "broker": _broker,
    }
    for kind in WORKER_KINDS:
        checks[f"worker_{kind}"] = lambda kind=kind: _worker(kind)  # type: ignore[misc]
    return {name: _answer(part) for name, part in checks.items()}
