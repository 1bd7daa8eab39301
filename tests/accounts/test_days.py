"""A person's days keep their order, whatever they set their clock to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.days import Hold, current_day, day_ends_at, hold_at, study_day
from accounts.zones import known_zones

START = datetime(2026, 1, 1, tzinfo=UTC)
CLOCKS = st.tuples(st.sampled_from(sorted(known_zones())), st.integers(0, 12))
MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
HOUR = timedelta(hours=1)


class Traveller:
    """Who changes zone and day start as they like."""

    def __init__(self, clock: tuple[str, int]) -> None:
        self.clock = clock
        self.hold: Hold | None = None

    def today(self, now: datetime) -> date:
        return current_day(now, zone=ZoneInfo(self.clock[0]), day_starts_at_hour=self.clock[1], hold=self.hold)

    def ends(self, now: datetime) -> datetime:
        zone, hour = self.clock
        return day_ends_at(self.today(now), zone=ZoneInfo(zone), day_starts_at_hour=hour)

    def move(self, now: datetime, clock: tuple[str, int]) -> None:
        zone, hour = self.clock
        self.hold = hold_at(now, zone=ZoneInfo(zone), day_starts_at_hour=hour, hold=self.hold)
        self.clock = clock


@given(clock=CLOCKS, at=MOMENTS)
@settings(max_examples=500)
def test_a_study_day_ends_exactly_where_the_next_one_begins(clock, at):
    zone, hour = ZoneInfo(clock[0]), clock[1]

    end = day_ends_at(study_day(at, zone=zone, day_starts_at_hour=hour), zone=zone, day_starts_at_hour=hour)

    assert at < end <= at + 26 * HOUR
    before = study_day(end - timedelta(seconds=1), zone=zone, day_starts_at_hour=hour)
    assert study_day(end, zone=zone, day_starts_at_hour=hour) == before + timedelta(days=1)


@given(clock=CLOCKS, at=MOMENTS, new=CLOCKS)
@settings(max_examples=500)
def test_a_move_neither_begins_the_next_day_early_nor_the_same_day_again(clock, at, new):
    person = Traveller(clock)
    today, end = person.today(at), person.ends(at)
    person.move(at, new)

    assert person.today(at) == person.today(end - timedelta(seconds=1)) == today
    # From 12 hours behind UTC to 14 ahead of it, the date line takes a date away from everybody.
    assert today <= person.today(end) <= today + timedelta(days=2)
    plain = study_day(end + 48 * HOUR, zone=ZoneInfo(new[0]), day_starts_at_hour=new[1])
    assert person.today(end + 48 * HOUR) == plain


@given(clock=CLOCKS, at=MOMENTS, moves=st.lists(st.tuples(st.integers(0, 60), CLOCKS), max_size=8))
@settings(max_examples=300)
def test_days_never_run_backwards_however_often_one_moves(clock, at, moves):
    person, now, seen = Traveller(clock), at, []
    for hours, new in moves:
        now += timedelta(hours=hours)
        seen.append(person.today(now))
        person.move(now, new)
        seen.append(person.today(now))

    assert seen == sorted(seen)
    assert seen[0::2] == seen[1::2]  # a move itself changes no date


def test_a_flight_from_berlin_to_tokyo_keeps_the_running_day_to_its_end():
    person = Traveller(("Europe/Berlin", 4))
    now = datetime(2026, 3, 2, 21, tzinfo=UTC)  # 22:00 in Berlin, 06:00 of the next day in Tokyo
    person.move(now, ("Asia/Tokyo", 4))

    assert person.today(now) == date(2026, 3, 2)
    assert person.today(datetime(2026, 3, 3, 2, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert person.today(datetime(2026, 3, 3, 3, 0, tzinfo=UTC)) == date(2026, 3, 3)  # 04:00 in Berlin
