"""Whether the bank is loaded and embedded; light enough for the web processes (no model is imported)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from questions.models import Question

BUILT_IN_NAME = "all-MiniLM-L6-v2-int8"


def local_model_name() -> str:
    """The name under which vectors are stored: the built-in model's, or that of EMBEDDING_MODEL_DIR."""
    folder = settings.EMBEDDING_MODEL_DIR
    return Path(folder).resolve().name if folder else BUILT_IN_NAME


def what_is_missing() -> str:
    """Empty when questions are there and each has its vector."""
    bank = Question.objects.shared()
    if not bank.exists():
        return "empty: run load_bank"
    if bank.exclude(vectors__model=local_model_name()).exists():
        return "not embedded yet: run load_bank"
    return ""
