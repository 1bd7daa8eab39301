"""The order before an interview: by worth, with the floor and the two aims, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from questions.practice.planning import Pool, arranged, explain, order, value
from questions.practice.recall import Model

NAN = float("nan")
MODEL = Model()


def pool_of(*rows: tuple[float, float, int]) -> Pool:
    """Each row: stability (NaN: never rated), weight, category."""
    return Pool(
        stability=np.array([row[0] for row in rows], dtype=float),
        difficulty=np.full(len(rows), 5.0),
        elapsed=np.full(len(rows), 3.0),
        weight=np.array([row[1] for row in rows], dtype=float),
        minutes=np.full(len(rows), 4.0),
        category=np.array([row[2] for row in rows], dtype=np.int64),
    )


def test_worth_is_weight_times_gain_over_minutes():
    pool = pool_of((NAN, 0.5, 1), (2.0, 0.25, 2))
    gain, minutes = explain(pool, 1, 10, MODEL)

    assert value(pool, 10, MODEL)[1] == pytest.approx(0.25 * gain / minutes)
    assert minutes == 4
    assert 0 < gain < 1


def test_the_most_worth_comes_first_and_equals_keep_their_order():
    pool = pool_of((NAN, 0.1, 1), (NAN, 0.3, 1), (NAN, 0.1, 2), (NAN, 0.3, 2))

    assert order(pool, 10, MODEL).tolist() == [1, 3, 0, 2]


def test_a_shorter_question_of_the_same_gain_comes_first():
    pool = pool_of((NAN, 0.1, 1), (NAN, 0.1, 1))
    pool.minutes[1] = 2.0

    assert order(pool, 10, MODEL).tolist() == [1, 0]


def test_what_is_worth_nothing_comes_last():
    pool = pool_of((NAN, 0.0, 1), (NAN, 0.1, 2), (NAN, 0.2, 3))

    assert arranged(np.array([-0.1, 0.2, 0.0]), pool).tolist() == [1, 2, 0]


def test_the_floor_puts_the_best_of_each_category_that_is_not_begun_first():
    pool = pool_of((NAN, 0.9, 1), (NAN, 0.8, 1), (NAN, 0.1, 2), (NAN, 0.2, 3), (NAN, 0.0, 4))

    assert order(pool, 10, MODEL, has_floor=True).tolist() == [0, 3, 2, 1, 4]
    assert order(pool, 10, MODEL, has_floor=True, seen_categories=[1, 2]).tolist() == [3, 0, 1, 2, 4]


def test_the_broad_aim_takes_what_is_new_in_turns_before_anything_is_repeated():
    pool = pool_of((2.0, 9.0, 1), (NAN, 0.4, 1), (NAN, 0.4, 1), (NAN, 0.1, 2), (NAN, 0.0, 3))

    assert order(pool, 10, MODEL).tolist()[0] == 0
    assert order(pool, 10, MODEL, aim="broad").tolist() == [1, 3, 2, 0, 4]


def test_one_question_and_none_are_fine():
    assert order(pool_of((NAN, 0.1, 1)), 0, MODEL).tolist() == [0]
    assert order(pool_of(), 5, MODEL, aim="broad", has_floor=True).tolist() == []
