"""Places for the stack's tests."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep import processes
from tests.prep.machine import processes_of


@pytest.fixture(scope="module")
def module_dir() -> Iterator[Path]:
    yield from _open_dir()


@pytest.fixture
def open_dir() -> Iterator[Path]:
    yield from _open_dir()


def _open_dir() -> Iterator[Path]:
    """A folder that others may pass: pytest's are closed, and root would have to keep its cluster elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="onsite-stack-"))
    folder.chmod(0o711)
    yield folder
    for pid in processes_of(folder):
        processes.signal_pid(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
