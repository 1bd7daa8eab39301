"""The bank and the learning loop."""

from __future__ import annotations

from django.apps import AppConfig


class QuestionsConfig(AppConfig):
    name = "questions"
    verbose_name = "Questions"

    def ready(self) -> None:
        from accounts.rights import register
        from questions.rights import PRACTICE

        register(PRACTICE)
