"""The local grader: how far an answer covers the key points. Coverage, not correctness. PURE given vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from questions.coach import flags, words
from questions.coach.flags import Flag, Prepared
from questions.coach.sentences import Sentence

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

LABEL = "Coverage estimate, not correctness"
LIMITS = (
    "The local grader compares sentences with key points. It cannot tell true from false, read numbers or formulas, "
    "or give credit for plain words where a key point is technical."
)

SENTENCES = 12  # compared at most; more are chosen by the words they share with the key points
COVERED = 0.55
MISSING = 0.3
UNRELATED_COSINE = 0.30
EVIDENT_COSINE = 0.5  # without a shared word a sentence must be this near
CONTENT_WORDS = 8  # fewer cannot be judged
MOSTLY = 0.5
NOT_FOUND = "No sentence came near this point. It may still be there in other words: please check."
FEW_POINTS = 3  # below this, "over half unsure" would be a single doubtful sentence
PASS = 0.5
HARD_BELOW = 0.6


@dataclass(frozen=True)
class Fit:
    """The map from similarity to score, fitted on human scores (docs/decisions/local-grader.md)."""

    plain: float = 0.4
    demoted: float = 0.6
    similarity: float = 0.6
    lexical: float = 0.4
    lexical_power: float = 0.6
    offset: float = 0.10
    scale: float = 0.58
    doubted: float = 0.45  # the most a point can get while its sentence seems to say the opposite


FIT = Fit()


@dataclass(frozen=True)
class QuestionVectors:
    text: str
    vector: Vectors  # (d,) unit


@dataclass(frozen=True)
class KeyPointVectors:
    """A key point ready for comparison."""

    id: str
    text: str
    weight: float
    plain: Vectors  # (d,) unit
    demoted: Vectors  # (d,) unit: plain without its part along the question
    stems: frozenset[str]  # content stems of the text that the question does not hold


@dataclass(frozen=True)
class PointGrade:
    key_point: str
    status: str  # covered | unsure | missing
    quote: str | None  # an exact substring of the answer
    note: str
    score: float  # 0..1


@dataclass(frozen=True)
class LocalGrade:
    """A coverage estimate. `score` and `band` are None when it abstains; the points stay for a self-check."""

    points: tuple[PointGrade, ...]
    score: float | None
    band: tuple[float, float] | None
    abstain: bool
    abstain_reason: str
    flags: tuple[Flag, ...]
    suggested_rating: int | None  # 1..4


def prepare(
    question: str, points: Sequence[tuple[str, str, float]], encode: Encode
) -> tuple[QuestionVectors, tuple[KeyPointVectors, ...]]:
    """Vectors of a question and of its key points (id, text, weight), to be stored when the bank is loaded."""
    rows = encode([question, *(text for _, text, _ in points)])
    asked = QuestionVectors(question, rows[0])
    prepared = (
        key_point(id=id, text=text, weight=weight, vector=row, question=asked)
        for (id, text, weight), row in zip(points, rows[1:], strict=True)
    )
    return asked, tuple(prepared)


def key_point(*, id: str, text: str, weight: float, vector: Vectors, question: QuestionVectors) -> KeyPointVectors:
    """A key point from its stored vector."""
    stems = words.content_stems(text)
    return KeyPointVectors(
        id=id,
        text=text,
        weight=weight,
        plain=vector,
        demoted=demoted(vector, question.vector),
        stems=(stems - words.content_stems(question.text)) or stems,
    )


def demoted(vector: Vectors, question: Vectors) -> Vectors:
    """norm(p - (p·q) q): what the key point says beyond the question."""
    rest = vector - float(vector @ question) * question
    length = float(np.linalg.norm(rest))
    return np.asarray(rest / length, dtype=np.float32) if length > 0.1 else vector


def grade(
    answer: str,
    question: QuestionVectors,
    points: Sequence[KeyPointVectors],
    encode: Encode,
    fit: Fit = FIT,
) -> LocalGrade:
    """Compare an answer with key points; `encode` gives unit rows from the model that made the points' vectors."""
    prepared = flags.prepare(answer, question.text)
    chosen = _chosen(prepared.sentences, points)
    reason = _unreadable(prepared, points)
    if not chosen or not points:
        return _abstained([_missing(point) for point in points], prepared.flags, reason or "Nothing to compare.")
    candidates = _candidates(answer, chosen, encode)
    graded = [_grade_point(point, candidates, fit) for point in points]
    found = prepared.flags + tuple(flag for _, flag in graded if flag)
    marks = [mark for mark, _ in graded]
    reason = reason or _undecided(marks)
    if reason:
        return _abstained(marks, found, reason)
    score = coverage(marks, points)
    return LocalGrade(tuple(marks), score, _band(score, marks), False, "", found, suggested_rating(score))


