"""The grader on trial (PURE): what it makes of graded samples, against what they truly cover.

Order: over the pairs of one question's samples that differ in grade, how often the better one scores higher (a tie
counts half; 0.5 is chance). Points: precision, recall and F1 of "covered" against the sample's true points, and Cohen's
kappa. Bias by length: Spearman's rho of score and words, plain and with the grade partialled out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from questions.bank.checking import GRADES, spearman


@dataclass(frozen=True)
class Trial:
    """One sample and what the grader said. `score`: 0..1, None when it abstained; points by id."""

    question: str
    grade: str
    wording: str
    words: int
    score: float | None
    true_points: frozenset[str]
    found_points: frozenset[str]
    all_points: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """Figures over some samples; None where there is nothing to compute them from."""

    samples: int
    abstained: int
    order: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    kappa: float | None
    length_rho: float | None
    length_rho_given_grade: float | None
    mean_by_grade: dict[str, float]


def judge(trials: Sequence[Trial]) -> Verdict:
    graded = [trial for trial in trials if trial.score is not None]
    scores = [trial.score or 0.0 for trial in graded]
    words = [float(trial.words) for trial in graded]
    grades = [float(GRADES[trial.grade]) for trial in graded]
    counts = _counts(graded)
    return Verdict(
        samples=len(trials),
        abstained=len(trials) - len(graded),
        order=order_agreement(graded),
        precision=_share(counts[0], counts[0] + counts[1]),
        recall=_share(counts[0], counts[0] + counts[2]),
        f1=_share(2 * counts[0], 2 * counts[0] + counts[1] + counts[2]),
        kappa=cohens_kappa(*counts),
        length_rho=spearman(scores, words) if len(graded) > 2 else None,
        length_rho_given_grade=partial(scores, words, grades) if len(graded) > 3 else None,
        mean_by_grade={
            grade: sum(chosen) / len(chosen)
            for grade in GRADES
            if (chosen := [trial.score or 0.0 for trial in graded if trial.grade == grade])
        },
    )


def order_agreement(trials: Iterable[Trial]) -> float | None:
    by_question: dict[str, list[Trial]] = {}
    for trial in trials:
        by_question.setdefault(trial.question, []).append(trial)
    points, pairs = 0.0, 0
    for group in by_question.values():
        for one, two in combinations(sorted(group, key=lambda trial: GRADES[trial.grade]), 2):
            if one.grade == two.grade:
                continue
            pairs += 1
            points += 1.0 if (two.score or 0) > (one.score or 0) else 0.5 if two.score == one.score else 0.0
    return points / pairs if pairs else None


def _counts(trials: Iterable[Trial]) -> tuple[int, int, int, int]:
    """Points found and true, found and not true, true and not found, neither."""
    both = wrong = missed = neither = 0
    for trial in trials:
        both += len(trial.found_points & trial.true_points)
        wrong += len(trial.found_points - trial.true_points)
        missed += len(trial.true_points - trial.found_points)
        neither += len(trial.all_points - trial.found_points - trial.true_points)
    return both, wrong, missed, neither


def cohens_kappa(both: int, wrong: int, missed: int, neither: int) -> float | None:
    """Agreement beyond chance (J. Cohen, 1960); None where one side never varies."""
    total = both + wrong + missed + neither
    if not total:
        return None
    agreed = (both + neither) / total
    chance = ((both + wrong) * (both + missed) + (missed + neither) * (wrong + neither)) / total**2
    return (agreed - chance) / (1 - chance) if chance < 1 else None


def partial(one: Sequence[float], two: Sequence[float], given: Sequence[float]) -> float | None:
    """Spearman's rho of two lists with a third held fixed; None where that leaves nothing."""
    a, b, c = spearman(one, two), spearman(one, given), spearman(two, given)
    rest = (1 - b * b) * (1 - c * c)
    return (a - b * c) / math.sqrt(rest) if rest > 1e-9 else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
