"""New days after a rescheduling, and what a card is made of: pure."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from questions.practice import histories, memory, redating
from questions.practice.limits import Span
from questions.practice.redating import Dated
from questions.practice.spreading import Calendar, window
from tests.questions.fitted import SHORT

DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)

DATES = st.dates(date(2026, 1, 1), date(2026, 6, 1))


@settings(max_examples=100, deadline=None)
@given(
    gaps=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 40)), min_size=1, max_size=8),
    covered=st.lists(st.integers(0, 9), max_size=3),
    due_on=DATES,
)
def test_reviews_before_a_rescheduling_take_its_parameters_and_those_after_go_on_from_it(gaps, covered, due_on):
    day, reviews = TODAY, []
    for number, (rating, gap) in enumerate(gaps, start=1):
        day += gap * DAY
        reviews.append(histories.Rated(number, rating, day, day + gap * DAY, memory.Policy()))
    redone = [
        histories.Redone(last, day, memory.Policy(SHORT), min(last, len(reviews)), due_on) for last in sorted(covered)
    ]

    made = histories.rebuilt(reviews, redone)

    newest = max((last for last in covered if last), default=0)
    known = histories.replayed(reviews[:newest], memory.Policy(SHORT)) if newest else None
    expected = known.memory if known else None
    for review in reviews[newest:]:
        expected = memory.review(expected, review.rating, review.study_day, review.policy).memory
    assert made is not None
    assert made.memory == expected
    assert made.due_on == (due_on if newest >= len(reviews) else reviews[-1].due_on)
    assert made.reps == len(reviews)


# --- The days ---------------------------------------------------------------------------------


def dated(number: int, *, last: int, due: int, interval: int, recall: float = 0.8) -> Dated:
    """A card by days from today."""
    return Dated(number, TODAY + last * DAY, TODAY + due * DAY, interval, recall, f"seed {number}")


def test_a_day_inside_the_new_range_stays():
    card = dated(1, last=-10, due=11, interval=20)
    first, last = window(card.last_day, card.interval)
    assert first <= card.due_on <= last

    assert redating.redated([card], TODAY, Calendar(load={})) == {1: card.due_on}


def test_another_day_lies_in_the_fuzz_range_and_is_the_same_each_time():
    cards = [dated(n, last=-5, due=80, interval=30) for n in range(40)]

    days = redating.redated(cards, TODAY, Calendar(load={}))

    first, last = window(cards[0].last_day, 30)
    assert set(days.values()) == {first + n * DAY for n in range((last - first).days + 1)}
    assert redating.redated(list(reversed(cards)), TODAY, Calendar(load={})) == days
    assert redating.redated(cards, TODAY, Calendar()) != days


def test_nothing_becomes_overdue_and_what_waits_keeps_its_day():
    waiting, early = dated(1, last=-30, due=-3, interval=5), dated(2, last=-30, due=40, interval=5)

    days = redating.redated([waiting, early], TODAY, Calendar(load={}))

    assert days == {1: waiting.due_on, 2: TODAY}


def test_what_is_called_overdue_joins_the_coming_days_the_least_remembered_first():
    cards = [dated(n, last=-30, due=50, interval=5, recall=0.9 - n / 100) for n in range(25)]
    soon = dated(99, last=-30, due=1, interval=5, recall=0.95)

    days = redating.redated([*cards, soon], TODAY, Calendar(load={}))

    assert [days[n] for n in (24, 15, 14, 5, 4, 0)] == [TODAY + n * DAY for n in (0, 0, 1, 1, 2, 2)]
    assert days[99] == TODAY + DAY


def test_a_planned_break_gets_nothing_where_it_can_be_helped():
    cards = [dated(n, last=-5, due=80, interval=30) for n in range(40)]
    first, last = window(cards[0].last_day, 30)

    days = redating.redated(cards, TODAY, Calendar(load={}, breaks=(Span(first, last - DAY),)))

    assert set(days.values()) == {last}


def test_the_outlook_counts_what_moves_and_what_waits():
    cards = [
        dated(1, last=-9, due=-2, interval=9),
        dated(2, last=-9, due=0, interval=9),
        dated(3, last=0, due=20, interval=9),
        dated(4, last=-1, due=3, interval=9),
    ]
    days = {1: TODAY - 2 * DAY, 2: TODAY + 10 * DAY, 3: TODAY + 5 * DAY, 4: TODAY}

    assert redating.outlook(cards, days, TODAY) == redating.Outlook(
        cards=4,
        sooner=2,
        later=1,
        days_sooner=9,
        days_later=10,
        due_before=2,
        due_after=2,
        week_before=3,
        week_after=3,
    )
