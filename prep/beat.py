"""The clock of the periodic tasks, without Django's models: it only rings, so it starts quickly and stays small."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler

from prep import pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prep.settings")

# Without its fixups Celery does not load the apps; tasks are rung by name, on the default queue.
app = Celery("prep", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_scheduler = "prep.beat:Clock"
app.conf.beat_max_loop_interval = 5  # it looks at the clock at least as often, which is its sign of life


class Clock(PersistentScheduler):
    """Celery's own, which shows the supervisor that it goes on."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        pulse.give()
        return super().tick(*args, **kwargs)
