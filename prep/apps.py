"""The wiring: settings, addresses, dashboard, the running of the site."""

from __future__ import annotations

from django.apps import AppConfig


class PrepConfig(AppConfig):
    name = "prep"

    def ready(self) -> None:
        from prep import celery, checks

        # Makes it the current app: tasks rung from web processes must find the broker.
        celery.app.set_default()
        checks.register_all()
