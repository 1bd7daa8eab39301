"""A breaker for a server that keeps failing, and a bounded memory by key; both thread-safe, both for one process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

FAILURES_TO_OPEN = 5
OPEN_SECONDS = 60.0
MOST_KEYS = 256

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """The last `MOST_KEYS` values by key: users bring their own servers, so the number of keys is not ours."""

    def __init__(self) -> None:
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, default: Callable[[], Value]) -> Value:
        """The value of a key; a new key starts with `default()`."""
        with self._lock:
            value = self._values.get(key)
            if value is None:
                value = default()
            self._keep(key, value)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._keep(key, value)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

    def _keep(self, key: Hashable, value: Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > MOST_KEYS:
            self._values.popitem(last=False)


@dataclass
class _State:
    failures: int = 0
    opened_at: float = 0.0


class Breaker:
    """After 5 failures in a row nothing passes for 60 s; then one probe a minute, until one succeeds."""

    def __init__(self) -> None:
        self._states: Memory[_State] = Memory()
        self._lock = threading.Lock()

    def may_pass(self, key: Hashable, now: float) -> bool:
        """Whether a call may be made at `now` (seconds of a monotonic clock). A probe that passes re-arms the wait."""
        state = self._states.get(key, _State)
        with self._lock:
            if state.failures < FAILURES_TO_OPEN:
                return True
            if now - state.opened_at < OPEN_SECONDS:
                return False
            state.opened_at = now
            return True

    def succeeded(self, key: Hashable) -> None:
        state = self._states.get(key, _State)
        with self._lock:
            state.failures = 0

    def failed(self, key: Hashable, now: float) -> None:
        state = self._states.get(key, _State)
        with self._lock:
            state.failures += 1
            state.opened_at = now

    def clear(self) -> None:
        self._states.clear()
