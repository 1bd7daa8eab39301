"""What changed in a question since a version that somebody answered (PURE given the versions' contents)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from questions.browse.comparing import Piece, differences

TEXTS = {"title": "Title", "prompt": "Question", "reference": "Strong answer"}


@dataclass(frozen=True)
class Change:
    """One part that changed: its name, and the difference of its text."""

    name: str
    kind: str  # added, removed, changed
    pieces: list[Piece]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The differences between two versions' contents, in the order in which a reader meets them."""
    found = [
        Change(name, "changed", differences(str(old.get(field, "")), str(new.get(field, ""))))
        for field, name in TEXTS.items()
        if old.get(field, "") != new.get(field, "")
    ]
    before, after = _points(old), _points(new)
    for slug in [*after, *(slug for slug in before if slug not in after)]:
        if slug not in before:
            found.append(Change("Key point", "added", [Piece("added", after[slug])]))
        elif slug not in after:
            found.append(Change("Key point", "removed", [Piece("removed", before[slug])]))
        elif before[slug] != after[slug]:
            found.append(Change("Key point", "changed", differences(before[slug], after[slug])))
    return found


def _points(content: Mapping[str, Any]) -> dict[str, str]:
    return {point["id"]: point["text"] for point in content.get("key_points", [])}
