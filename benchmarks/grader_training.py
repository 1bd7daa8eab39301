"""The local grader on graded answers: `python benchmarks/grader_training.py FOLDER`.

FOLDER holds CSV files with one comment line and the columns id, qid, split, question, reference, answer, score (0..1).
The shipped map from similarity to score is the same for every question; beside it stands a line fitted by least squares
on the other questions (5 folds by question). Nothing in the project needs the files.
"""

from __future__ import annotations

import csv
import sys
import time
import zlib
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from questions.bank.embeddings import built_in_encoder
from questions.coach import rubric, words
from questions.coach.grading_input import of_reference

FOLDS = 5
UNCLIPPED = replace(rubric.FIT, offset=-1.0, scale=4.0, doubted=1.0)  # score * 4 - 1 is the raw similarity
Column = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One graded answer: what we found, and what the human said."""

    qid: str
    human: float
    raw: float  # mean similarity before the map
    shipped: float  # coverage as shipped, also where it abstains
    is_scored: bool
    length: int  # words


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="only every n-th answer")
    options = parser.parse_args()
    for path in sorted(options.folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            next(file)
            records = list(csv.DictReader(file))[:: max(1, options.limit)]
        report(path.stem, records)


def report(name: str, records: Sequence[dict[str, str]]) -> None:
    spent = time.process_time()
    rows = [graded(record) for record in records]
    spent = time.process_time() - spent
    human = column(row.human for row in rows)
    lengths = np.log1p(column(row.length for row in rows))
    shipped = column(row.shipped for row in rows)
    questions = len({row.qid for row in rows})
    print(f"{name}: {len(rows)} answers, {questions} questions, {1000 * spent / len(rows):.1f} ms CPU an answer")
    show("shipped map", shipped, human, lengths)
    show("line fitted, held out", held_out(rows), human, lengths)
    show("length alone", lengths, human, np.zeros_like(lengths))
    scored = np.array([row.is_scored for row in rows])
    show(f"not abstaining ({scored.mean():.1%})", shipped[scored], human[scored], lengths[scored])
    show("within questions", centred(shipped, rows), centred(human, rows), lengths)


def show(label: str, ours: Column, human: Column, lengths: Column) -> None:
    print(
        f"  {label:24s} Pearson {pearson(ours, human):.3f}, length partialled out {partial(ours, human, lengths):.3f},"
        f" AUC {auc(ours, human > human.mean()):.3f}"
    )


def graded(record: dict[str, str]) -> Row:
    asked, points = prepared(record["question"], record["reference"])
    shipped = rubric.grade(record["answer"], asked, points, remembered)
    raw = rubric.grade(record["answer"], asked, points, remembered, UNCLIPPED)
    return Row(
        qid=record["qid"],
        human=float(record["score"]),
        raw=max(0.0, rubric.coverage(raw.points, points) * 4 - 1),
        shipped=rubric.coverage(shipped.points, points),
        is_scored=shipped.score is not None,
        length=len(words.words(record["answer"])),
    )


@cache
def prepared(question: str, reference: str) -> tuple[rubric.QuestionVectors, tuple[rubric.KeyPointVectors, ...]]:
    return rubric.prepare(question, of_reference(reference), remembered)


def remembered(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors, each text embedded once: the same answers are graded twice here."""
    new = [text for text in dict.fromkeys(texts) if text not in _VECTORS]
    _VECTORS.update(zip(new, built_in_encoder().encode(new), strict=True))
    return np.stack([_VECTORS[text] for text in texts])


_VECTORS: dict[str, NDArray[np.float32]] = {}


def held_out(rows: Sequence[Row]) -> Column:
    """score = a + b * raw, with a and b from the questions of the other folds."""
    raw, human = column(row.raw for row in rows), column(row.human for row in rows)
    folds = np.array([zlib.crc32(row.qid.encode()) % FOLDS for row in rows])
    fitted = np.zeros_like(raw)
    for fold in range(FOLDS):
        inside = folds == fold
        slope, start = np.polyfit(raw[~inside], human[~inside], 1)
        fitted[inside] = np.clip(start + slope * raw[inside], 0, 1)
    return fitted


def column(values: Iterable[float]) -> Column:
    return np.array(list(values), dtype=np.float64)


def centred(values: Column, rows: Sequence[Row]) -> Column:
    """Each value less the mean of its question."""
    _, index = np.unique([row.qid for row in rows], return_inverse=True)
    return values - (np.bincount(index, values) / np.bincount(index))[index]


def pearson(left: Column, right: Column) -> float:
    return float(np.corrcoef(left, right)[0, 1])


def partial(left: Column, right: Column, control: Column) -> float:
    """Pearson of what a straight line through `control` leaves of both."""
    if not control.any():
        return pearson(left, right)
    design = np.column_stack([np.ones_like(control), control])
    rest = [values - design @ np.linalg.lstsq(design, values, rcond=None)[0] for values in (left, right)]
    return pearson(*rest)


def auc(scores: Column, is_positive: NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative, ties half."""
    _, index, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[index]
    positive, negative = int(is_positive.sum()), int((~is_positive).sum())
    return float((ranks[is_positive].sum() - positive * (positive + 1) / 2) / max(1, positive * negative))


if __name__ == "__main__":
    main()
