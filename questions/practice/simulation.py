"""A world in which orders of practice can be compared: the days before an interview, with people who forget. PURE.

What the policy knows and what is true differ: it plans with FSRS-6's default parameters, while each simulated person
has parameters of their own and each question a stability of its own. Recall on the day is the true one.

The world: unseen questions in categories assigned uniformly at random, each weighted like its category; answers take
a mean of `minutes_each` × lognormal(σ .3, mean 1); a first rating is Again, Hard, Good, Easy with FIRST_RATINGS,
a later one passes with the true recall and then is Hard, Good, Easy with PASS_RATINGS; one answer a question and day;
minutes overrun are taken from the next day; nothing is studied on the day itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from fsrs.scheduler import DEFAULT_PARAMETERS
from numpy.random import Generator
from numpy.typing import NDArray

from questions.practice.planning import Order, Pool, order
from questions.practice.recall import FIRST_RATINGS, PASS_RATINGS, Floats, Model

WEIGHTS = (0.35, 0.25, 0.18, 0.12, 0.07, 0.03)
DESIRED_RETENTION = 0.9
SECONDS_SPREAD = 0.3
QUESTION_SPREAD = 0.3
FIRST_SPREAD = 0.5
OTHER_SPREAD = (0.12, 0.3)
DECAY = (0.1, 0.5)


@dataclass(frozen=True)
class World:
    """`missed`: the share of study days that fall out."""

    questions: int = 150
    minutes: float = 30.0
    days: int = 21
    weights: tuple[float, ...] = WEIGHTS
    minutes_each: float = 4.0
    missed: float = 0.0


@dataclass
class State:
    """What is known of each question, by the policy and in truth. Arrays of shape (questions,); NaN: never rated."""

    stability: Floats
    difficulty: Floats
    true_stability: Floats
    true_difficulty: Floats
    last_day: Floats
    due: Floats

    @property
    def is_new(self) -> NDArray[np.bool_]:
        return np.isnan(self.stability)


@dataclass(frozen=True)
class Person:
    """One draw of the world: the true model, each question's category, luck and minutes by day."""

    model: Model
    luck: Floats  # (questions,): factor of the true stability
    category: NDArray[np.int64]
    weight: Floats
    minutes: Floats  # (days, questions)
    draws: Floats  # (days, questions, 2): whether it passes, and which rating
    budget: Floats  # (days,): minutes of study


@dataclass(frozen=True)
class Result:
    """`recall`: weighted, on the day; `answered`: questions answered at least once."""

    recall: float
    answered: int


Policy = Callable[[State, Person, World, int], Order]


def draw_person(world: World, rng: Generator) -> Person:
    """True parameters around the defaults, and all of the luck, so that every policy meets the same."""
    w = np.array(DEFAULT_PARAMETERS, dtype=float)
    spread = rng.uniform(*OTHER_SPREAD)
    w[:4] *= rng.lognormal(0, FIRST_SPREAD, 4)
    w[4:20] *= rng.lognormal(0, spread, 16)
    w[20] = rng.uniform(*DECAY)
    n = world.questions
    category = rng.integers(0, len(world.weights), n)
    weight = np.array(world.weights)[category]
    spread_mean = np.exp(SECONDS_SPREAD**2 / 2)
    return Person(
        model=Model(tuple(float(value) for value in w)),
        luck=rng.lognormal(0, QUESTION_SPREAD, n),
        category=category,
        weight=weight / weight.sum(),
        minutes=world.minutes_each * rng.lognormal(0, SECONDS_SPREAD, (world.days, n)) / spread_mean,
        draws=rng.random((world.days, n, 2)),
        budget=np.where(rng.random(world.days) >= world.missed, float(world.minutes), 0.0),
    )


def unseen(count: int) -> State:
    """Nothing was ever rated."""
    nan = np.full(count, np.nan)
    return State(nan.copy(), nan.copy(), nan.copy(), nan.copy(), np.zeros(count), np.full(count, np.inf))


def live(world: World, person: Person, policy: Policy) -> Result:
    """The days up to the interview under one policy, from nothing."""
    state = unseen(world.questions)
    live_on(state, world, person, policy)
    recalled = person.model.recall(state.true_stability, world.days - state.last_day)
    return Result(float(np.sum(person.weight * recalled)), int(np.sum(~state.is_new)))


def live_on(state: State, world: World, person: Person, policy: Policy) -> None:
    """Moves the state through the days; the last answer of a day may overrun it, at the next day's cost."""
    overrun = 0.0
    for day in range(world.days):
        if not person.budget[day]:
            continue
        left = person.budget[day] - overrun
        done: list[int] = []
        for index in policy(state, person, world, day):
            if left <= 0:
                break
            left -= person.minutes[day, index]
            done.append(int(index))
        overrun = max(-left, 0.0)
        _answer(state, person, np.array(done, dtype=np.int64), day)


