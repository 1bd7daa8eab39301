"""The format of a question file (PURE): what each field must hold, and on which line a fault stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
REFERENCE_WORDS = (150, 400)

Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Level = Literal["junior", "mid", "senior"]


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

    @model_validator(mode="after")
    def parts_agree(self) -> Self:
        ids = [point.id for point in self.key_points]
        if len(set(ids)) != len(ids):
            raise ValueError("two key points share an id")
        for follow_up in self.follow_ups:
            if follow_up.key_point not in ids:
                raise ValueError(f"a follow-up names the key point {follow_up.key_point!r}, which does not exist")
        if len({point.weight for point in self.key_points}) == 1:
            raise ValueError("all key points weigh the same")
        words = len(self.reference.split())
        if not REFERENCE_WORDS[0] <= words <= REFERENCE_WORDS[1]:
            raise ValueError(f"the reference has {words} words; 150 to 400 are wanted")
        if (self.kind == "behavioural") != (self.star is not None):
            raise ValueError("'star' belongs to behavioural questions, and to each of them")
        return self

    def content(self) -> dict[str, Any]:
        """The question as JSON-able values, in the order of the fields."""
        return self.model_dump(mode="json")

    def content_hash(self) -> str:
        packed = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(packed.encode()).hexdigest()


class CategoryFile(Strict):
    slug: Slug
    name: Text
    summary: Text
    intent: Text
    weight: Annotated[float, Field(gt=0, le=1)]


class Fault(Strict):
    """One thing wrong with one file; `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    """The line, from 1, of the deepest part of `path` that the YAML holds."""
    line = 1
    for part in path:
        node = _child(node, part)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None


def read_question(path: Path) -> tuple[QuestionFile | None, list[Fault]]:
    """One question file: the question, or the faults that it has."""
    raw = path.read_text(encoding="utf-8")
    try:
        data = yaml.load(raw, Loader=yaml.CSafeLoader)  # a safe loader: plain values only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None, [Fault(path=path, line=mark.line + 1 if mark else 1, message=f"not YAML: {error}")]
    try:
        question = QuestionFile.model_validate(data)
    except ValidationError as error:
        tree = yaml.compose(raw, Loader=yaml.CSafeLoader)
        return None, [
            Fault(
                path=path,
                line=line_of(tree, item["loc"]),
                message=f"{'.'.join(str(p) for p in item['loc']) or 'question'}: {item['msg']}",
            )
            for item in error.errors()
        ]
    return question, _misplaced(question, path)


def _misplaced(question: QuestionFile, path: Path) -> list[Fault]:
    faults = []
    if path.stem != question.slug:
        faults.append(Fault(path=path, line=1, message=f"slug: {question.slug!r} does not match the file's name"))
    if path.parent.name != question.category:
        faults.append(
            Fault(path=path, line=1, message=f"category: {question.category!r} does not match the folder's name")
        )
    return faults


def read_categories(path: Path) -> list[CategoryFile]:
    """The categories in their order. Raises ValidationError, YAMLError."""
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return [CategoryFile.model_validate(item) for item in data]


def read_bank(folder: Path) -> tuple[list[QuestionFile], list[CategoryFile], list[Fault]]:
    """Every question below `folder`, in order of path; files that start with `_` are not questions."""
    try:
        categories = read_categories(folder / "_categories.yaml")
    except (OSError, yaml.YAMLError, ValidationError) as error:
        return [], [], [Fault(path=folder / "_categories.yaml", line=1, message=str(error))]
    questions: list[QuestionFile] = []
    faults: list[Fault] = []
    seen: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.yaml")):
        if path.name.startswith("_"):
            continue
        question, found = read_question(path)
        faults.extend(found)
        if question is None:
            continue
        faults.extend(_clashes(question, path, seen, categories))
        questions.append(question)
    return questions, categories, faults


def _clashes(question: QuestionFile, path: Path, seen: dict[str, Path], categories: list[CategoryFile]) -> list[Fault]:
    faults = []
    if question.slug in seen:
        faults.append(Fault(path=path, line=1, message=f"slug: {question.slug!r} is also in {seen[question.slug]}"))
    seen[question.slug] = path
    if question.category not in {category.slug for category in categories}:
        faults.append(Fault(path=path, line=1, message=f"category: {question.category!r} is not in _categories.yaml"))
    return faults
