"""What to do after a call to a model server went wrong: faults, steps down, pauses (pure)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Literal

MOST_CALLS = 4
LONGEST_PAUSE_SECONDS = 8.0

Mode = Literal["json_schema", "json_object", "text"]
_STEP_DOWN: dict[Mode, Mode] = {"json_schema": "json_object", "json_object": "text"}
# A 400 with one of these has nothing to do with the format of the reply.
_FINAL_CODES = {"context_length_exceeded", "model_not_found", "invalid_api_key", "content_filter", "insufficient_quota"}

# kind: (reason for people, does trying later help, is another call now worth it, does it count for the breaker)
_KINDS: dict[str, tuple[str, bool, bool, bool]] = {
    "no_text": ("There is no text to grade.", False, False, False),
    "no_key_points": ("This question has no key points to grade against.", False, False, False),
    "too_long": ("The answer is too long for the model.", False, False, False),
    "resting": ("The model server failed several times and gets a minute's rest.", True, False, False),
    "timeout": ("The model did not answer in time.", True, False, True),
    "unreachable": ("The model server could not be reached.", True, True, True),
    "certificate": ("The model server's certificate is not valid.", False, False, True),
    "address": ("The address of the model server is not valid.", False, False, True),
    "cut": ("The model server broke off its reply.", True, True, True),
    "too_large": ("The model server's reply was too large.", True, False, True),
    "busy": ("The model server is busy.", True, True, True),
    "quota": ("The model account has no quota left.", False, False, True),
    "key_refused": ("The model server refused the key.", False, False, True),
    "not_found": ("The model server does not know this model or address.", False, False, True),
    "bad_request": ("The model server refused the request.", False, False, True),
    "server_error": ("The model server failed.", True, True, True),
    "not_openai": ("The model server does not speak the expected protocol.", False, False, True),
    "truncated": ("The model's reply was cut off at its length limit.", True, False, False),
    "declined": ("The model declined to grade this answer.", False, False, False),
    "invalid": ("The model's reply could not be verified against the answer.", True, False, False),
    "too_many_calls": ("The model needed too many attempts.", True, False, False),
}


@dataclass(frozen=True)
class Way:
    """How a server takes requests. `is_modern`: it wants `max_completion_tokens` and its own temperature."""

    mode: Mode = "json_schema"
    is_modern: bool = False


class Fault(Exception):
    """One call that gave no usable reply. `retry_after` is in seconds; `code` and `param` as in OpenAI's errors."""

    def __init__(
        self, kind: str, *, status: int = 0, code: str = "", param: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after
        self.reason, self.retry_helps, self.is_worth_another, self.counts_for_breaker = _KINDS[kind]


class ModelError(Exception):
    """No verdict. `reason` is for people and holds nothing that the server wrote; `kind` is for statistics."""

    def __init__(
        self,
        kind: str,
        reason: str,
        *,
        retry_helps: bool,
        tokens_in: int = 0,
        tokens_out: int = 0,
        latency_ms: int = 0,
        attempts: int = 0,
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.retry_helps = retry_helps
        self.tokens_in = tokens_in
        self.tokens_out = tokens_out
        self.latency_ms = latency_ms
        self.attempts = attempts


class Deadline:
    """The wall-clock end of one grade. Timeouts of a socket start anew with each byte; this one does not."""

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._ends_at = clock() + seconds

    def left(self) -> float:
        return self._ends_at - self._clock()

    def some(self) -> float:
        """The seconds left, more than 0; a `Fault` when there are none."""
        left = self.left()
        if left <= 0:
            raise Fault("timeout")
        return left


# Faults of one answer, not of the server: they must not make the breaker rest it for everybody.
_BY_CODE = {"context_length_exceeded": "too_long", "content_filter": "declined"}


def fault_of_status(
    status: int, *, code: str = "", param: str = "", message: str = "", retry_after: float | None = None
) -> Fault:
    """The fault behind an HTTP status. `message` is read for its parameter names only and kept nowhere."""
    if code in _BY_CODE:
        kind = _BY_CODE[code]
    elif status == 429:
        kind = "quota" if code == "insufficient_quota" else "busy"
    elif status >= 500 or status == 408:
        kind = "server_error"
    else:
        kind = {401: "key_refused", 402: "quota", 403: "key_refused", 404: "not_found"}.get(status, "bad_request")
    if not param:
        param = next((name for name in ("max_tokens", "temperature") if f"'{name}'" in message), "")
    return Fault(kind, status=status, code=code, param=param, retry_after=retry_after)


def next_way(fault: Fault, way: Way) -> Way | None:
    """Another way to put the same request to a server that refused it; None when there is none."""
    if fault.code in _FINAL_CODES:
        return None
    if fault.status == 400 and fault.param in {"max_tokens", "temperature"} and not way.is_modern:
        return replace(way, is_modern=True)
    if fault.status in {400, 422, 500, 501} and way.mode in _STEP_DOWN:
        return replace(way, mode=_STEP_DOWN[way.mode])
    return None


def pause_seconds(fault: Fault, retries: int, rng: random.Random) -> float:
    """How long to wait before the next call: what the server asked for, else doubling with jitter."""
    if fault.retry_after is not None:
        return fault.retry_after
    return rng.uniform(0.5, 1.0) * min(0.5 * 2.0**retries, LONGEST_PAUSE_SECONDS)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: a number, or a date measured against its own Date; None if unclear."""
    value = headers.get("retry-after", "")
    for text, unit in ((headers.get("retry-after-ms", ""), 1000.0), (value, 1.0)):
        try:
            seconds = float(text) / unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        waits = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, waits.total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
