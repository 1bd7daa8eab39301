"""The fit agrees with the scheduler, never sees what it is tried on, and is accepted only where it forecasts better."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fit import practised
from questions.practice import fitting, memory
from questions.practice.fitting import DEFAULTS, Past

DAY = date(2026, 3, 2).toordinal()
# Somebody who forgets far faster than most, and whose decay is steep.
FORGETFUL = (0.05, 0.2, 0.4, 1.2, *DEFAULTS[4:8], 0.9, *DEFAULTS[9:20], 0.6)
BOUNDS = list(zip(fitting.LOWEST, fitting.HIGHEST, strict=True))
# Within the bounds, and around the defaults: at the edges stabilities leave what floats hold.
PARAMETERS = st.tuples(
    *(
        st.floats(max(low, value * 0.6), min(high, value * 1.5 + 0.001))
        for value, (low, high) in zip(DEFAULTS, BOUNDS, strict=True)
    )
)
STEPS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 90)), min_size=1, max_size=9)


def rows(card: int, steps: list[tuple[int, int]]) -> list[Past]:
    """(rating, days since the one before) as reviews."""
    days = np.cumsum([0, *(gap for _, gap in steps[1:])])
    return [Past(card, rating, DAY + int(day)) for (rating, _), day in zip(steps, days, strict=True)]


@pytest.fixture(scope="module")
def forgetful() -> list[Past]:
    return practised(FORGETFUL, 1_500, np.random.default_rng(2))


@pytest.fixture(scope="module")
def trial(forgetful) -> fitting.Trial:
    found = fitting.tried(forgetful, DEFAULTS)
    assert found is not None
    return found


# --- The model --------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(parameters=PARAMETERS, cards=st.lists(STEPS, min_size=1, max_size=5))
def test_many_cards_at_once_are_what_the_scheduler_makes_of_each_alone(parameters, cards):
    histories = fitting.histories_of([row for card, steps in enumerate(cards) for row in rows(card, steps)])
    policy = memory.Policy(parameters)

    traced = fitting.traced(histories, parameters)

    for column, card in enumerate(histories.cards):
        known: memory.Memory | None = None
        for step, row in enumerate(rows(card, cards[card])):
            day = date.fromordinal(row.day)
            if known is not None:
                expected = memory.retrievability(known, day, policy)
                assert traced.recall[step, column] == pytest.approx(expected, abs=1e-9)
            known = memory.review(known, row.rating, day, policy).memory
        assert known is not None
        assert traced.stability[column] == pytest.approx(known.stability, rel=1e-9)
        assert traced.difficulty[column] == pytest.approx(known.difficulty, rel=1e-9)


def test_first_reviews_and_second_ones_of_a_day_do_not_count():
    histories = fitting.histories_of(rows(7, [(3, 0), (3, 0), (1, 4)]))

    assert histories.counted[:, 0].tolist() == [False, False, True]
    recall = fitting.traced(histories, DEFAULTS).recall[2, 0]
    assert fitting.log_loss(histories, DEFAULTS) == pytest.approx(-np.log(1 - recall))


def test_reviews_come_in_any_order_and_no_review_is_no_card():
    steps = rows(1, [(3, 0), (1, 3), (4, 9)]) + rows(2, [(2, 0)])

    told = fitting.histories_of(reversed(steps))

    assert told.cards.tolist() == [1, 2]
    assert told.ratings.tolist() == [[3, 2], [1, 0], [4, 0]]
    assert fitting.histories_of([]).cards.tolist() == []
    assert fitting.traced(fitting.histories_of([]), DEFAULTS).stability.tolist() == []


def test_of_very_many_reviews_the_newest_cards_are_taken_with_their_whole_histories():
    old, new = rows(1, [(3, 0), (3, 2), (3, 5)]), [row._replace(day=row.day + 50) for row in rows(2, [(3, 0), (3, 3)])]

    assert fitting.histories_of(old + new, most=4).cards.tolist() == [2]
    assert fitting.histories_of(old + new, most=5).cards.tolist() == [1, 2]


# --- What is held out -------------------------------------------------------------------------


def test_the_last_days_are_held_out_and_no_day_is_cut(forgetful):
    histories = fitting.histories_of(forgetful)
    later, early = fitting.later(histories), histories.counted & ~fitting.later(histories)

    assert histories.days[later].min() > histories.days[early].max()
    assert 0.15 < later.sum() / histories.counted.sum() <= 0.2


def test_the_fit_does_not_see_what_it_is_tried_on(forgetful, trial):
    histories = fitting.histories_of(forgetful)
    last_early = histories.days[histories.counted & ~fitting.later(histories)].max()
    others = [row if row.day <= last_early else row._replace(rating=5 - row.rating) for row in forgetful]

    again = fitting.tried(others, DEFAULTS)

    assert again is not None
    assert again.parameters == trial.parameters
    assert again.loss_after != trial.loss_after


# --- The fit ----------------------------------------------------------------------------------


def test_somebody_who_forgets_faster_is_forecast_better(forgetful, trial):
    assert trial.is_better
    assert trial.loss_after < trial.loss_before * 0.97
    assert trial.confidence >= 0.99
    assert trial.parameters[2] < DEFAULTS[2]  # the first stability after Good
    recalled = np.average([g.recalled for g in trial.groups], weights=[g.reviews for g in trial.groups])
    predicted = np.average([g.predicted for g in trial.groups], weights=[g.reviews for g in trial.groups])
    before = np.average([g.predicted_before for g in trial.groups], weights=[g.reviews for g in trial.groups])
    assert abs(predicted - recalled) < abs(before - recalled)
    assert sum(g.reviews for g in trial.groups) == trial.held_out


def test_the_fit_is_the_same_each_time_and_one_that_the_scheduler_takes(forgetful, trial):
    backwards = sorted(forgetful, key=lambda row: -row.card)

    assert fitting.tried(backwards, DEFAULTS) == trial
    assert len(trial.parameters) == 21
    memory.Policy(trial.parameters).scheduler()  # checks the bounds


@pytest.mark.parametrize("seed", range(3))
def test_whoever_forgets_as_most_do_keeps_the_defaults(seed):
    trial = fitting.tried(practised(DEFAULTS, 1_200, np.random.default_rng(seed)), DEFAULTS)

    assert trial is not None
    assert not trial.is_better


def test_the_fit_that_is_in_use_already_is_not_better_than_itself(forgetful, trial):
    again = fitting.tried(forgetful, trial.parameters)

    assert again is not None
    assert again.loss_before == again.loss_after
    assert not again.is_better


@pytest.mark.parametrize(
    ("loss_after", "confidence", "is_better"),
    [(0.3996, 1.0, True), (0.39961, 1.0, False), (0.35, 0.89, False), (0.35, 0.9, True), (0.45, 1.0, False)],
)
def test_a_fit_is_accepted_for_a_clear_and_certain_gain(loss_after, confidence, is_better):
    trial = fitting.Trial(DEFAULTS, 0.4, loss_after - 1e-9, 100, confidence, ())

    assert trial.is_better is is_better


def test_confidence_draws_whole_cards():
    assert fitting.confidence(np.array([1.0, 2.0, 0.5])) == 1.0
    assert fitting.confidence(np.array([-1.0, -2.0])) == 0.0
    assert 0.3 < fitting.confidence(np.array([1.0, -1.0] * 20)) < 0.6


def test_too_few_returns_are_no_fit():
    begun = [Past(card, 3, DAY + card // 5) for card in range(2_000)]

    assert fitting.tried(begun, DEFAULTS) is None
    assert fitting.tried([], DEFAULTS) is None


def test_a_history_of_one_day_alone_is_no_fit():
    twice = [Past(card, 3, DAY) for card in range(200)] * 2 + [Past(card, 3, DAY + 3) for card in range(200)]

    assert fitting.tried(twice, DEFAULTS) is None


def test_the_web_processes_do_without_scipy():
    code = "import django, sys; django.setup(); import prep.urls; sys.exit('scipy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], env=_environment()).returncode == 0


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "prep.settings_test"}
