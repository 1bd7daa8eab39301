"""Reads the bank's files (PURE): questions, categories, allowed likenesses; each fault with its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from questions.bank.schema import CategoryFile, QuestionFile, Strict


class Fault(Strict):
    """One thing wrong with one file; `line` counts from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Located:
    """A question and the file that it stands in."""

    path: Path
    question: QuestionFile

    def fault(self, where: Sequence[str | int], message: str) -> Fault:
        """A fault on the line of `where`, a path such as ("key_points", 2, "text")."""
        tree = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return Fault(path=self.path, line=line_of(tree, where), message=message)


@dataclass(frozen=True)
class Bank:
    """What a folder of question files holds, and what is wrong with it. `allowed`: slugs that may be alike."""

    located: list[Located]
    categories: list[CategoryFile]
    faults: list[Fault]
    allowed: frozenset[frozenset[str]] = frozenset()

    @property
    def questions(self) -> list[QuestionFile]:
        return [item.question for item in self.located]


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
                line=line_of(tree, item.get("ctx", {}).get("where", item["loc"])),
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


def read_bank(folder: Path) -> Bank:
    """Every question below `folder`, in order of path; files that start with `_` are not questions."""
    try:
        categories = read_categories(folder / "_categories.yaml")
        allowed = read_similar(folder / "_similar.yaml")
    except (OSError, yaml.YAMLError, ValueError) as error:
        return Bank([], [], [Fault(path=folder, line=1, message=str(error))])
    located: list[Located] = []
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
        located.append(Located(path, question))
    return Bank(located, categories, [*faults, *_unknown_similar(folder, allowed, seen)], allowed)


def read_similar(path: Path) -> frozenset[frozenset[str]]:
    """Pairs of slugs that may be alike: a YAML list of `[slug, slug, why]`. Raises ValueError, YAMLError."""
    if not path.exists():
        return frozenset()
    pairs = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or []
    if not all(isinstance(pair, list) and len(pair) == 3 and all(isinstance(p, str) for p in pair) for pair in pairs):
        raise ValueError(f"{path}: each line is [slug, slug, why]")
    return frozenset(frozenset(pair[:2]) for pair in pairs)


def _unknown_similar(folder: Path, allowed: Iterable[frozenset[str]], seen: Mapping[str, Path]) -> list[Fault]:
    path = folder / "_similar.yaml"
    gone = sorted({slug for pair in allowed for slug in pair} - set(seen))
    text = "names {!r}, which does not exist"
    return [Fault(path=path, line=_line_with(path, slug), message=text.format(slug)) for slug in gone]


def _line_with(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)


def _clashes(question: QuestionFile, path: Path, seen: dict[str, Path], categories: list[CategoryFile]) -> list[Fault]:
    faults = []
    if question.slug in seen:
        faults.append(Fault(path=path, line=1, message=f"slug: {question.slug!r} is also in {seen[question.slug]}"))
    seen[question.slug] = path
    if question.category not in {category.slug for category in categories}:
        faults.append(Fault(path=path, line=1, message=f"category: {question.category!r} is not in _categories.yaml"))
    return faults
