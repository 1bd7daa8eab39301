"""A plant with two questions; its sweeper and leases are quick."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from questions.bank.loading import CONTENT
from tests.plant import Plant

QUESTIONS = ("rag/rag-chunking-strategies", "prompting/few-shot-vs-zero-shot")


def small_bank(folder: Path) -> Path:
    """Two real questions of the bank."""
    for name in QUESTIONS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONTENT / f"{name}.yaml", folder / f"{name}.yaml")
    shutil.copy(CONTENT / "_categories.yaml", folder / "_categories.yaml")
    return folder


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    folder = Path(tempfile.mkdtemp(prefix="plant-"))
    built = Plant(
        folder,
        "faults",
        {"FEEDBACK_LEASE_SECONDS": "3", "FEEDBACK_SWEEP_SECONDS": "1", "COACH_DEADLINE_SECONDS": "20"},
    )
    try:
        built.build(bank=small_bank(folder / "bank"))
        built.start_web()
        yield built
    finally:
        built.close()
        shutil.rmtree(folder, ignore_errors=True)
