"""Strict, typed reading of environment variables: a bad value stops the start and says what to write."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
PERIODS = {"s": 1, "m": 60, "h": 60 * 60, "d": 24 * 60 * 60}


def _read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r} is not {expected}.") from error


def text(name: str, default: str = "") -> str:
    return _read(name, default, str, "text")


def _parse_flag(raw: str) -> bool:
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise ValueError(raw)


def flag(name: str, default: bool = False) -> bool:
    return _read(name, default, _parse_flag, "a yes or a no (1, 0, true, false, yes, no, on, off)")


def integer(name: str, default: int, *, at_least: int = 0, at_most: int = 2**31 - 1) -> int:
    def parse(raw: str) -> int:
        value = int(raw)
        if not at_least <= value <= at_most:
            raise ValueError(raw)
        return value

    return _read(name, default, parse, f"a whole number from {at_least} to {at_most}")


def number(name: str, default: float, *, at_least: float = 0.0, at_most: float = 1e9) -> float:
    def parse(raw: str) -> float:
        value = float(raw)
        if not at_least <= value <= at_most:  # refuses NaN as well
            raise ValueError(raw)
        return value

    return _read(name, default, parse, f"a number from {at_least:g} to {at_most:g}")


def _parse_rate(raw: str) -> tuple[int, int]:
    count, _, period = raw.partition("/")
    rate = int(count), PERIODS.get(period.strip().lower()[:1], 0)
    if min(rate) < 1:
        raise ValueError(raw)
    return rate


def rate(name: str, default: str) -> tuple[int, int]:
    """`60/min` -> (60, 60): how many in how many seconds."""
    return _read(name, _parse_rate(default), _parse_rate, "a rate such as 60/min, 5/s, 100/h or 1000/day")


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    def parse(raw: str) -> str:
        if raw.lower() not in allowed:
            raise ValueError(raw)
        return raw.lower()

    return _read(name, default, parse, "one of " + ", ".join(allowed))


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list."""
    return _read(name, list(default), lambda raw: [w.strip() for w in raw.split(",") if w.strip()], "a list")
