"""The clock of the periodic tasks, without Django's models: it only rings, so it starts quickly and stays small."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prep.settings")

# Without its fixups Celery does not load the apps; tasks are rung by name, on the default queue.
app = Celery("prep", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")
