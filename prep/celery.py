"""The job runner. The broker is only a doorbell: what is to be done stands in PostgreSQL rows."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

from prep import pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prep.settings")

app = Celery("prep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.heartbeat_sent.connect
def note_worker_is_alive(sender: Any, **_: Any) -> None:
    """Each worker's pulse, for the supervisor and for /readyz: its kind is the part of its name before the @."""
    from prep.readiness import note_worker

    pulse.give()
    note_worker(str(sender.eventer.hostname).partition("@")[0])


@signals.worker_process_init.connect
def forget_inherited_connections(**_: Any) -> None:
    """A forked child must not share its parent's sockets."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.connection = None
        if hasattr(connection, "close_pool"):
            connection.__class__._connection_pools = {}  # type: ignore[attr-defined]
