"""The simulated world: the same seed is the same world, the orders stand as they should, bad options are refused."""

from __future__ import annotations

import json
from contextlib import suppress
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from questions.practice.recall import Model
from questions.practice.simulation import (
    POLICIES,
    Person,
    World,
    compare,
    draw_person,
    equal_weights,
    live,
    live_on,
    unseen,
)

WORLD = World()


def told(*options: str) -> Any:
    out = StringIO()
    call_command("simulate_plan", *options, "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def mean(results) -> float:
    return float(np.mean([result.recall for result in results]))


def row_of(rows, policy: str):
    return next(row for row in rows[0]["policies"] if row["policy"] == policy)


def person_of(questions: int, days: int, **changes: Any) -> Person:
    """Every answer takes ten minutes of twenty a day and is recalled, with the default model."""
    usual: dict[str, Any] = {
        "model": Model(),
        "luck": np.ones(questions),
        "category": np.zeros(questions, dtype=np.int64),
        "weight": np.full(questions, 1 / questions),
        "minutes": np.full((days, questions), 10.0),
        "draws": np.full((days, questions, 2), 0.5),
        "budget": np.full(days, 20.0),
    }
    return Person(**{**usual, **changes})


def test_the_same_seed_gives_the_same_figures_and_another_seed_others():
    small = ("--users", "3", "--questions", "40", "--days", "7")

    assert told(*small) == told(*small)
    assert told(*small) != told(*small, "--seed", "2")


def test_every_policy_meets_the_same_people():
    both = compare(WORLD, {"a": POLICIES["greedy"], "b": POLICIES["greedy"]}, users=2, seed=5)

    assert both["a"] == both["b"]


@pytest.fixture(scope="module")
def weighted():
    return compare(WORLD, POLICIES, users=40, seed=1)


def test_the_plan_beats_covering_everything_first_where_some_is_likelier(weighted):
    assert mean(weighted["greedy"]) >= 0.724
    assert mean(weighted["greedy"]) > mean(weighted["new-first"]) + 0.015
    assert mean(weighted["due-first"]) < 0.4


def test_the_plan_answers_fewer_questions_and_says_so(weighted):
    assert 100 < np.mean([result.answered for result in weighted["greedy"]]) < 130
    assert np.mean([result.answered for result in weighted["new-first"]]) == pytest.approx(150, abs=1)


def test_with_equal_weights_nothing_is_lost_beside_weakest_first():
    results = compare(equal_weights(WORLD), POLICIES, users=30, seed=1)

    assert mean(results["greedy"]) >= mean(results["weakest-first"]) - 0.005


def test_with_a_quarter_of_the_days_missed_the_plan_holds_up():
    results = compare(World(missed=0.25), POLICIES, users=30, seed=1)

    assert mean(results["greedy"]) >= mean(results["new-first"]) + 0.09


def test_a_day_takes_its_minutes_and_what_overruns_it_comes_off_the_next():
    done: list[int] = []

    def counting(state, person, world, day):
        done.append(int(np.sum(~state.is_new)))
        return np.flatnonzero(state.is_new)

    person = person_of(20, 4, minutes=np.full((4, 20), 15.0))
    state = unseen(20)

    live_on(state, World(questions=20, days=4), person, counting)

    assert [*done, int(np.sum(~state.is_new))] == [0, 2, 3, 4, 6]  # 30 of 20 minutes, 15 of 10, 15 of 15, 30 of 20


def test_a_question_is_answered_once_a_day_and_not_on_the_day_of_the_interview():
    days: list[int] = []

    def watched(state, person, world, day):
        days.append(day)
        return POLICIES["greedy"](state, person, world, day)

    person = person_of(1, 5, budget=np.array([500.0, 500.0, 0.0, 500.0, 500.0]))

    found = live(World(questions=1, days=5), person, watched)

    assert days == [0, 1, 3, 4]
    assert found.answered == 1
    assert 0.9 < found.recall < 1  # the newest answer is a day old


def test_every_order_misses_the_same_days():
    world = World(missed=0.5)
    person = draw_person(world, np.random.default_rng(1))
    days: dict[str, list[int]] = {}
    for name, policy in POLICIES.items():

        def watched(state, person, world, day, policy=policy, name=name):
            days.setdefault(name, []).append(day)
            return policy(state, person, world, day)

        live(world, person, watched)

    assert len({tuple(found) for found in days.values()}) == 1
    assert 0 < len(days["greedy"]) < world.days


def test_the_truth_rates_and_the_plan_knows_only_the_defaults():
    weights = list(Model().w)
    weights[2] *= 10  # a first Good lasts ten times as long as the plan thinks
    person = person_of(2, 1, model=Model(tuple(weights)), luck=np.array([1.0, 2.0]))
    state = unseen(2)

    live_on(state, World(questions=2, days=1), person, POLICIES["greedy"])

    assert state.stability.tolist() == pytest.approx([Model().w[2]] * 2)
    assert state.true_stability.tolist() == pytest.approx([Model().w[2] * 10, Model().w[2] * 20])


def test_whether_a_later_review_passes_comes_from_the_true_recall():
    forgets = Model((*Model().w[:2], 0.02, *Model().w[3:]))
    draws = np.full((6, 1, 2), 0.5)
    draws[5, 0, 0] = 0.6  # passes by what the plan thinks is left, fails by what is
    person = person_of(1, 6, model=forgets, draws=draws, budget=np.array([20.0, 0, 0, 0, 0, 20.0]))
    state = unseen(1)

    live_on(state, World(questions=1, days=6), person, POLICIES["new-first"])

    assert float(forgets.recall(0.02, 5)) < 0.6 < float(Model().recall(Model().w[2], 5))
    assert state.stability[0] < Model().w[2]


def test_a_plan_can_know_its_persons_model_and_minutes():
    weights = list(Model().w)
    weights[2] *= 3
    own = Model(tuple(weights))
    person = person_of(2, 1, model=own, known=own, budget=np.array([5.0]), expected_minutes=np.array([9.0, 3.0]))
    state = unseen(2)

    live_on(state, World(questions=2, days=1), person, POLICIES["greedy"])

    assert state.is_new.tolist() == [True, False]  # the shorter one of the same gain
    assert state.stability[1] == state.true_stability[1] == pytest.approx(weights[2])


def test_where_no_question_of_a_weighted_category_was_drawn_all_count_alike():
    world = World(questions=2, days=2, weights=(1.0, *[0.0] * 60))

    person = draw_person(world, np.random.default_rng(1))

    assert person.weight.tolist() == [0.5, 0.5]


def test_with_nothing_studied_nothing_is_recalled():
    world = World(missed=0.9, days=1)
    person = draw_person(world, np.random.default_rng(3))
    person.budget[:] = 0

    assert live(world, person, POLICIES["greedy"]).recall == 0


def test_one_command_prints_the_scenarios_with_intervals_and_their_floors():
    out = StringIO()
    call_command("simulate_plan", "--all", "--users", "30", stdout=out)

    for words in ("The categories' weights", "Equal weights", "A quarter of the days missed", "±"):
        assert words in out.getvalue()
    assert out.getvalue().count("held") == 3


def test_the_floors_are_told_as_they_were_measured():
    out = StringIO()
    with suppress(CommandError):  # so few people may well miss a floor
        call_command("simulate_plan", "--all", "--json", "--users", "4", stdout=out)
    weighted, equal, missed, verdict = [json.loads(line) for line in out.getvalue().splitlines()]
    found = [floor["measured"] for floor in verdict["floors"]]

    assert found[0] == row_of([weighted], "greedy")["recall"]
    assert found[1] == pytest.approx(row_of([equal], "greedy")["recall"] - row_of([equal], "weakest-first")["recall"])
    assert found[2] == pytest.approx(row_of([missed], "greedy")["recall"] - row_of([missed], "new-first")["recall"])
    assert [floor["held"] for floor in verdict["floors"]] == [
        floor["measured"] >= floor["least"] for floor in verdict["floors"]
    ]
    assert all(floor["interval"] > 0 for floor in verdict["floors"][::2])


def test_the_aim_and_the_floor_are_those_of_the_greedy_order():
    small = ("--users", "3", "--days", "3")
    usual = told(*small)
    broad, floored = told(*small, "--aim", "broad"), told(*small, "--floor")

    assert row_of(broad, "greedy")["recall"] == row_of(usual, "broad")["recall"]
    assert row_of(floored, "greedy")["recall"] == row_of(usual, "greedy, floor")["recall"]
    assert len({row_of(rows, "greedy")["recall"] for rows in (usual, broad, floored)}) == 3
    assert row_of(broad, "new-first")["recall"] == row_of(usual, "new-first")["recall"]


def test_the_size_of_the_weights_does_not_matter():
    small = ("--users", "2", "--questions", "20", "--days", "3")

    assert told(*small, "--weights", ".5,.25") == told(*small, "--weights", "50,25")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--users", "1"),
        ("--missed", "1.5"),
        ("--days", "0"),
        ("--weights", "a,b"),
        ("--weights", "0,0"),
        ("--weights", "1,-1"),
        ("--weights", "nan,1"),
        ("--weights", "1e308,1e308"),
        ("--minutes", "nan"),
        ("--questions", "0"),
        ("--users", "x"),
        ("--aim", "silly"),
        ("--seed", "-1"),
    ],
)
def test_a_bad_option_is_named(option, value):
    with pytest.raises(CommandError, match=option):
        call_command("simulate_plan", option, value)


@pytest.mark.parametrize("options", [("--missed", ".5"), ("--aim", "broad"), ("--floor",)])
def test_the_three_scenarios_take_no_other_world(options):
    with pytest.raises(CommandError, match="--all"):
        call_command("simulate_plan", "--all", *options)


def test_a_missed_floor_ends_the_command_with_an_error():
    out = StringIO()

    with pytest.raises(CommandError, match="greedy, weighted") as missed:
        call_command("simulate_plan", "--all", "--users", "2", "--minutes", "1", stdout=out)

    assert missed.value.returncode == 1
    assert "MISSED" in out.getvalue()