def coverage(marks: Sequence[PointGrade], points: Sequence[KeyPointVectors]) -> float:
    """Weighted mean of the points' scores, 0..1."""
    weight = sum(point.weight for point in points)
    total = sum(mark.score * point.weight for mark, point in zip(marks, points, strict=True))
    return total / weight if weight > 0 else 0.0


def supports(points: Sequence[KeyPointVectors], encode: Encode) -> Callable[[str, str], bool]:
    """(quote, key point id) -> whether the quote bears on the point at all: in a word, or near it in meaning."""
    by_id = {point.id: point for point in points}

    def bears_on(quote: str, key_point: str) -> bool:
        point = by_id.get(key_point)
        if point is None:
            return False
        if point.stems & words.content_stems(quote):
            return True
        return float(encode([quote])[0] @ point.plain) >= UNRELATED_COSINE

    return bears_on


def suggested_rating(score: float) -> int:
    """FSRS rating 1..3; below the pass always Again, because Hard counts as remembered."""
    if score < PASS:
        return 1
    if score < HARD_BELOW:
        return 2
    return 3  # never Easy: coverage tells nothing of how easily it came, nor of whether it is right


@dataclass(frozen=True)
class _Candidates:
    """n sentences, then the n - 1 pairs of neighbours, as rows of one matrix."""

    vectors: Vectors  # (2n - 1, d) unit
    quotes: tuple[str, ...]  # (n)
    texts: tuple[str, ...]  # (n)
    stems: tuple[frozenset[str], ...]  # (2n - 1)


def _chosen(sentences: Sequence[Sentence], points: Sequence[KeyPointVectors]) -> list[Sentence]:
    """At most SENTENCES, in order: those that share most with a key point, the earlier first."""
    if len(sentences) <= SENTENCES:
        return list(sentences)
    stems = [words.content_stems(sentence.text) for sentence in sentences]

    def nearness(index: int) -> tuple[float, int]:
        shares = [len(point.stems & stems[index]) / max(1, len(point.stems)) for point in points]
        return -max(shares, default=0.0), index

    best = sorted(range(len(sentences)), key=nearness)[:SENTENCES]
    return [sentences[index] for index in sorted(best)]


def _candidates(answer: str, chosen: Sequence[Sentence], encode: Encode) -> _Candidates:
    rows = encode([sentence.text for sentence in chosen])
    pairs = rows[:-1] + rows[1:]
    pairs = pairs / np.maximum(np.linalg.norm(pairs, axis=1, keepdims=True), 1e-12)
    stems = [words.content_stems(sentence.text) for sentence in chosen]
    return _Candidates(
        vectors=np.vstack([rows, pairs]).astype(np.float32),
        quotes=tuple(answer[sentence.start : sentence.end] for sentence in chosen),
        texts=tuple(sentence.text for sentence in chosen),
        stems=tuple(stems + [left | right for left, right in pairwise(stems)]),
    )


