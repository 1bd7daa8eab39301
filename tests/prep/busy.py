"""The site's own Celery app with a task that works for long, for the tests of the workers' sign of life."""

from __future__ import annotations

import time
from pathlib import Path

from prep.celery import app


@app.task
def burn(seconds: float, begun: str) -> None:
    """Keeps a processor busy, in Python itself, as the local grader would."""
    Path(begun).touch()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(10_000))
    Path(begun).with_suffix(".done").touch()
