"""Study days: the date that a moment counts for, and a hold that keeps days in order when the zone changes. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple


class Hold(NamedTuple):
    """A study day that was running when the zone or the day's start changed, and the moment at which it ends."""

    study_day: date
    until: datetime


def study_day(at: datetime, *, zone: tzinfo, day_starts_at_hour: int) -> date:
    """The calendar date, in `zone`, of the study day that holds `at` (aware; ValueError if not).

    Local wall-clock time decides: before the day's start it is still yesterday. On days of 23 or 25 hours each
    moment still belongs to exactly one date.
    """
    if at.tzinfo is None:
        raise ValueError("a moment must carry its zone")
    local = at.astimezone(zone)
    return local.date() - timedelta(days=1) if local.hour < day_starts_at_hour else local.date()


def day_ends_at(day: date, *, zone: tzinfo, day_starts_at_hour: int) -> datetime:
    """The moment (UTC) at which the study day `day` ends. An hour that the clocks skip ends it where they jump."""
    return datetime.combine(day + timedelta(days=1), time(day_starts_at_hour), tzinfo=zone).astimezone(UTC)


def current_day(now: datetime, *, zone: tzinfo, day_starts_at_hour: int, hold: Hold | None) -> date:
    """The study day at `now`. A held day runs to its own end and never comes back."""
    day = study_day(now, zone=zone, day_starts_at_hour=day_starts_at_hour)
    if hold is None:
        return day
    return hold.study_day if now < hold.until else max(day, hold.study_day)


def hold_at(now: datetime, *, zone: tzinfo, day_starts_at_hour: int, hold: Hold | None) -> Hold:
    """The hold to keep when `zone` or `day_starts_at_hour` are about to change at `now`.

    Without it a jump east would begin the next day at once, and what was just rated could fall due again; a jump
    west would begin the same day a second time.
    """
    if hold is not None and now < hold.until:
        return hold
    day = current_day(now, zone=zone, day_starts_at_hour=day_starts_at_hour, hold=hold)
    return Hold(day, day_ends_at(day, zone=zone, day_starts_at_hour=day_starts_at_hour))
