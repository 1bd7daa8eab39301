"""The simulator of settings: what it must keep to, and that two settings differ by themselves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from accounts.models import Profile
from questions.models import Break, DayLimits, Interview, Pause, Question
from questions.practice import pausing
from questions.practice.consequences import load, rows_of, settings_of
from questions.practice.limits import Own, Span
from questions.practice.queue import standing
from questions.practice.recall import Model
from questions.practice.stamps import restamp
from questions.practice.workload import (
    Aim,
    Begun,
    Deck,
    Life,
    Outlook,
    Settings,
    by_weeks,
    forecast,
    luck_of,
    work_of_today,
)
from tests.cast import NOW, answered, fresh, known, make_question, rated

TODAY = date(2026, 3, 2)  # a Monday
DAY = timedelta(days=1)
MODEL = Model()
PLENTY = Settings(Own(240, 0, None))


def deck_of(learned: int, fresh: int = 0, *, minutes: float = 5.0, due_in: int | None = None, seed: int = 3) -> Deck:
    """Learned questions whose recall falls to 90 % at some day of the next weeks, then new ones."""
    rng = np.random.default_rng(seed)
    n = learned + fresh
    stability = np.full(n, np.nan)
    stability[:learned] = rng.uniform(3, 30, learned)
    last = np.zeros(n)
    last[:learned] = -np.floor(rng.uniform(0, 1, learned) * stability[:learned]) - 1
    due = np.zeros(n)
    due[:learned] = last[:learned] + np.round(stability[:learned]) if due_in is None else due_in
    return Deck(
        stability=stability,
        difficulty=np.where(np.isnan(stability), np.nan, 5.0),
        last=last,
        due=due,
        minutes=np.full(n, minutes),
        weight=np.full(n, 1 / n),
        category=np.arange(n) % 4,
        is_resting=np.zeros(n, dtype=bool),
    )


def look(deck: Deck, settings: Settings = PLENTY, **outlook):
    return forecast(deck, settings, Outlook(TODAY, **outlook), MODEL)


def test_the_same_question_gets_the_same_answer_twice():
    assert look(deck_of(60, 30)) == look(deck_of(60, 30))


def test_two_settings_meet_the_same_luck():
    deck = deck_of(60, 30, due_in=-1)
    lives = [
        Life(deck, Settings(Own(240, 100, None), *values), Outlook(TODAY), MODEL, luck_of(deck, 0))
        for values in ((0.8, ()), (0.95, (0, 1)))
    ]
    for life in lives:
        life.answer(np.arange(90), 0)

    assert np.array_equal(lives[0].stability, lives[1].stability)
    assert not np.array_equal(lives[0].due, lives[1].due)
    assert not np.array_equal(luck_of(deck, 0), luck_of(deck, 1))


def test_a_higher_retention_costs_more_work_and_leaves_more_known():
    deck = deck_of(150)
    seen = [look(deck, replace(PLENTY, desired_retention=value)) for value in (0.75, 0.85, 0.9, 0.95)]

    minutes = [one.minutes_a_day for one in seen]
    assert minutes == sorted(minutes)
    assert [one.known for one in seen] == sorted(one.known for one in seen)
    assert minutes[3] - minutes[2] > minutes[1] - minutes[0]  # the climb is steepest above 90 %


def test_where_the_minutes_bind_the_work_that_does_not_fit_is_counted_instead():
    deck = deck_of(150)
    tight = Settings(Own(20, 0, None))
    low, high = (look(deck, replace(tight, desired_retention=value)) for value in (0.8, 0.95))

    assert high.waiting > low.waiting + 10
    assert high.needed > low.needed > 20
    assert max(high.minutes) <= 22.5  # a question that fits by half is begun


def test_minutes_bind_each_day_and_reviews_and_new_ones_have_limits_of_their_own():
    deck = deck_of(80, 200)

    # A day's first new question always fits.
    assert max(look(deck, Settings(Own(30, 100, None))).minutes) <= 30 + 5
    few = look(deck, Settings(Own(240, 2, 3)))
    assert few.new == pytest.approx(2 * 30)
    assert max(few.minutes) <= (2 + 3) * 5
    assert look(deck, Settings(Own(240, 0, None))).new == 0


def test_an_easy_weekday_holds_half_and_seven_are_none():
    deck = deck_of(0, 900)
    usual = look(deck, Settings(Own(60, 100, None)))
    easy = look(deck, Settings(Own(60, 100, None), easy_weekdays=(1,)))

    tuesdays = [n for n in range(30) if (TODAY + (n + 1) * DAY).weekday() == 1]
    others = sorted(set(range(30)) - set(tuesdays))
    assert all(easy.minutes[n] <= 30 + 5 for n in tuesdays)
    assert all(easy.minutes[n] >= 57.5 for n in others)
    assert look(deck, Settings(Own(60, 100, None), easy_weekdays=tuple(range(7)))) == usual


def test_nothing_is_practised_in_a_break():
    seen = look(deck_of(80, 100), Settings(Own(60, 5, None)), breaks=(Span(TODAY + 5 * DAY, TODAY + 9 * DAY),))

    assert seen.minutes[4:9] == (0.0,) * 5
    assert seen.minutes[3] > 0
    assert seen.minutes[9] > 0


def test_evening_out_makes_the_busiest_day_less_busy():
    deck = deck_of(400)
    even, uneven = (look(deck, replace(PLENTY, balances_load=value)) for value in (True, False))

    assert even.busiest <= uneven.busiest
    assert np.std(even.minutes[14:]) < np.std(uneven.minutes[14:])


def test_what_rests_is_never_asked_and_still_remembered():
    deck = deck_of(20, due_in=-1)
    resting = replace(deck, is_resting=np.ones(20, dtype=bool))
    seen = look(resting)

    assert (seen.answers, seen.waiting, sum(seen.minutes)) == (0, 0, 0)
    assert seen.known == pytest.approx(MODEL.recall(deck.stability, 30 - deck.last).sum())


def test_two_buttons_leave_out_hard_and_easy():
    deck = deck_of(150, 50)

    assert look(deck, replace(PLENTY, has_two_buttons=True)) != look(deck, PLENTY)


def test_before_an_interview_the_order_brings_more_of_what_it_asks():
    deck = deck_of(0, 400)
    likely = np.where(deck.category == 2, 1.0, 0.0)
    settings = Settings(Own(30, 20, None))
    aim = Aim(21, likely)
    plain, planned = (look(deck, settings, known_in=21, aims=aims) for aims in ((), (aim,)))

    def asked(aims):
        return {int(deck.category[i]) for i in work_of_today(deck, settings, Outlook(TODAY, aims=aims), MODEL)}

    assert asked((aim,)) == {2}
    assert asked(()) == {0, 1, 2, 3}
    assert planned.known > plain.known  # on that day; afterwards more is due


def test_what_was_done_today_is_not_done_again():
    deck = deck_of(20, 20, due_in=-1)
    settings = Settings(Own(30, 2, None))

    assert len(work_of_today(deck, settings, Outlook(TODAY), MODEL)) == 6
    begun = Begun(minutes=20, new=1, reviews=3)
    assert len(work_of_today(deck, settings, Outlook(TODAY, begun=begun), MODEL)) == 2


def test_of_very_many_questions_only_those_that_come_first_are_lived_through(monkeypatch):
    deck = deck_of(300, due_in=0)
    settings = Settings(Own(25, 0, None))
    every = look(deck, settings)
    monkeypatch.setattr("questions.practice.workload.MOST_CARDS", 200)
    some = look(deck, settings)

    assert some.minutes_a_day == pytest.approx(every.minutes_a_day, rel=0.02)
    assert some.known == pytest.approx(every.known, rel=0.01)
    assert some.waiting == pytest.approx(every.waiting, rel=0.05)


def test_weeks_are_means_of_seven_days_and_the_last_may_be_short():
    assert by_weeks([7.0] * 7 + [1.0] * 7 + [4.0, 6.0]) == [7.0, 1.0, 5.0]


# --- Beside the site itself -------------------------------------------------------------------


def settle(user, **values):
    Profile.objects.filter(user=user).update(**values)
    return fresh(user)


def simulated(user) -> list[int]:
    """The questions that the simulator takes up today."""
    deck, outlook = load(user, NOW.date())
    rows = rows_of(user)
    return sorted(rows[i].question_id for i in work_of_today(deck, settings_of(user.profile), outlook, MODEL))


def offered(user) -> list[int]:
    return sorted(line.question_id for line in standing(user, NOW.date()).lines)


@pytest.fixture
def many(alice, bank):
    """Sixteen learned questions, ten of them due (what is weakest the shortest), beside six new ones."""
    for n in range(16):
        extra = make_question(bank["chunking"].category, f"more-{n}", position=20 + n)
        Question.objects.filter(pk=extra.pk).update(minutes=4 + n % 3 * 4)
        due_on = TODAY + timedelta(days=6 - n)
        known(alice, extra, stability=4 + 3 * n, last=TODAY - timedelta(days=12), due_on=due_on)
    return bank


@pytest.mark.parametrize(
    "values",
    [
        {"minutes_a_day": 240, "new_a_day": 0},
        {"minutes_a_day": 240, "new_a_day": 100},
        {"minutes_a_day": 20, "new_a_day": 0},
        {"minutes_a_day": 23, "new_a_day": 0},
        {"minutes_a_day": 29, "new_a_day": 3},
        {"minutes_a_day": 240, "new_a_day": 0, "reviews_a_day": 4},
        {"minutes_a_day": 240, "new_a_day": 0, "easy_weekdays": [0], "reviews_a_day": 9},
    ],
)
def test_the_first_day_is_the_one_that_the_site_offers(alice, many, values):
    user = settle(alice, **values)

    assert simulated(user) == offered(user) != []


def test_the_first_day_of_a_plan_is_the_one_that_the_site_offers(alice, many):
    Interview.objects.create(
        user=alice, on=TODAY + 20 * DAY, weights={"rag": 0.7, "agents": 0.2, "behavioural": 0.1}, created_at=NOW
    )
    restamp(alice)
    user = settle(alice, minutes_a_day=60, new_a_day=3)
    assert simulated(user) == offered(user) != []

    for question_id in offered(user)[:4]:
        rated(user, Question.objects.get(pk=question_id), 1)
    assert simulated(user) == offered(user) != []
    user = settle(alice, minutes_a_day=240)
    assert simulated(user) == offered(user) != []


def test_the_first_day_follows_what_was_done_what_rests_and_what_is_set_for_today(alice, many):
    user = settle(alice, minutes_a_day=60, new_a_day=0)
    first = standing(user, TODAY).lines[0]
    question = Question.objects.get(pk=first.question_id)
    rated(user, question, 3, answer=answered(user, question, seconds=600))
    pausing.pause(user=user, question=Question.objects.get(pk=offered(user)[0]), kind=Pause.Kind.SUSPENDED, now=NOW)
    assert simulated(fresh(user)) == offered(fresh(user)) != []
    DayLimits.objects.create(user=user, study_day=TODAY, minutes=30)
    restamp(user)

    assert simulated(fresh(user)) == offered(fresh(user)) != []


def test_breaks_and_the_day_of_the_interview_are_read_from_the_rows(alice, bank):
    Break.objects.create(user=alice, starts_on=TODAY + DAY, ends_on=TODAY + 3 * DAY, created_at=NOW)
    user = settle(alice, interview_on=TODAY + 12 * DAY)

    deck, outlook = load(user, TODAY)

    assert len(deck) == 6
    assert outlook.breaks == (Span(TODAY + DAY, TODAY + 3 * DAY),)
    assert (outlook.known_in, outlook.aims[0].day) == (12, 12)
    assert load(settle(alice, interview_on=TODAY), TODAY)[1].known_in == 30
    assert load(settle(alice, interview_on=TODAY + 300 * DAY), TODAY)[1].known_in == 90


def test_reading_the_rows_takes_the_same_queries_for_many(alice, bank, django_assert_max_num_queries):
    for n in range(40):
        known(alice, make_question(bank["chunking"].category, f"more-{n}", position=20 + n))
    user = fresh(alice)
    with django_assert_max_num_queries(3):
        load(user, TODAY)
