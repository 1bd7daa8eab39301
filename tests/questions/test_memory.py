"""The scheduler on study days agrees with FSRS itself, refuses what FSRS would swallow, and fuzzes within bounds."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import fsrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.days import study_day
from questions.practice import memory
from questions.practice.memory import BadReview, Event, Memory, Policy
from questions.practice.replaying import Config, Row, results

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
# Moments at which their clocks change, 2025 and 2026 (UTC).
CHANGES = (
    *(
        datetime(2025, 3, 30, 1, tzinfo=UTC),
        datetime(2025, 10, 26, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 1, tzinfo=UTC),
    ),
    *(datetime(2025, 3, 9, 7, tzinfo=UTC), datetime(2025, 11, 2, 6, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)),
    *(datetime(2025, 4, 5, 15, tzinfo=UTC), datetime(2025, 10, 4, 15, 30, tzinfo=UTC)),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
)
DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))
RATINGS = st.sampled_from((1, 2, 3, 4))
RETENTIONS = st.floats(0.70, 0.97)


@st.composite
def moments(draw: st.DrawFn, zone: str, day_start: int) -> datetime:
    """Any moment of 2025 and 2026, with a liking for day starts and for clock changes."""
    kind = draw(st.sampled_from(("any", "day start", "clock change")))
    if kind == "any":
        return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 2 * 365 * 86_400)))
    if kind == "clock change":
        return draw(st.sampled_from(CHANGES)) + timedelta(seconds=draw(st.integers(-4 * 3600, 4 * 3600)))
    day = date(2025, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    start = datetime.combine(day, time(day_start), tzinfo=ZoneInfo(zone))
    return start.astimezone(UTC) + timedelta(seconds=draw(st.integers(-3, 3)))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[int, datetime, str]], int, Policy]:
    """(rating, moment, zone) rows of one card, a day start, a policy; some people move to another zone on the way."""
    home, other = draw(st.permutations(ZONES))[:2]
    moves_at = draw(st.one_of(st.none(), st.integers(1, 8)))
    day_start = draw(st.sampled_from((0, 1, 2, 3, 4, 12, 23)))
    count = draw(st.integers(1, 12))
    times = sorted(draw(moments(home, day_start)) for _ in range(count))
    zones = [other if moves_at is not None and n >= moves_at else home for n in range(count)]
    policy = Policy(desired_retention=draw(RETENTIONS), maximum_interval=draw(st.sampled_from((30, 365, 36500))))
    return [(draw(RATINGS), at, zone) for at, zone in zip(times, zones, strict=True)], day_start, policy


def plain_day(at: datetime, zone: str, day_start: int) -> date:
    """The study day by arithmetic on the local wall clock: another way to it than memory.study_day takes."""
    return (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(hours=day_start)).date()


def by_fsrs(events: list[Event], policy: Policy) -> tuple[fsrs.Card, date]:
    """The library itself, fed 12:00 UTC of each study day."""
    scheduler = fsrs.Scheduler(
        parameters=policy.parameters,
        desired_retention=policy.desired_retention,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=policy.maximum_interval,
        enable_fuzzing=False,
    )
    card = fsrs.Card(card_id=7)
    for event in events:
        noon = datetime.combine(event.study_day, time(12), tzinfo=UTC)
        card, _ = scheduler.review_card(card, fsrs.Rating(event.rating), review_datetime=noon)
    return card, card.due.date()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_replay_agrees_with_fsrs_fed_study_day_noons(history):
    rows, day_start, policy = history
    events: list[Event] = []
    for rating, at, zone in rows:
        day = study_day(at, zone=ZoneInfo(zone), day_starts_at_hour=day_start)
        assert day == plain_day(at, zone, day_start)
        if not events or day >= events[-1].study_day:  # a move to the west can repeat a date: no review then
            events.append(Event(rating, day))

    outcome = memory.replay(events, policy)

    card, due = by_fsrs(events, policy)
    assert outcome is not None
    assert outcome.memory.stability == pytest.approx(card.stability, abs=1e-6, rel=1e-9)
    assert outcome.memory.difficulty == pytest.approx(card.difficulty, abs=1e-6, rel=1e-9)
    assert outcome.due_on == due


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.randoms(use_true_random=False))
def test_a_log_in_any_order_replays_like_the_same_log_by_time(history, rng):
    rows, day_start, policy = history
    config = Config(policy, ZoneInfo("Australia/Lord_Howe"), day_start)
    at_once = {at: Row("a", rating, at) for rating, at, _ in rows}  # one row a moment: ties keep the input's order
    ordered = [at_once[at] for at in sorted(at_once)]
    shuffled = list(ordered)
    rng.shuffle(shuffled)

    events = [Event(row.rating, plain_day(row.at, "Australia/Lord_Howe", day_start)) for row in ordered]
    (found,) = results(shuffled, config)

    card, due = by_fsrs(events, policy)
    assert found.stability == pytest.approx(card.stability, abs=1e-6, rel=1e-9)
    assert (found.due, found.n) == (due.isoformat(), len(ordered))


@pytest.mark.parametrize("rating", [0, 5, -3, 2**40, True, 2.5, "3", None])
def test_a_rating_that_fsrs_would_swallow_is_refused(rating):
    with pytest.raises(BadReview):
        memory.review(None, rating, date(2026, 1, 1), Policy())


def test_a_review_before_the_last_one_is_refused():
    known = memory.review(None, 3, date(2026, 1, 2), Policy()).memory

    with pytest.raises(BadReview, match="cannot follow"):
        memory.review(known, 3, date(2026, 1, 1), Policy())


@pytest.mark.parametrize("retention", [0, 0.699, 0.9701, 1, 1.5, -0.9, math.nan, math.inf])
def test_a_retention_outside_the_range_is_refused(retention):
    with pytest.raises(BadReview, match="desired_retention"):
        Policy(desired_retention=retention)


@pytest.mark.parametrize("retention", [0.70, 0.9, 0.97])
def test_the_ends_of_the_retention_range_are_allowed(retention):
    assert memory.review(None, 4, date(2026, 1, 1), Policy(desired_retention=retention)).due_on > date(2026, 1, 1)


@pytest.mark.parametrize(("maximum", "parameters"), [(0, None), (36_501, None), (365, [1.0] * 20), (365, [1.0] * 22)])
def test_other_settings_outside_their_range_are_refused(maximum, parameters):
    with pytest.raises(BadReview):
        Policy(parameters=memory.as_parameters(parameters), maximum_interval=maximum)


def test_the_first_intervals_are_1_1_2_and_8_days():
    day = date(2026, 1, 1)

    first = memory.preview(None, day, Policy())

    assert [(first[rating].due_on - day).days for rating in (1, 2, 3, 4)] == [1, 1, 2, 8]


@pytest.mark.parametrize("interval", [*range(1, 40), 100, 364, 365])
def test_fuzz_stays_within_its_band_and_reaches_both_ends(interval):
    share = 0 if interval < 2.5 else 0.15 if interval < 7 else 0.10 if interval < 20 else 0.05

    drawn = {memory.fuzzed(interval, f"seed {n}") for n in range(400)}

    assert all(abs(days - interval) <= share * interval for days in drawn)
    assert all(1 <= days <= memory.MAXIMUM_INTERVAL_DAYS for days in drawn)
    low, high = memory.fuzz_range(interval)
    if high - low < 12:
        assert drawn == set(range(low, high + 1))


@given(interval=st.integers(1, 36_500), seed=st.text(), maximum=st.sampled_from((30, 365, 36_500)))
def test_fuzz_is_the_same_for_the_same_seed_and_never_passes_the_maximum(interval, seed, maximum):
    interval = min(interval, maximum)

    once, again = memory.fuzzed(interval, seed, maximum), memory.fuzzed(interval, seed, maximum)

    assert once == again <= maximum


@settings(deadline=None)
@given(
    stability=st.floats(0.001, 2000),
    difficulty=st.floats(1, 10),
    day=DAYS,
    gap=st.integers(0, 800),
    retention=RETENTIONS,
    seed=st.one_of(st.none(), st.text(max_size=20)),
)
def test_the_preview_is_what_each_review_then_does(stability, difficulty, day, gap, retention, seed):
    known, policy, today = Memory(stability, difficulty, day), Policy(desired_retention=retention), day + timedelta(gap)

    shown = memory.preview(known, today, policy, seed=seed)

    assert shown == {rating: memory.review(known, rating, today, policy, seed=seed) for rating in (1, 2, 3, 4)}
    assert known == Memory(stability, difficulty, day)
    assert all(today < outcome.due_on <= today + timedelta(days=365) for outcome in shown.values())
    assert shown[1].memory.stability <= shown[2].memory.stability <= shown[3].memory.stability
    assert shown[3].memory.stability <= shown[4].memory.stability


def test_fuzz_moves_the_due_date_only():
    known = Memory(60.0, 5.0, date(2026, 1, 1))

    exact = memory.review(known, 3, date(2026, 3, 1), Policy())
    moved = [memory.review(known, 3, date(2026, 3, 1), Policy(), seed=str(n)) for n in range(50)]

    assert {outcome.memory for outcome in moved} == {exact.memory}
    assert len({outcome.due_on for outcome in moved}) > 1


def test_recall_is_certain_on_the_day_and_at_the_wanted_retention_after_the_stability():
    known = Memory(10.0, 5.0, date(2026, 1, 1))

    assert memory.retrievability(known, date(2026, 1, 1), Policy()) == pytest.approx(1)
    assert memory.retrievability(known, date(2026, 1, 11), Policy()) == pytest.approx(0.9)


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)), hour=st.integers(0, 23), zone=st.sampled_from(ZONES)
)
def test_every_moment_lies_in_one_study_day_and_days_follow_time(at, hour, zone):
    moment = at.replace(tzinfo=UTC)

    day = study_day(moment, zone=ZoneInfo(zone), day_starts_at_hour=hour)
    later = study_day(moment + timedelta(hours=3), zone=ZoneInfo(zone), day_starts_at_hour=hour)

    assert day == plain_day(moment, zone, hour)
    assert later - day in (timedelta(0), timedelta(days=1))


def test_the_study_day_turns_at_the_day_start_of_the_persons_clock():
    berlin = ZoneInfo("Europe/Berlin")

    before = study_day(datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC), zone=berlin, day_starts_at_hour=4)
    after = study_day(datetime(2026, 3, 29, 2, 0, 0, tzinfo=UTC), zone=berlin, day_starts_at_hour=4)

    assert (before, after) == (date(2026, 3, 28), date(2026, 3, 29))  # 04:00 is two hours after UTC from that day on


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        study_day(datetime(2026, 1, 1), zone=ZoneInfo("UTC"), day_starts_at_hour=4)
