"""The forgetting model for many questions at once says what the scheduler's own library says of each."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.practice import memory
from questions.practice.recall import FIRST_RATINGS, PASS_RATINGS, Model

DAY = date(2026, 3, 2)
MODEL, POLICY = Model(), memory.Policy()
stabilities = st.floats(0.01, 500)
difficulties = st.floats(1, 10)


@given(stability=stabilities, days=st.integers(0, 700))
def test_recall_is_the_librarys(stability, days):
    known = memory.Memory(stability, 5.0, DAY)

    expected = memory.retrievability(known, DAY + timedelta(days=days), POLICY)

    assert float(MODEL.recall(stability, days)) == pytest.approx(expected, abs=1e-9)


@given(stability=stabilities, difficulty=difficulties, days=st.integers(1, 400), rating=st.integers(1, 4))
def test_a_review_leaves_what_the_library_leaves(stability, difficulty, days, rating):
    later = DAY + timedelta(days=days)
    expected = memory.review(memory.Memory(stability, difficulty, DAY), rating, later, POLICY).memory
    recall = MODEL.recall(stability, days)
    if rating == 1:
        found = MODEL.stability_after_fail(stability, difficulty, recall)
    else:
        found = MODEL.stability_after_pass(stability, difficulty, recall, rating)

    assert float(found) == pytest.approx(expected.stability, rel=1e-9)
    assert float(MODEL.next_difficulty(difficulty, rating)) == pytest.approx(expected.difficulty, rel=1e-9)


@pytest.mark.parametrize("rating", memory.RATINGS)
def test_a_first_rating_leaves_what_the_library_leaves(rating):
    expected = memory.review(None, rating, DAY, POLICY)

    assert MODEL.first_stability(rating) == pytest.approx(expected.memory.stability)
    assert MODEL.first_difficulty(rating) == pytest.approx(expected.memory.difficulty)
    assert int(MODEL.interval(expected.memory.stability, 0.9)) == (expected.due_on - DAY).days


@given(stability=stabilities, retention=st.floats(0.7, 0.97))
def test_an_interval_is_the_librarys(stability, retention):
    policy = memory.Policy(desired_retention=retention)
    seen = memory.review(memory.Memory(stability, 5.0, DAY), 3, DAY + timedelta(days=3), policy)

    found = MODEL.interval(seen.memory.stability, retention)

    assert int(found) == (seen.due_on - DAY - timedelta(days=3)).days


def test_an_unseen_question_is_not_recalled_and_a_first_answer_is_worth_the_usual_ratings():
    nan = float("nan")
    shares = zip((1, 2, 3, 4), FIRST_RATINGS, strict=True)
    expected = sum(share * float(MODEL.recall(MODEL.first_stability(rating), 10)) for rating, share in shares)

    assert float(MODEL.recall(nan, 5)) == 0
    assert float(MODEL.gain(np.array([nan]), np.array([nan]), np.array([0]), 10)[0]) == pytest.approx(expected)
    assert sum(FIRST_RATINGS) == pytest.approx(1)
    assert sum(PASS_RATINGS) == pytest.approx(1)


@given(stability=stabilities, difficulty=difficulties, elapsed=st.integers(1, 100), left=st.integers(1, 60))
def test_the_gain_is_the_formula(stability, difficulty, elapsed, left):
    now = float(MODEL.recall(stability, elapsed))
    passed = sum(
        share * float(MODEL.recall(MODEL.stability_after_pass(stability, difficulty, now, rating), left))
        for rating, share in zip((2, 3, 4), PASS_RATINGS, strict=True)
    )
    failed = float(MODEL.recall(MODEL.stability_after_fail(stability, difficulty, now), left))
    alone = float(MODEL.recall(stability, elapsed + left))

    gain = float(MODEL.gain(np.array([stability]), np.array([difficulty]), np.array([elapsed]), left)[0])

    assert gain == pytest.approx(now * passed + (1 - now) * failed - alone, abs=1e-12)
