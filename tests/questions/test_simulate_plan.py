"""The simulated world: the same seed is the same world, the orders stand as they should, bad options are refused."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from questions.practice.simulation import POLICIES, World, compare, draw_person, equal_weights, live

WORLD = World()


def told(*options: str) -> Any:
    out = StringIO()
    call_command("simulate_plan", *options, "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def mean(results) -> float:
    return float(np.mean([result.recall for result in results]))


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


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--users", "1"),
        ("--missed", "1.5"),
        ("--days", "0"),
        ("--weights", "a,b"),
        ("--weights", "0,0"),
        ("--seed", "-1"),
    ],
)
def test_a_bad_option_is_named(option, value):
    with pytest.raises(CommandError, match=option):
        call_command("simulate_plan", option, value)


def test_a_missed_floor_ends_the_command_with_an_error():
    with pytest.raises(CommandError, match="weighted recall"):
        call_command("simulate_plan", "--all", "--users", "2", "--minutes", "1", stdout=StringIO())
