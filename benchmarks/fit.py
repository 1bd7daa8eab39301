"""Does a fit forecast a person's later reviews better? `.venv/bin/python benchmarks/fit.py`

Synthetic people with known parameters practise on the default schedule; each is fitted as the site would. The table
shows the log-loss on the held-out reviews with the defaults, the fit and the truth. Seeds are fixed. No database.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from questions.practice import fitting, memory
from questions.practice.recall import FIRST_RATINGS, PASS_RATINGS

FIRST_DAY = date(2026, 1, 1)
NEW_A_DAY = 5
SIZES = (1_000, 5_000, 20_000)
PEOPLE = 12


def parameters_of(rng: np.random.Generator) -> tuple[float, ...]:
    """A person around the defaults: first stabilities lognormal .5, the others by a fifth, decay uniform .1 to .5."""
    w = np.array(fitting.DEFAULTS)
    w[:4] = np.sort(w[:4] * np.exp(rng.normal(0, 0.5, 4)))
    w[4:17] *= np.exp(rng.normal(0, 0.2, 13))
    w[20] = rng.uniform(0.1, 0.5)
    return tuple(np.clip(w, fitting.LOWEST, fitting.HIGHEST).tolist())


def practised(parameters: tuple[float, ...], reviews: int, rng: np.random.Generator) -> list[fitting.Past]:
    """The reviews of somebody who begins NEW_A_DAY questions a day and rates each one when the defaults call for it."""
    truth, schedule = memory.Policy(parameters), memory.Policy()
    waiting: dict[int, list[tuple[int, memory.Memory, memory.Memory]]] = {}
    past: list[fitting.Past] = []
    number = cards = 0
    while len(past) < reviews:
        day = FIRST_DAY + timedelta(days=number)
        due = waiting.pop(number, []) + [(cards + place, None, None) for place in range(NEW_A_DAY)]
        cards += NEW_A_DAY
        for card, real, believed in due:
            rating = _rating(real, day, truth, rng)
            after, planned = memory.review(real, rating, day, truth), memory.review(believed, rating, day, schedule)
            waiting.setdefault((planned.due_on - FIRST_DAY).days, []).append((card, after.memory, planned.memory))
            past.append(fitting.Past(card, rating, day.toordinal()))
        number += 1
    return past[:reviews]


def _rating(real: memory.Memory | None, day: date, truth: memory.Policy, rng: np.random.Generator) -> int:
    if real is None:
        return int(rng.choice((1, 2, 3, 4), p=FIRST_RATINGS))
    if rng.random() > memory.retrievability(real, day, truth):
        return 1
    return int(rng.choice((2, 3, 4), p=PASS_RATINGS))


def row_of(reviews: int, people: int) -> list[str]:
    rows, seconds, accepted = [], [], 0
    for seed in range(people):
        rng = np.random.default_rng(seed)
        parameters = parameters_of(rng)
        past = practised(parameters, reviews, rng)
        start = time.perf_counter()
        trial = fitting.tried(past, fitting.DEFAULTS)
        seconds.append(time.perf_counter() - start)
        if trial is None:
            continue
        histories = fitting.histories_of(past, fitting.MOST_REVIEWS)
        truth = fitting.log_loss(histories, parameters, fitting.later(histories))
        rows.append((trial.loss_before, trial.loss_after, truth, trial.held_out))
        accepted += trial.is_better
    before, after, truth, held_out = np.array(rows).mean(axis=0)
    share = (before - after) / (before - truth)
    return [
        *(f"{reviews:,}", f"{held_out:,.0f}", f"{before:.4f}", f"{after:.4f}", f"{truth:.4f}", f"{share:.0%}"),
        *(f"{accepted} of {people}", f"{np.median(seconds):.1f}", f"{max(seconds):.1f}"),
    ]


def null_row(reviews: int, people: int) -> str:
    """People for whom the defaults are the truth: how often a fit is accepted all the same."""
    trials = []
    for seed in range(people):
        rng = np.random.default_rng(1_000 + seed)
        trials.append(fitting.tried(practised(fitting.DEFAULTS, reviews, rng), fitting.DEFAULTS))
    return f"{sum(trial is not None and trial.is_better for trial in trials)} of {people}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    names = ("reviews", "held out", "defaults", "fit", "truth", "gap closed", "accepted", "seconds", "most")
    print("| " + " | ".join((*names, "accepted where the defaults are true")) + " |")
    print("|---" * (len(names) + 1) + "|")
    for size in given.sizes:
        print("| " + " | ".join([*row_of(size, given.people), null_row(size, given.people)]) + " |", flush=True)


if __name__ == "__main__":
    main()
