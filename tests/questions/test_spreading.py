"""On which day of its fuzz range a question returns: never outside it, where least waits, not in a break."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from statistics import pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Profile
from questions.models import Break, Card
from questions.practice import rebuilding, session
from questions.practice.limits import Span
from questions.practice.memory import fuzz_range
from questions.practice.spreading import Calendar, returning_on, window
from tests.cast import NOW, fresh, known, make_question, rated

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)


@given(
    interval=st.integers(1, 365),
    seed=st.text(max_size=5),
    load=st.dictionaries(st.integers(0, 400), st.integers(0, 20)),
    easy=st.sets(st.integers(0, 6)),
    breaks=st.lists(st.tuples(st.integers(0, 380), st.integers(0, 40)), max_size=3),
)
def test_no_day_leaves_its_fuzz_range_whatever_the_calendar(interval, seed, load, easy, breaks):
    calendar = Calendar(
        load={MONDAY + n * DAY: count for n, count in load.items()},
        easy_weekdays=easy,
        breaks=[Span(MONDAY + n * DAY, MONDAY + (n + length) * DAY) for n, length in breaks],
    )
    low, high = fuzz_range(interval)

    day = returning_on(MONDAY, interval, seed, calendar)

    assert low <= (day - MONDAY).days <= max(low, high)
    assert returning_on(MONDAY, interval, seed, calendar) == day


def test_the_day_with_least_waiting_is_taken():
    first, last = window(MONDAY, 30)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    quiet = days[1]
    calendar = Calendar(load={day: 5 for day in days if day != quiet})

    assert returning_on(MONDAY, 30, "x", calendar) == quiet


def test_an_easy_weekday_gets_about_half_of_what_the_others_get():
    calendar, load = Calendar(load={}, easy_weekdays=[2]), Counter[date]()
    for n in range(300):
        load[returning_on(MONDAY, 30, str(n), Calendar(load=load, easy_weekdays=[2]))] += 1
    easy = [count for day, count in load.items() if day.weekday() == 2]
    others = [count for day, count in load.items() if day.weekday() != 2]

    assert calendar.load == {}
    assert easy, "the range holds a Wednesday"
    assert max(easy) <= 0.6 * min(others)


def test_a_break_is_left_free_where_the_range_reaches_beyond_it():
    first, last = window(MONDAY, 40)
    away = Span(first, last - DAY)
    assert {returning_on(MONDAY, 40, str(n), Calendar(breaks=[away])) for n in range(30)} == {last}
    whole = Span(first, last)
    assert first <= returning_on(MONDAY, 40, "x", Calendar(breaks=[whole])) <= last


def rate_many(user, category, count: int) -> list[int]:
    """So many questions rated Good on one evening: how many return on each day."""
    for n in range(count):
        question = make_question(category, f"many-{user.pk}-{n}")
        known(user, question)
        rated(user, question, 3)
    return list(Counter(Card.objects.filter(user=user).values_list("due_on", flat=True)).values())


@pytest.mark.django_db
def test_evening_out_lowers_the_variance_of_the_days_and_can_be_switched_off(alice, bob, bank):
    Profile.objects.filter(user=bob).update(balances_load=False)
    even, plain = (rate_many(fresh(user), bank["chunking"].category, 60) for user in (alice, bob))

    assert len(even) > 1
    assert max(even) - min(even) <= 1
    assert pvariance(plain) > pvariance(even)


@pytest.mark.django_db
def test_the_date_on_the_button_is_the_date_that_is_stored(alice, bank):
    first, shown = NOW.date(), set[date]()
    for n in range(12):
        question = make_question(bank["chunking"].category, f"shown-{n}")
        card = known(alice, question)
        day = session.preview(user=alice, question=question, card=card, now=NOW)[3].due_on
        assert rated(alice, question, 3).due_on == day
        shown.add(day)
        if n == 5:
            first = min(shown)
            Break.objects.create(user=alice, starts_on=first, ends_on=first, created_at=NOW)
        assert n <= 5 or day != first
    assert len(shown) > 3


@pytest.mark.django_db
def test_a_card_is_rebuilt_with_the_day_that_its_newest_review_chose(alice, bank):
    for n in range(8):
        other = make_question(bank["chunking"].category, f"other-{n}")
        known(alice, other)
        rated(alice, other, 3)
    for days, rating in ((90, 4), (70, 3), (0, 3)):
        rated(alice, bank["chunking"], rating, now=NOW - days * DAY)
    card = Card.objects.values().get(question=bank["chunking"])

    rebuilding.rebuild_card(user_id=alice.pk, question_id=bank["chunking"].pk)

    assert Card.objects.values().get(question=bank["chunking"]) == card
