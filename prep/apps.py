"""The wiring: settings, addresses, dashboard, the running of the site."""

from __future__ import annotations

from django.apps import AppConfig


class PrepConfig(AppConfig):
    name = "prep"

    def ready(self) -> None:
        from prep import checks

        checks.register_all()
