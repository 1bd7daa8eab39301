"""Over every zone and its changes of clock from 2020 to 2030: nothing is due twice on a day, and no day is left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.days import Hold, current_day, day_ends_at, hold_at, study_day
from questions.practice import memory

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 12, 31, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
POLICY = memory.Policy()


@cache
def changes(name: str) -> tuple[datetime, ...]:
    """The moments (UTC, to the minute) at which the clocks of the zone change."""
    zone, found, at = ZoneInfo(name), [], FIRST
    while at < LAST:
        after = at + DAY
        if at.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            low, high = at, after
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                is_before = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                low, high = (middle, high) if is_before else (low, middle)
            found.append(high)
        at = after
    return tuple(found)


@st.composite
def around_a_change(draw) -> tuple[ZoneInfo, int, datetime]:
    """A zone, a day start, and a moment within two days of a change of its clocks (any moment where it has none)."""
    name = draw(st.sampled_from(ZONES))
    moments = changes(name)
    at = draw(st.sampled_from(moments)) if moments else draw(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
    near = timedelta(minutes=draw(st.integers(-2 * 24 * 60, 2 * 24 * 60)))
    return ZoneInfo(name), draw(st.integers(0, 12)), at.replace(tzinfo=UTC) + near


@given(around_a_change())
@settings(max_examples=400, deadline=None)
def test_each_date_is_one_study_day_without_gap_or_overlap(where):
    zone, hour, at = where
    day = study_day(at, zone=zone, day_starts_at_hour=hour)
    ends = day_ends_at(day, zone=zone, day_starts_at_hour=hour)
    ended = day_ends_at(day - DAY, zone=zone, day_starts_at_hour=hour)

    assert ended <= at < ends
    assert study_day(ends, zone=zone, day_starts_at_hour=hour) == day + DAY
    assert study_day(ends - timedelta(microseconds=1), zone=zone, day_starts_at_hour=hour) == day
    assert timedelta(hours=20) <= ends - ended <= timedelta(hours=28)


@given(around_a_change(), st.lists(st.integers(1, 4), min_size=1, max_size=12), st.integers(1, 47))
@settings(max_examples=300, deadline=None)
def test_a_question_is_asked_once_a_day_and_on_no_day_left_out(where, ratings, every):
    """A person who looks in every few hours and answers whatever is due: the ratings of one question."""
    zone, hour, at = where
    known, due_on, asked = None, date.min, list[date]()
    end = at + timedelta(days=5)
    while at < end:
        today = study_day(at, zone=zone, day_starts_at_hour=hour)
        if due_on <= today and (known is None or known.last_day < today):
            rating = ratings[len(asked) % len(ratings)]
            known, due_on = memory.review(known, rating, today, POLICY, seed=str(len(asked)))
            asked.append(today)
            assert due_on > today
        elif known is not None and today >= due_on:
            assert known.last_day == today, "due, and not asked"
        at += timedelta(hours=every)

    assert len(set(asked)) == len(asked)
    assert asked == sorted(asked)


@given(around_a_change(), st.data())
@settings(max_examples=300, deadline=None)
def test_moving_between_zones_neither_repeats_nor_skips_a_study_day(where, data):
    """Each change of zone or day start holds the running day to its own end; then the new clock goes on."""
    zone, hour, at = where
    hold: Hold | None = None
    days = [current_day(at, zone=zone, day_starts_at_hour=hour, hold=hold)]
    for _ in range(data.draw(st.integers(1, 4))):
        hold = hold_at(at, zone=zone, day_starts_at_hour=hour, hold=hold)
        zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
        hour = data.draw(st.integers(0, 12))
        for _ in range(data.draw(st.integers(1, 60))):
            days.append(current_day(at, zone=zone, day_starts_at_hour=hour, hold=hold))
            at += HOUR

    assert days == sorted(days), "a study day came back"
    # A flight east over the date line may shorten a day to nothing but never loses two.
    assert all(later - earlier <= 2 * DAY for earlier, later in pairwise(days))


def test_all_zones_of_the_machine_are_tried_and_most_have_changed_their_clocks():
    assert len(ZONES) > 400
    assert len(changes("Europe/Berlin")) == 22
    assert changes("Asia/Kolkata") == ()
