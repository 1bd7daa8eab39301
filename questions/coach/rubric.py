"""The local grader: how far an answer covers the key points. Coverage, not correctness. PURE given vectors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from questions.coach import flags, words
from questions.coach.flags import Flag, Prepared, Shown
from questions.coach.opposition import Opposition, opposition
from questions.coach.sentences import Sentence

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

SENTENCES = 12  # compared at most; more are chosen by the words they share with the key points
COVERED = 0.55
MISSING = 0.3
UNRELATED_COSINE = 0.30
EVIDENT_COSINE = 0.5  # without a shared word a sentence must be this near
QUOTED_COSINE = 0.45  # farther off, a doubtful sentence is about something else and is not quoted
CONTENT_WORDS = 8  # fewer cannot be judged
MOSTLY = 0.5
NOT_FOUND = "No sentence came near this point. It may still be there in other words: please check."
NOTHING_CLEAR = "Nothing clear was found. The point may be there in other words: please check."
RELATED = "Related, but it may not say the point itself. Please check."
NEAR = "This sentence comes close to the point. Whether it is right was not checked."
DOUBT = "Your answer says "  # what a remark on a contradiction begins with
CLAUSE_CHARACTERS = 120  # of a clause that a remark repeats
_CONJUNCTION = re.compile(
    r"^(?:and|or|but|so|because|since|while|whereas|although|though|yet|therefore)\b\s*", re.IGNORECASE
)
FEW_POINTS = 3  # below this, "over half unsure" would be a single doubtful sentence
PASS = 0.5


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
    suggested_rating: int | None  # 1 (Again) or none: coverage alone passes nobody


def prepare(
    question: str, points: Sequence[tuple[str, str, float]], encode: Encode
) -> tuple[QuestionVectors, tuple[KeyPointVectors, ...]]:
    """Vectors of a question, as its prompt asks it, and of its key points (id, text, weight).

    In half precision, as they are stored when the bank is loaded, so that fresh and stored vectors grade alike.
    """
    rows = encode([question, *(text for _, text, _ in points)]).astype(np.float16).astype(np.float32)
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
    shown: Shown | None = None,
) -> LocalGrade:
    """Compare an answer with key points; `encode` gives unit rows from the model that made the points' vectors.

    `shown` is what the learner may have copied from; without it only the question is.
    """
    prepared = flags.prepare(answer, shown or Shown(question.text))
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


def suggested_rating(score: float) -> int | None:
    """Again below the pass, else nothing: how much is mentioned tells neither that it is right nor how it came."""
    return 1 if score < PASS else None


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
    return _mark(point, quote, score, shared, cosine=float(cosines[best]), quoted=float(cosines[at])), None


def _mark(
    point: KeyPointVectors, quote: str, score: float, shared: float, *, cosine: float, quoted: float
) -> PointGrade:
    """`cosine` is that of the best sentence or pair of neighbours, `quoted` that of the one sentence in the quote."""
    if score < MISSING or (cosine < UNRELATED_COSINE and shared == 0):
        return PointGrade(point.id, "missing", None, NOT_FOUND, score)
    is_evident = quoted >= UNRELATED_COSINE and (shared > 0 or cosine >= EVIDENT_COSINE)
    if score >= COVERED and is_evident:
        return PointGrade(point.id, "covered", quote, NEAR, score)
    if quoted < QUOTED_COSINE:
        return PointGrade(point.id, "unsure", None, NOTHING_CLEAR, score)
    return PointGrade(point.id, "unsure", quote, RELATED, score)


def _missing(point: KeyPointVectors) -> PointGrade:
    return PointGrade(point.id, "missing", None, NOT_FOUND, 0.0)


def _doubt(point: KeyPointVectors, text: str) -> str | None:
    """What a sentence about the point says against it, in words for the learner."""
    found = opposition(text, point.text)
    return None if found is None else _remark(found)


def _remark(found: Opposition) -> str:
    said = f"{DOUBT}\u201c{_clipped(found.mine)}\u201d; the key point says \u201c{_clipped(found.theirs)}\u201d."
    if found.words is None:
        return f"{said} One of the two is negated. Please check which is right."
    mine, theirs = found.words
    return f"{said} That is \u201c{mine}\u201d against \u201c{theirs}\u201d. Please check which is right."


def _clipped(clause: str) -> str:
    """A clause without the conjunction that it was cut at, of a readable length."""
    clause = _CONJUNCTION.sub("", clause)
    if len(clause) <= CLAUSE_CHARACTERS:
        return clause
    return clause[:CLAUSE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:") + "\u2026"


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
