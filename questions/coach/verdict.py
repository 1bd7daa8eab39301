"""The model's reply, validated: quote or drop, ids checked, numbers recomputed by code (pure)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from questions.coach.prompts import CRITERIA, GradeRequest, KeyPointText
from questions.coach.quotes import can_be_evidence, find_span, overused, plain_text

Status = Literal["covered", "unsure", "missing"]
Evidence = Callable[[str, str], bool]
Span = tuple[int, int]

PASS = 0.5
NOTE_CHARS = 300
MOST_REMARKS = 3
MOST_FLAGS = 5
NO_EVIDENCE = "No passage of your answer was quoted for this. Check it yourself."
NOT_JUDGED = "The model did not judge this point. Check it yourself."


@dataclass(frozen=True)
class PointGrade:
    """One key point; the same shape as the local grader's. `quote` is an exact substring of the answer."""

    key_point: str
    status: Status
    quote: str | None
    note: str
    score: float


@dataclass(frozen=True)
class CriterionGrade:
    """`name`: correctness, coverage, production_context or clarity; `score` 0 to 4; no quote only when 0."""

    name: str
    score: int
    quote: str | None
    note: str


@dataclass(frozen=True)
class Strength:
    """What the answer does well, in its own words (`quote`)."""

    quote: str
    note: str


@dataclass(frozen=True)
class Gap:
    """What the answer lacks: the id of a key point that is not covered."""

    key_point: str
    note: str


@dataclass(frozen=True)
class Verdict:
    """What is left of a reply after validation.

    `points` holds every key point once, in the question's order; `score` (0 to 1) is theirs, by weight. `criteria`
    lacks those that did not stand. `flags` are passages of the answer that speak to the grader. `dropped` counts the
    remarks, quotes and links that did not stand.
    """

    points: tuple[PointGrade, ...]
    criteria: tuple[CriterionGrade, ...]
    strengths: tuple[Strength, ...]
    gaps: tuple[Gap, ...]
    next_step: str
    suggested_rating: int
    score: float
    flags: tuple[str, ...]
    dropped: int


@dataclass(frozen=True)
class ModelGrade(Verdict):
    """A validated verdict and what it cost: tokens as the server counted them, over every call of this grade."""

    model: str
    prompt_version: str
    tokens_in: int
    tokens_out: int
    latency_ms: int
    attempts: int
    mode: str