def _answer(state: State, person: Person, done: Order, day: int) -> None:
    """Rates the questions of a day: the ratings come from the truth, both memories learn from them."""
    if not len(done):
        return
    known, truth = Model(), person.model
    is_new = state.is_new[done]
    elapsed = day - state.last_day[done]
    recalled = truth.recall(np.where(is_new, 1.0, state.true_stability[done]), elapsed)
    rating = _ratings(is_new, recalled, person.draws[day, done])
    guessed = known.recall(np.where(is_new, 1.0, state.stability[done]), elapsed)
    state.stability[done], state.difficulty[done] = _after(
        known, state.stability[done], state.difficulty[done], guessed, rating, np.ones(len(done))
    )
    state.true_stability[done], state.true_difficulty[done] = _after(
        truth, state.true_stability[done], state.true_difficulty[done], recalled, rating, person.luck[done]
    )
    state.last_day[done] = day
    state.due[done] = day + known.interval(state.stability[done], DESIRED_RETENTION)


def _ratings(is_new: NDArray[np.bool_], recalled: Floats, draws: Floats) -> NDArray[np.int64]:
    first = 1 + np.searchsorted(np.cumsum(FIRST_RATINGS), draws[:, 1])
    passed = 2 + np.searchsorted(np.cumsum(PASS_RATINGS), draws[:, 1])
    later = np.where(draws[:, 0] < recalled, np.minimum(passed, 4), 1)
    return np.where(is_new, np.minimum(first, 4), later)


def _after(
    model: Model, stability: Floats, difficulty: Floats, recall: Floats, rating: NDArray[np.int64], luck: Floats
) -> tuple[Floats, Floats]:
    """Stability and difficulty after the ratings; `luck` lengthens or shortens what a first answer leaves."""
    is_new = np.isnan(stability)
    s, d = np.where(is_new, 1.0, stability), np.where(is_new, 5.0, difficulty)
    next_s, next_d = np.empty(len(s)), np.empty(len(s))
    for value in (1, 2, 3, 4):
        at = rating == value
        if not at.any():
            continue
        failed = model.stability_after_fail(s[at], d[at], recall[at])
        later = failed if value == 1 else model.stability_after_pass(s[at], d[at], recall[at], value)
        next_s[at] = np.where(is_new[at], model.first_stability(value) * luck[at], later)
        next_d[at] = np.where(is_new[at], model.first_difficulty(value), model.next_difficulty(d[at], value))
    return next_s, next_d


# --- Policies ---------------------------------------------------------------------------------


def greedy(aim: str = "solid", *, has_floor: bool = False) -> Policy:
    """The site's own order."""

    def policy(state: State, person: Person, world: World, day: int) -> Order:
        pool = Pool(
            stability=state.stability,
            difficulty=state.difficulty,
            elapsed=day - state.last_day,
            weight=person.weight,
            minutes=np.full(world.questions, world.minutes_each),
            category=person.category,
        )
        seen = set(np.unique(person.category[~state.is_new]).tolist())
        return order(pool, world.days - day, Model(), aim=aim, has_floor=has_floor, seen_categories=seen)

    return policy


def due_first(state: State, person: Person, world: World, day: int) -> Order:
    """What is due, the longest first, then new questions in the bank's order."""
    due = np.flatnonzero(state.due <= day)
    due = due[np.argsort(state.due[due], kind="stable")]
    return np.concatenate([due, np.flatnonzero(state.is_new)])


def new_first(state: State, person: Person, world: World, day: int) -> Order:
    """Everything once, in the bank's order; then what is due."""
    due = np.flatnonzero(~state.is_new)
    return np.concatenate([np.flatnonzero(state.is_new), due[np.argsort(state.due[due], kind="stable")]])


def weakest_first(state: State, person: Person, world: World, day: int) -> Order:
    """The lowest expected recall first; an unseen question has none."""
    recall = Model().recall(state.stability, day - state.last_day)
    return np.argsort(recall, kind="stable")


POLICIES: dict[str, Policy] = {
    "due-first": due_first,
    "new-first": new_first,
    "weakest-first": weakest_first,
    "greedy": greedy(),
}


def compare(world: World, policies: dict[str, Policy], users: int, seed: int) -> dict[str, list[Result]]:
    """Each policy lives each drawn person's days; the same seed gives the same people."""
    results: dict[str, list[Result]] = {name: [] for name in policies}
    for child in np.random.SeedSequence(seed).spawn(users):
        person = draw_person(world, np.random.default_rng(child))
        for name, policy in policies.items():
            results[name].append(live(world, person, policy))
    return results


def equal_weights(world: World) -> World:
    return replace(world, weights=(1 / len(world.weights),) * len(world.weights))


def mean_and_interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean and the half width of its 95 % confidence interval (normal)."""
    array = np.array(values, dtype=float)
    half = 1.96 * array.std(ddof=1) / np.sqrt(len(array)) if len(array) > 1 else 0.0
    return float(array.mean()), float(half)
