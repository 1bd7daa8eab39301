"""The format of a person's own question (PURE): its fields, their limits, and how their texts are tidied.

Looser than the bank's: only title, prompt, category and something to grade by are needed. Every question of the bank's
own format fits in, so that one can be exported, changed and imported.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from questions.own.lines import followed_up, point_id, points_in, tag_of, weighed

MOST_QUESTIONS = 2_000
MOST_POINTS = 20
MOST_TAGS = 10
MOST_FOLLOW_UPS = 8
LONGEST_TITLE = 120
LONGEST_PROMPT = 10_000
LONGEST_REFERENCE = 20_000
LONGEST_POINT = 500
USUAL_WEIGHT = 2
NOTHING_TO_GRADE_BY = "there is nothing to grade by: give key points or a reference answer"

# C0 controls besides tab and newline, C1 without NEL, and the noncharacters that no text for people holds.
CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
BROKEN = re.compile("[\x00\ud800-\udfff]")


def tidied(text: str) -> str:
    """Line ends as \\n, no control characters, no blanks at the ends of the text. Raises for NUL and surrogates."""
    if BROKEN.search(text):
        raise PydanticCustomError("broken_text", "holds broken characters (NUL or half a surrogate pair)")
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str) -> str:
    return " ".join(tidied(text).split())


def _named(value: Any) -> Any:
    """Choices as they stand in the pages too: `Mid-level` is `mid`."""
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    return {"mid-level": "mid", "middle": "mid", "behavioral": "behavioural"}.get(name, name)


def _point(value: Any) -> Any:
    if isinstance(value, str):
        weight, text = weighed(value, USUAL_WEIGHT)
        return {"text": text, "weight": weight}
    return value


def _follow_up(value: Any) -> Any:
    if isinstance(value, str):
        question, hint = followed_up(value)
        return {"question": question, "hint": hint}
    return value


def _tags(value: list[str]) -> list[str]:
    return list(dict.fromkeys(tag for tag in map(tag_of, value) if tag))


def _lone(text: str) -> str:
    if " | " in text:
        raise PydanticCustomError("separator", "must not hold “ | ”, which sets the hint apart")
    return text


Title = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=LONGEST_TITLE)]
Prompt = Annotated[str, AfterValidator(tidied), Field(min_length=1, max_length=LONGEST_PROMPT)]
Reference = Annotated[str, AfterValidator(tidied), Field(max_length=LONGEST_REFERENCE)]
PointText = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=LONGEST_POINT)]
Words = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=300)]
Remark = Annotated[str, AfterValidator(one_line), Field(max_length=500)]
Passage = Annotated[str, AfterValidator(tidied), Field(max_length=2_000)]
Tag = Annotated[str, Field(max_length=40)]
PointId = Annotated[str, Field(pattern=r"^[a-z0-9]*(-[a-z0-9]+)*$", max_length=80)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnPoint(Strict):
    """A key point; without an id it gets one from its words."""

    id: PointId = ""
    text: PointText
    weight: Annotated[int, Field(ge=1, le=3)] = USUAL_WEIGHT
    why: Passage = ""


class OwnFollowUp(Strict):
    question: Annotated[Words, AfterValidator(_lone)]
    hint: Remark = ""
    key_point: PointId = ""


class OwnSource(Strict):
    title: Words
    author: Remark = ""
    year: Annotated[int, Field(ge=1000, le=2100)]
    kind: Literal["paper", "book", "docs", "talk"] = "docs"


class OwnQuestion(Strict):
    """One question as its owner wrote it. Without key points they are taken from the reference answer."""

    title: Title
    prompt: Prompt
    category: Annotated[str, Field(min_length=1, max_length=60)]
    kind: Annotated[Literal["concept", "scenario", "design", "coding", "behavioural"], BeforeValidator(_named)] = (
        "concept"
    )
    level: Annotated[Literal["junior", "mid", "senior"], BeforeValidator(_named)] = "mid"
    minutes: Annotated[int, Field(ge=1, le=120)] = 5
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = []
    key_points: Annotated[list[Annotated[OwnPoint, BeforeValidator(_point)]], Field(max_length=MOST_POINTS)] = []
    reference: Reference = ""
    follow_ups: Annotated[
        list[Annotated[OwnFollowUp, BeforeValidator(_follow_up)]], Field(max_length=MOST_FOLLOW_UPS)
    ] = []
    intent: Passage = ""
    levels: dict[Literal["junior", "mid", "senior"], Passage] = {}
    mistakes: Annotated[list[Passage], Field(max_length=10)] = []
    sources: Annotated[list[OwnSource], Field(max_length=10)] = []
    star: dict[Literal["situation", "task", "action", "result"], Passage] = {}

    @model_validator(mode="before")
    @classmethod
    def tidy_lists(cls, values: Any) -> Any:
        """Tags in the site's own form, each once, before they are counted."""
        if not isinstance(values, dict):
            return values
        values = dict(values)
        if isinstance(values.get("tags"), list) and all(isinstance(tag, str) for tag in values["tags"]):
            values["tags"] = _tags(values["tags"])
        return values

    @model_validator(mode="after")
    def points_for_grading(self) -> Self:
        points = list(self.key_points)
        if not points:
            points = [OwnPoint(text=text) for text in points_in(self.reference, LONGEST_POINT)]
        if not points:
            raise PydanticCustomError(
                "no_points", "there is nothing to grade by: give key points or a reference answer"
            )
        object.__setattr__(self, "key_points", _with_ids(points))  # still under construction: frozen from here on
        return self

    def content(self) -> dict[str, Any]:
        """JSON-able values, in the order of the fields."""
        return self.model_dump(mode="json")

    def content_hash(self) -> str:
        packed = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(packed.encode()).hexdigest()


def _with_ids(points: Iterable[OwnPoint]) -> list[OwnPoint]:
    """Each text once, each with an id that no other has."""
    kept: dict[str, OwnPoint] = {}
    texts: set[str] = set()
    for point in points:
        if point.text in texts:
            continue
        texts.add(point.text)
        id = point.id if point.id and point.id not in kept else point_id(point.text, kept)
        kept[id] = point if point.id == id else point.model_copy(update={"id": id})
    return list(kept.values())


NAMES = {"key_points": "key points", "follow_ups": "follow-ups"}
SAID = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of a question",
    "too_long": "is too long: {actual_length:,}, where {max_length:,} fit",
    "too_short": "is empty",
    "literal_error": "must be {expected}",
    "list_type": "must be a list",
    "dict_type": "must hold names and values",
    "model_type": "must hold names and values",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "string_type": "must be text",
    "string_unicode": "holds broken characters",
    "string_pattern_mismatch": "may hold small letters, figures and hyphens only",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "broken_text": "holds broken characters (NUL or half of a pair)",
}


def faults_of(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    """What is wrong, in words for people: (path to the part, "minutes: must be a whole number")."""
    return [(item["loc"], _said(item)) for item in error.errors(include_url=False, include_input=False)]


def _said(item: Any) -> str:
    known = SAID.get(item["type"])
    text = known.format(**item.get("ctx", {})) if known else item["msg"]
    parts = [NAMES.get(str(part), str(part + 1 if isinstance(part, int) else part)) for part in item["loc"]]
    return f"{' '.join(parts)}: {text}" if parts else text