class InvalidVerdict(Exception):
    """The reply cannot be used. `problems` are in our words only, so that they may go back to the model."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


# Far more than is asked for; a reply beyond that is not one.
_Few = Field(max_length=20)


class _PointReply(BaseModel):
    key_point: str
    status: Status
    quote: str | None = None
    note: str = ""


class _CriterionReply(BaseModel):
    score: Annotated[int, Field(ge=0, le=4)]
    quote: str | None = None
    note: str = ""


class _CriteriaReply(BaseModel):
    correctness: _CriterionReply
    coverage: _CriterionReply
    production_context: _CriterionReply
    clarity: _CriterionReply


class _StrengthReply(BaseModel):
    quote: str | None = None
    note: str = ""


class _GapReply(BaseModel):
    key_point: str
    note: str = ""


class _Reply(BaseModel):
    points: Annotated[list[_PointReply], Field(max_length=100)]
    criteria: _CriteriaReply
    strengths: Annotated[list[_StrengthReply], _Few]
    gaps: Annotated[list[_GapReply], _Few]
    next_step: str
    suggested_rating: Annotated[int, Field(ge=1, le=4)]
    instructions_found: Annotated[list[str], _Few] = []


@dataclass
class _Reading:
    """One pass over a reply: what it may be checked against, and the count of what did not stand."""

    request: GradeRequest
    fence: str
    evidence: Evidence | None
    dropped: int = 0
    spans: list[Span | None] = field(default_factory=list)

    def text(self, raw: str) -> str:
        """Plain text of a remark; links, markup and anything that gives the marker away are cut and counted."""
        if self.fence and self.fence in raw:
            self.dropped += 1
            return ""
        clean, was_cut = plain_text(raw, NOTE_CHARS)
        self.dropped += was_cut
        return clean

    def span(self, quote: str | None) -> Span | None:
        """Where a quote that may serve as evidence stands in the answer."""
        if not quote or not can_be_evidence(quote, self.request.question_prompt):
            return None
        return find_span(quote, self.request.answer)

    def words(self, span: Span) -> str:
        return self.request.answer[span[0] : span[1]]


def read_verdict(text: str, request: GradeRequest, *, fence: str = "", evidence: Evidence | None = None) -> Verdict:
    """The verdict in a reply, or `InvalidVerdict`. `evidence(quote, key_point_id)` may refuse a quote."""
    reply = _parse(text)
    reading = _Reading(request, fence, evidence)
    points = _points(reply.points, reading)
    score = _score(points, request.key_points)
    return Verdict(
        points=points,
        criteria=_criteria(reply.criteria, reading, score),
        strengths=_strengths(reply.strengths, reading),
        gaps=_gaps(reply.gaps, reading, points),
        next_step=reading.text(reply.next_step),
        suggested_rating=min(reply.suggested_rating, rating_for(score)),
        score=score,
        flags=_flags(reply.instructions_found, reading),
        dropped=reading.dropped,
    )


def rating_for(score: float) -> int:
    """The rating that a score supports: below a pass Again (1), never Hard."""
    if score < PASS:
        return 1
    return 2 if score < 0.65 else 3 if score < 0.9 else 4


def _parse(text: str) -> _Reply:
    problems: list[str] = []
    for candidate in _json_candidates(text):
        try:
            return _Reply.model_validate_json(candidate)
        except ValidationError as error:
            # Places and kinds of fault only: the values are the model's and stay out.
            found = error.errors(include_url=False, include_context=False, include_input=False)
            if not any(item["type"] == "json_invalid" for item in found):
                problems = [f"{'.'.join(map(str, item['loc'])) or 'reply'}: {item['type']}" for item in found[:8]]
    raise InvalidVerdict(*(problems or ["The reply was not one JSON object."]))


def _json_candidates(text: str) -> list[str]:
    """The reply itself, what stands in a code fence, and from the first brace to the last."""
    text = re.sub(r"^.*</think>", "", text, flags=re.DOTALL).strip()
    fenced = [block.strip() for block in re.findall(r"```(?:json)?\n(.*?)```", text, flags=re.DOTALL | re.IGNORECASE)]
    start, end = text.find("{"), text.rfind("}")
    return [text, *fenced[:3], *([text[start : end + 1]] if 0 <= start < end else [])]


def _points(replies: Sequence[_PointReply], reading: _Reading) -> tuple[PointGrade, ...]:
    known = {point.id for point in reading.request.key_points}
    judged: dict[str, _PointReply] = {}
    for reply in replies:
        if reply.key_point in known and reply.key_point not in judged:
            judged[reply.key_point] = reply
        else:
            reading.dropped += 1
    if 2 * len(judged) < len(known):
        raise InvalidVerdict("points: judge every key point once, by the ids given.")
    spans = _standing_spans(judged, reading)
    return tuple(
        _point(point.id, judged.get(point.id), spans.get(point.id), reading) for point in reading.request.key_points
    )


def _standing_spans(judged: dict[str, _PointReply], reading: _Reading) -> dict[str, Span]:
    """The passages that stand as evidence, by key point. A reply most of whose quotes do not stand is refused whole."""
    claims = [
        reply for reply in judged.values() if reply.status == "covered" or (reply.status == "unsure" and reply.quote)
    ]
    spans = [reading.span(reply.quote) for reply in claims]
    too_often = overused(spans)
    standing = {
        reply.key_point: span for reply, span, spent in zip(claims, spans, too_often, strict=True) if span and not spent
    }
    if 2 * len(standing) < len(claims):
        raise InvalidVerdict(
            "points: quote 4 to 40 words copied exactly from the ANSWER, different words for different points."
        )
    return standing


def _point(key_point: str, reply: _PointReply | None, span: Span | None, reading: _Reading) -> PointGrade:
    if reply is None:
        return PointGrade(key_point, "unsure", None, NOT_JUDGED, 0.0)
    if reply.status == "missing":
        return PointGrade(key_point, "missing", None, reading.text(reply.note), 0.0)
    quote = reading.words(span) if span else None
    if quote is None or (reading.evidence and not reading.evidence(quote, key_point)):
        reading.dropped += 1
        return PointGrade(key_point, "unsure", None, NO_EVIDENCE, 0.0)
    return PointGrade(
        key_point, reply.status, quote, reading.text(reply.note), 1.0 if reply.status == "covered" else 0.5
    )


def _score(points: Sequence[PointGrade], key_points: Sequence[KeyPointText]) -> float:
    weights = [point.weight if point.weight > 0 else 0.0 for point in key_points]
    if not any(weights):
        weights = [1.0] * len(key_points)
    return round(sum(w * point.score for w, point in zip(weights, points, strict=True)) / sum(weights), 4)


def _criteria(replies: _CriteriaReply, reading: _Reading, score: float) -> tuple[CriterionGrade, ...]:
    """The criteria that stand; the number for coverage is ours, and nothing is quoted for a 0."""
    kept = []
    for name in CRITERIA:
        reply: _CriterionReply = getattr(replies, name)
        number = round(4 * score) if name == "coverage" else reply.score
        span = reading.span(reply.quote)
        if span:
            kept.append(CriterionGrade(name, number, reading.words(span), reading.text(reply.note)))
        elif number == 0 and not reply.quote:
            kept.append(CriterionGrade(name, 0, None, reading.text(reply.note)))
        else:
            reading.dropped += 1
    return tuple(kept)


def _strengths(replies: Sequence[_StrengthReply], reading: _Reading) -> tuple[Strength, ...]:
    kept: list[Strength] = []
    for reply in replies:
        span = reading.span(reply.quote)
        note = reading.text(reply.note) if span else ""
        if span and note and len(kept) < MOST_REMARKS:
            kept.append(Strength(reading.words(span), note))
        else:
            reading.dropped += 1
    return tuple(kept)


def _gaps(replies: Sequence[_GapReply], reading: _Reading, points: Sequence[PointGrade]) -> tuple[Gap, ...]:
    open_points = {point.key_point for point in points if point.status != "covered"}
    seen = Counter[str]()
    kept: list[Gap] = []
    for reply in replies:
        seen[reply.key_point] += 1
        note = reading.text(reply.note) if reply.key_point in open_points and seen[reply.key_point] == 1 else ""
        if note and len(kept) < MOST_REMARKS:
            kept.append(Gap(reply.key_point, note))
        else:
            reading.dropped += 1
    return tuple(kept)


def _flags(passages: Sequence[str], reading: _Reading) -> tuple[str, ...]:
    spans = [find_span(passage, reading.request.answer) for passage in passages]
    kept = list(dict.fromkeys(reading.words(span) for span in spans if span))[:MOST_FLAGS]
    reading.dropped += len(passages) - len(kept)
    return tuple(kept)
