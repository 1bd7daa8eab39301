"""The format of a question file (PURE): what each field must hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
REFERENCE_WORDS = (150, 400)
SAMPLE_WORDS = (60, 220)

Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Wording = Annotated[str, StringConstraints(min_length=8, max_length=160, strip_whitespace=True)]
Level = Literal["junior", "mid", "senior"]


def _wrong(where: Sequence[str | int], message: str) -> PydanticCustomError:
    """A fault between parts of a question; `where` leads to the part whose line is named."""
    return PydanticCustomError("content", "{text}", {"text": message, "where": list(where)})


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyPointFile(Strict):
    id: Slug
    text: Annotated[str, StringConstraints(min_length=20, max_length=400, strip_whitespace=True)]
    weight: Literal[1, 2, 3]
    why: Text


class FollowUpFile(Strict):
    question: Text
    key_point: Slug
    hint: Text


class SourceFile(Strict):
    title: Text
    author: Text
    year: Annotated[int, Field(ge=1900, le=2100)]
    kind: Literal["paper", "book", "docs", "talk"]


class LevelsFile(Strict):
    junior: Text
    mid: Text
    senior: Text


class ErrorFile(Strict):
    """What a sample says wrongly, in its own words, and what is true instead."""

    quote: Text
    why: Annotated[str, StringConstraints(min_length=10, max_length=400, strip_whitespace=True)]


class SampleFile(Strict):
    """An answer in a candidate's own voice: teaching material, and what graders are tried on."""

    grade: Literal["weak", "fair", "strong"]
    wording: Literal["textbook", "everyday"]
    covers: list[Slug]  # the key points that it truly makes
    text: Text
    errors: Annotated[list[ErrorFile], Field(max_length=6)] = []


class StarFile(Strict):
    situation: Text
    task: Text
    action: Text
    result: Text


class QuestionFile(Strict):
    slug: Slug
    title: Annotated[str, StringConstraints(min_length=5, max_length=80, strip_whitespace=True)]
    category: Slug
    kind: Literal["concept", "scenario", "design", "coding", "behavioural"]
    level: Level
    levels: LevelsFile
    minutes: Annotated[int, Field(ge=2, le=60)]
    tags: Annotated[list[Slug], Field(min_length=3, max_length=6)]
    prompt: Text
    intent: Text
    key_points: Annotated[list[KeyPointFile], Field(min_length=4, max_length=8)]
    reference: Text
    mistakes: Annotated[list[Text], Field(min_length=3, max_length=5)]
    follow_ups: Annotated[list[FollowUpFile], Field(min_length=2, max_length=4)]
    sources: Annotated[list[SourceFile], Field(min_length=1, max_length=4)]
    checked_on: date
    star: StarFile | None = None
    asked_as: Annotated[list[Wording], Field(max_length=8)] = []  # other wordings, which search reads
    samples: list[SampleFile] = []

    @model_validator(mode="after")
    def parts_agree(self) -> Self:
        ids = [point.id for point in self.key_points]
        for index, point in enumerate(self.key_points):
            if point.id in ids[:index]:
                raise _wrong(("key_points", index, "id"), f"a second key point has the id {point.id!r}")
        for index, follow_up in enumerate(self.follow_ups):
            if follow_up.key_point not in ids:
                where = ("follow_ups", index, "key_point")
                raise _wrong(where, f"a follow-up names the key point {follow_up.key_point!r}, which does not exist")
        if len({point.weight for point in self.key_points}) == 1:
            raise _wrong(("key_points",), "all key points weigh the same")
        words = len(self.reference.split())
        if not REFERENCE_WORDS[0] <= words <= REFERENCE_WORDS[1]:
            raise _wrong(("reference",), f"the reference has {words} words; 150 to 400 are wanted")
        if (self.kind == "behavioural") != (self.star is not None):
            raise _wrong(("kind",), "'star' belongs to behavioural questions, and to each of them")
        if self.samples:
            self._check_samples()
        return self

    def _check_samples(self) -> None:
        if [sample.grade for sample in self.samples] != ["weak", "fair", "strong"]:
            raise _wrong(("samples",), "'samples' holds a weak, a fair and a strong one, in this order")
        weights = {point.id: point.weight for point in self.key_points}
        covered = []
        for index, sample in enumerate(self.samples):
            for unknown in sorted(set(sample.covers) - set(weights)):
                where = ("samples", index, "covers")
                raise _wrong(where, f"the {sample.grade} sample names the key point {unknown!r}, which does not exist")
            words = len(sample.text.split())
            if not SAMPLE_WORDS[0] <= words <= SAMPLE_WORDS[1]:
                raise _wrong(
                    ("samples", index, "text"), f"the {sample.grade} sample has {words} words; 60 to 220 are wanted"
                )
            self._check_errors(index, sample)
            covered.append(sum(weights[point] for point in set(sample.covers)))
        if not covered[0] < covered[1] < covered[2]:
            raise _wrong(("samples",), "a better sample must cover more: weak < fair < strong by the points' weights")

    def _check_errors(self, index: int, sample: SampleFile) -> None:
        if sample.grade == "strong" and sample.errors:
            raise _wrong(("samples", index, "errors"), "the strong sample must hold no error: mend its text")
        text, ends = " ".join(sample.text.split()), 0
        quotes = [(text.find(" ".join(error.quote.split())), number) for number, error in enumerate(sample.errors)]
        for start, number in sorted(quotes):
            quote, where = sample.errors[number].quote, ("samples", index, "errors", number)
            if start < 0:
                raise _wrong(where, f"the {sample.grade} sample does not say {quote!r}")
            if start < ends:
                raise _wrong(where, f"two errors of the {sample.grade} sample overlap at {quote!r}")
            ends = start + len(" ".join(quote.split()))

    def content(self) -> dict[str, Any]:
        """The question as JSON-able values, in the order of the fields: what a version is of."""
        return self.model_dump(mode="json", exclude={"samples", "asked_as"})

    def content_hash(self) -> str:
        packed = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(packed.encode()).hexdigest()


class CategoryFile(Strict):
    slug: Slug
    name: Text
    summary: Text
    intent: Text
    weight: Annotated[float, Field(gt=0, le=1)]
