"""The order of a day's work before an interview. PURE; site and simulator both use it.

Worth of a question today = how likely it is asked × what an answer adds to its expected recall on the date ÷ the
minutes that it takes. Highest first until the minutes are used: greedy for a knapsack of many small items. It decides
the order only; stability, difficulty and due dates are never touched.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from questions.practice.recall import Floats, Model

Order = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Questions that may be practised, one entry each in every array.

    `stability` (days) and `difficulty` are NaN where a question was never rated; `elapsed`: days since the last review,
    any number for a new one; `weight`: how likely it is asked, on any scale; `minutes` > 0; `category`: its id.
    """

    stability: Floats
    difficulty: Floats
    elapsed: Floats
    weight: Floats
    minutes: Floats
    category: Order

    def __len__(self) -> int:
        return len(self.stability)

    @property
    def is_new(self) -> NDArray[np.bool_]:
        return np.isnan(self.stability)


def value(pool: Pool, days_left: int, model: Model) -> Floats:
    """weight × gain ÷ minutes of each question; shape (n,)."""
    gain = model.gain(pool.stability, pool.difficulty, pool.elapsed, days_left)
    return pool.weight * gain / pool.minutes


def explain(pool: Pool, index: int, days_left: int, model: Model) -> tuple[float, float]:
    """What one answer adds to this question's recall on the date (0..1), and the minutes that it takes."""
    gain = model.gain(pool.stability, pool.difficulty, pool.elapsed, days_left)
    return float(gain[index]), float(pool.minutes[index])


def order(
    pool: Pool,
    days_left: int,
    model: Model,
    *,
    aim: str = "solid",
    has_floor: bool = False,
    seen_categories: Collection[int] = (),
) -> Order:
    """Indices into the pool, best first."""
    worth = value(pool, days_left, model)
    return arranged(worth, pool, aim=aim, has_floor=has_floor, seen_categories=seen_categories)


def arranged(
    worth: Floats, pool: Pool, *, aim: str = "solid", has_floor: bool = False, seen_categories: Collection[int] = ()
) -> Order:
    """Indices by worth, equals in the order of the pool; what is worth nothing comes last.

    aim "broad": everything new that may be asked before anything is repeated, the categories in turn.
    `has_floor`: the best question of each category that is not in `seen_categories` comes before all others.
    """
    ranked = np.argsort(-np.where(worth > 0, worth, np.minimum(worth, 0.0) - 1.0), kind="stable")
    if aim == "broad":
        ranked = _broad(ranked, worth, pool)
    return _with_floor(ranked, worth, pool, seen_categories) if has_floor else ranked


def _broad(ranked: Order, worth: Floats, pool: Pool) -> Order:
    """New questions first, one of each category in turn; within a turn by worth."""
    is_first = pool.is_new & (worth > 0)
    turn = np.zeros(len(pool), dtype=np.int64)
    taken: dict[int, int] = {}
    for index in ranked:
        if is_first[index]:
            category = int(pool.category[index])
            turn[index] = taken.get(category, 0)
            taken[category] = turn[index] + 1
    new = [index for index in ranked if is_first[index]]
    new.sort(key=lambda index: turn[index])
    rest = [index for index in ranked if not is_first[index]]
    return np.array([*new, *rest], dtype=np.int64)


def _with_floor(ranked: Order, worth: Floats, pool: Pool, seen: Collection[int]) -> Order:
    first: list[int] = []
    met = set(seen)
    for index in ranked:
        category = int(pool.category[index])
        if category not in met and worth[index] > 0:
            met.add(category)
            first.append(int(index))
    chosen = set(first)
    return np.array([*first, *(index for index in ranked if int(index) not in chosen)], dtype=np.int64)
