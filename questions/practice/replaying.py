"""What `manage.py replay_reviews` reads and answers: a review log in, the memory of each card out. PURE."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from accounts.days import study_day
from questions.practice import memory

COLUMNS = ("card_id", "rating", "timestamp")
RESULT_COLUMNS = ("card_id", "stability", "difficulty", "due", "n")
CONFIG_KEYS = ("params", "desired_retention", "tz", "rollover_hour", "max_interval")
# Outside of these years local time and due dates would leave the calendar.
YEARS = (1900, 2200)


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the key."""


class LogError(ValueError):
    """The review log cannot be replayed; `faults` has one `line N: ...` for each bad row."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Config:
    policy: memory.Policy
    zone: ZoneInfo
    rollover_hour: int


class Row(NamedTuple):
    card_id: str
    rating: int
    at: datetime


class Result(NamedTuple):
    """One card after its last review; `due` is an ISO study-day date, unfuzzed, `n` counts the reviews."""

    card_id: str
    stability: float
    difficulty: float
    due: str
    n: int


def read_config(text: str, known_zones: frozenset[str]) -> Config:
    """The JSON object {params, desired_retention, tz, rollover_hour, max_interval}, each key once and no other."""
    try:
        raw = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"it is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError("it must be a JSON object")
    if missing := [key for key in CONFIG_KEYS if key not in raw]:
        raise ConfigError(f"{', '.join(missing)} missing")
    if unknown := [key for key in raw if key not in CONFIG_KEYS]:
        raise ConfigError(f"unknown: {', '.join(unknown)}")
    if not isinstance(raw["tz"], str) or raw["tz"] not in known_zones:
        raise ConfigError(f"tz must be the name of a time zone, such as Europe/Berlin, not {raw['tz']!r}")
    hour = _whole(raw, "rollover_hour")
    if not 0 <= hour <= 23:
        raise ConfigError(f"rollover_hour must be from 0 to 23, not {hour}")
    return Config(_policy(raw), ZoneInfo(raw["tz"]), hour)


def _policy(raw: dict[str, Any]) -> memory.Policy:
    params = raw["params"]
    if params is not None and not (isinstance(params, list) and all(_is_number(value) for value in params)):
        raise ConfigError("params must be null or a list of 21 numbers")
    if not _is_number(raw["desired_retention"]):
        raise ConfigError(f"desired_retention must be a number, not {raw['desired_retention']!r}")
    try:
        policy = memory.Policy(
            parameters=memory.as_parameters(params),
            desired_retention=float(raw["desired_retention"]),
            maximum_interval=_whole(raw, "max_interval"),
        )
        policy.scheduler()  # knows the bounds of each parameter
    except ValueError as error:
        raise ConfigError(" ".join(str(error).split())) from error
    return policy


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 1e300 and math.isfinite(value)  # a larger whole number has no float


def _whole(raw: dict[str, Any], key: str) -> int:
    value = raw[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{key} must be a whole number, not {value!r}")
    return value


def read_log(lines: Iterable[str]) -> list[Row]:
    """The rows in the order of the input. Raises LogError naming every bad line; empty lines are skipped."""
    reader = csv.reader(lines, strict=True)
    rows: list[Row] = []
    faults: list[str] = []
    try:
        positions = _positions(next(reader, []))
        for cells in reader:
            if cells:
                try:
                    rows.append(_row(cells, positions))
                except ValueError as error:
                    faults.append(f"line {reader.line_num}: {error}")
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: it is not CSV: {error}")
    if faults:
        raise LogError(faults)
    return rows


def _positions(header: list[str]) -> tuple[int, int, int]:
    names = [name.strip() for name in header]
    if sorted(names) != sorted(COLUMNS):
        raise LogError([f"line 1: the header must name {','.join(COLUMNS)}, found {','.join(names) or 'nothing'}"])
    card_id, rating, timestamp = (names.index(name) for name in COLUMNS)
    return card_id, rating, timestamp


def _row(cells: list[str], positions: tuple[int, int, int]) -> Row:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(COLUMNS)} fields are needed, found {len(cells)}")
    card_id, rating, timestamp = (cells[position].strip() for position in positions)
    if not card_id:
        raise ValueError("card_id is empty")
    if rating not in {str(value) for value in memory.RATINGS}:
        raise ValueError(f"rating must be 1, 2, 3 or 4, not {rating!r}")
    return Row(card_id, int(rating), _moment(timestamp))


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"timestamp must be ISO 8601, such as 2026-03-29T01:30:00+01:00, not {text!r}") from None
    if at.tzinfo is None:
        raise ValueError(f"timestamp needs an offset (Z or +01:00): {text!r}")
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise ValueError(f"timestamp must lie between the years {YEARS[0]} and {YEARS[1]}: {text!r}")
    return at.astimezone(UTC)


def results(rows: Iterable[Row], config: Config) -> Iterator[Result]:
    """Each card after its last review, in the order in which the cards first appear in the input.

    A card's rows are taken by time, rows of the same moment in the order of the input.
    """
    by_card: dict[str, list[Row]] = {}
    for row in rows:
        by_card.setdefault(row.card_id, []).append(row)
    for card_id, own in by_card.items():
        own.sort(key=lambda row: row.at)
        outcome = memory.replay(_events(own, config), config.policy)
        if outcome is not None:
            known = outcome.memory
            yield Result(card_id, known.stability, known.difficulty, outcome.due_on.isoformat(), len(own))


def _events(rows: Iterable[Row], config: Config) -> Iterator[memory.Event]:
    latest = None
    for row in rows:
        day = study_day(row.at, zone=config.zone, day_starts_at_hour=config.rollover_hour)
        # Where clocks went back over midnight (St. John's, until 2011, at 00:01) a date returns: time does not.
        latest = day if latest is None else max(latest, day)
        yield memory.Event(row.rating, latest)
