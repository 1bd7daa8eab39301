"""Questions from YAML (PURE): a list of them, or one in the bank's own format. Plain texts only: no tags, no aliases.

A stranger's file is bounded before it is built: PyYAML would resolve tags, multiply aliases (a few lines that mean
gigabytes) and work through numbers of base 60.
"""

from __future__ import annotations

from typing import Any

import yaml

from questions.bank.reading import line_of
from questions.own.reading import Known, Reading, UnreadableFile

DEEPEST = 12
MOST_PARTS = 400_000
NULLS = {"", "~", "null", "Null", "NULL"}


def read(text: str, known: Known) -> Reading:
    """Raises UnreadableFile. Faults carry the line that they stand on."""
    tree = _tree(text)
    reading = Reading("line")
    for node in _question_nodes(tree):
        values = _values(node)
        if not isinstance(values, dict):
            reading.refuse(node.start_mark.line + 1, "a question must be names and values, such as “title: …”")
            continue
        reading.take(values, known, lambda where, node=node: _line(node, where))  # type: ignore[misc]
    return reading


def _line(node: yaml.Node, where: tuple[str | int, ...]) -> int:
    return max(line_of(node, where), node.start_mark.line + 1)


def _tree(text: str) -> yaml.Node:
    try:
        _bound(text)
        tree = yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" on line {mark.line + 1}" if mark else ""
        raise UnreadableFile(f"This is not YAML{where}: {error.problem or 'it cannot be read'}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableFile("This is not YAML: it holds characters that YAML does not allow.") from error
    if tree is None:
        raise UnreadableFile("There is no question in this file.")
    return tree


def _bound(text: str) -> None:
    """Raises UnreadableFile for what is no plain list of texts. Reads event by event, so that it stops in time."""
    depth = documents = 0
    for parts, event in enumerate(yaml.parse(text, Loader=yaml.CBaseLoader)):
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableFile(f"Line {line}: aliases (*name) are not read. Write the text out.")
        if tag := getattr(event, "tag", None):
            raise UnreadableFile(f"Line {line}: tags ({str(tag)[:60]}) are not read. Leave them out.")
        if depth > DEEPEST:
            raise UnreadableFile(f"Line {line}: lists are nested more than {DEEPEST} deep.")
        if parts > MOST_PARTS or documents > 1:
            raise UnreadableFile("This file has too many parts: one document, with one list of questions.")


def _question_nodes(tree: yaml.Node) -> list[yaml.Node]:
    """The nodes of a list, of a list under `questions:`, or the one question."""
    if isinstance(tree, yaml.MappingNode):
        under = next((value for key, value in tree.value if key.value == "questions"), None)
        if under is None:
            return [tree]
        tree = under
    if not isinstance(tree, yaml.SequenceNode):
        raise UnreadableFile("This file should hold a list of questions, each with a title and a prompt.")
    nodes: list[yaml.Node] = tree.value
    return nodes


def _values(node: yaml.Node) -> Any:
    """Texts, lists and names with values; what is empty or `null` without quotes is None."""
    if isinstance(node, yaml.SequenceNode):
        return [_values(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _values(value) for key, value in node.value}
    is_plain = not getattr(node, "style", None)
    return None if is_plain and node.value in NULLS else node.value
