"""A part's sign of life for the supervisor: a file whose time changes while the part's main loop turns. Stdlib only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "ONSITE_PULSE"  # the file, set by the supervisor
STEP_MAX = 1.0


def give() -> None:
    """Called by the part itself, every few seconds, from the loop that would stand still if the part hung."""
    if path := os.environ.get(VARIABLE):
        with suppress(OSError):
            os.utime(path)


class Watch:
    """Counts how long a part has been silent, in seconds during which we could have heard it.

    The clock of the wall plays no role, and a pause of the whole machine counts as one step of `STEP_MAX` at most.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.silent_seconds = 0.0
        self.has_pulsed = False
        self._looked_at: float | None = None
        path.touch()
        self._seen = self._time()

    def look(self, now: float) -> float:
        """`now` is of the monotonic clock; call it at least once a second. Returns the silent seconds."""
        step = min(now - self._looked_at, STEP_MAX) if self._looked_at is not None else 0.0
        self._looked_at = now
        seen = self._time()
        if seen != self._seen:
            self._seen, self.has_pulsed = seen, True
            self.silent_seconds = 0.0
        else:
            self.silent_seconds += step
        return self.silent_seconds

    def excuse(self) -> None:
        """Begin counting anew: something else is why it is silent."""
        self.silent_seconds = 0.0

    def _time(self) -> int:
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0