def _grade_point(point: KeyPointVectors, candidates: _Candidates, fit: Fit) -> tuple[PointGrade, Flag | None]:
    cosines = candidates.vectors @ point.plain
    similar = fit.plain * cosines + fit.demoted * (candidates.vectors @ point.demoted)
    best = int(np.argmax(similar))
    shared = words.shared_share(point.stems, candidates.stems[best])
    near = float(similar[best])
    raw = fit.similarity * near + fit.lexical * shared**fit.lexical_power * min(1.0, max(0.0, 0.5 + near))
    score = min(1.0, max(0.0, (raw - fit.offset) / fit.scale))
    count = len(candidates.quotes)
    at = best if best < count else max(best - count, best - count + 1, key=lambda index: float(similar[index]))
    quote = candidates.quotes[at]
    doubt = _doubt(point, candidates.texts[at]) if score > MISSING else None
    if doubt:
        mark = PointGrade(point.id, "unsure", quote, doubt, min(score, fit.doubted))
        return mark, Flag("negation", quote[: flags.QUOTE_CHARACTERS], doubt)
    return _mark(point, quote, score, float(cosines[best]), shared), None


def _mark(point: KeyPointVectors, quote: str, score: float, cosine: float, shared: float) -> PointGrade:
    if score < MISSING or (cosine < UNRELATED_COSINE and shared == 0):
        return PointGrade(point.id, "missing", None, NOT_FOUND, score)
    if score >= COVERED and (shared > 0 or cosine >= EVIDENT_COSINE):
        return PointGrade(point.id, "covered", quote, "This sentence comes close to the point.", score)
    return PointGrade(point.id, "unsure", quote, "Related, but it may not say the point itself. Please check.", score)


def _missing(point: KeyPointVectors) -> PointGrade:
    return PointGrade(point.id, "missing", None, NOT_FOUND, 0.0)


def _doubt(point: KeyPointVectors, text: str) -> str | None:
    """Why a sentence with the point's own words may say the opposite."""
    found = words.opposition(text, point.text)
    if found is None:
        return None
    if found[0] == "not":
        return "Either the sentence or the key point is negated, not both. Please check."
    return f"Says \u201c{found[0]}\u201d where the key point says \u201c{found[1]}\u201d. Please check."


def _unreadable(prepared: Prepared, points: Sequence[KeyPointVectors]) -> str:
    """Why no number can be given before any comparison; empty when one can."""
    if prepared.code_share > MOSTLY:
        return "Most of the answer is code, which the local grader does not read."
    if not prepared.is_english:
        return "The local grader reads English only."
    if prepared.flagged_share > MOSTLY:
        return "Most of the answer was left out; see the remarks on it."
    text = " ".join(sentence.text for sentence in prepared.sentences)
    if len(words.content_words(text)) < _words_needed(points):
        return "The answer is too short to be judged."
    return ""


def _words_needed(points: Sequence[KeyPointVectors]) -> int:
    """Eight content words, or a fifth of what the key points themselves hold where that is less."""
    asked = sum(len(words.content_words(point.text)) for point in points)
    return min(CONTENT_WORDS, max(1, asked // 5))


def _undecided(marks: Sequence[PointGrade]) -> str:
    unsure = sum(mark.status == "unsure" for mark in marks)
    if len(marks) >= FEW_POINTS and unsure > len(marks) * MOSTLY:
        return "Too many points are unsure for a number."
    return ""


def _abstained(marks: Sequence[PointGrade], found: tuple[Flag, ...], reason: str) -> LocalGrade:
    return LocalGrade(tuple(marks), None, None, True, reason, found, None)


def _band(score: float, marks: Sequence[PointGrade]) -> tuple[float, float]:
    """20 points wide, up to 40 with every doubtful point; steps of 5 percent."""
    unsure = sum(mark.status == "unsure" for mark in marks) / len(marks)
    half = 0.1 + 0.1 * unsure
    low, high = max(0.0, score - half), min(1.0, score + half)
    return round(low * 20) / 20, round(high * 20) / 20
