"""FSRS-6 for many questions at once: recall on a day, and what one review would add to it. PURE, numpy.

The formulas are those of FSRS-6 (J. Ye et al., open-spaced-repetition; library `fsrs` 6.3), as arrays: `memory`
schedules one question with the library itself, this module only looks ahead. tests/questions/test_recall.py holds the
two together.

Shapes: every array argument is one-dimensional with one entry a question, or a scalar. Days are whole study days.
A question never rated has stability NaN. Its recall is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from fsrs.scheduler import DEFAULT_PARAMETERS
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

# How often a first rating is Again, Hard, Good, Easy, and how often a pass is Hard, Good, Easy (scheduling facts).
FIRST_RATINGS = (0.24, 0.094, 0.495, 0.171)
PASS_RATINGS = (0.12, 0.75, 0.13)
STABILITY_MIN = 0.001


@dataclass(frozen=True)
class Model:
    """The forgetting model of one person: the 21 weights of FSRS-6."""

    w: tuple[float, ...] = tuple(DEFAULT_PARAMETERS)

    @property
    def decay(self) -> float:
        return -self.w[20]

    @property
    def factor(self) -> float:
        return float(0.9 ** (1 / self.decay) - 1)

    def recall(self, stability: Any, days: Any) -> Floats:
        """The probability of recall `days` after the last review, 0..1; 0 where stability is NaN."""
        s = np.asarray(stability, dtype=float)
        t = np.maximum(np.asarray(days, dtype=float), 0.0)
        value = (1 + self.factor * t / np.where(np.isnan(s), 1.0, s)) ** self.decay
        return np.where(np.isnan(s), 0.0, value)

    def interval(self, stability: Any, desired_retention: float, maximum: int = 365) -> Floats:
        """Whole days until recall falls to the desired retention, at least 1."""
        s = np.asarray(stability, dtype=float)
        days = s / self.factor * (desired_retention ** (1 / self.decay) - 1)
        return np.asarray(np.clip(np.round(days), 1, maximum))

    def first_stability(self, rating: int) -> float:
        return max(self.w[rating - 1], STABILITY_MIN)

    def first_difficulty(self, rating: int) -> float:
        return float(np.clip(self._raw_difficulty(rating), 1, 10))

    def _raw_difficulty(self, rating: int) -> float:
        return float(self.w[4] - np.exp(self.w[5] * (rating - 1)) + 1)

    def next_difficulty(self, difficulty: Any, rating: int) -> Floats:
        d = np.asarray(difficulty, dtype=float)
        moved = d + (10.0 - d) * (-self.w[6] * (rating - 3)) / 9.0
        return np.asarray(np.clip(self.w[7] * self._raw_difficulty(4) + (1 - self.w[7]) * moved, 1, 10))

    def stability_after_pass(self, stability: Any, difficulty: Any, recall: Any, rating: int) -> Floats:
        """`rating` 2 hard, 3 good, 4 easy; `recall` is the probability of recall at the review."""
        s, d, r = (np.asarray(value, dtype=float) for value in (stability, difficulty, recall))
        bonus = {2: self.w[15], 3: 1.0, 4: self.w[16]}[rating]
        growth = np.exp(self.w[8]) * (11 - d) * s ** -self.w[9] * (np.exp((1 - r) * self.w[10]) - 1) * bonus
        return np.asarray(np.maximum(s * (1 + growth), STABILITY_MIN))

    def stability_after_fail(self, stability: Any, difficulty: Any, recall: Any) -> Floats:
        s, d, r = (np.asarray(value, dtype=float) for value in (stability, difficulty, recall))
        long_term = self.w[11] * d ** -self.w[12] * ((s + 1) ** self.w[13] - 1) * np.exp((1 - r) * self.w[14])
        short_term = s / np.exp(self.w[17] * self.w[18])
        return np.asarray(np.maximum(np.minimum(long_term, short_term), STABILITY_MIN))

    def recall_if_reviewed(self, stability: Any, difficulty: Any, elapsed: Any, days_left: Any) -> Floats:
        """Expected recall `days_left` after a review today. `elapsed`: days since the last review (any, if unseen).

        R·E[R(T−t | pass)] + (1−R)·R(T−t | fail); an unseen question: the expectation over first ratings.
        """
        s, d = np.asarray(stability, dtype=float), np.asarray(difficulty, dtype=float)
        is_new = np.isnan(s)
        known_s, known_d = np.where(is_new, 1.0, s), np.where(is_new, 5.0, d)
        now = self.recall(known_s, np.where(is_new, 1.0, np.asarray(elapsed, dtype=float)))
        passed = sum(
            share * self.recall(self.stability_after_pass(known_s, known_d, now, rating), days_left)
            for rating, share in zip((2, 3, 4), PASS_RATINGS, strict=True)
        )
        failed = self.recall(self.stability_after_fail(known_s, known_d, now), days_left)
        return np.where(is_new, self.recall_if_begun(days_left), now * passed + (1 - now) * failed)

    def recall_if_begun(self, days_left: Any) -> Floats:
        """Expected recall `days_left` after a first answer today, over the usual first ratings."""
        shares = zip((1, 2, 3, 4), FIRST_RATINGS, strict=True)
        return np.asarray(sum(share * self.recall(self.first_stability(rating), days_left) for rating, share in shares))

    def gain(self, stability: Any, difficulty: Any, elapsed: Any, days_left: Any) -> Floats:
        """What one answer today adds to the expected recall `days_left` from now; may be slightly below 0."""
        t = np.asarray(elapsed, dtype=float)
        alone = self.recall(stability, t + np.asarray(days_left, dtype=float))
        return self.recall_if_reviewed(stability, difficulty, t, days_left) - alone
