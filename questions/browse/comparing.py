"""What changed between two texts, word by word (PURE)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MOST_TOKENS = 3_000  # difflib is quadratic: longer texts are compared by line, and those of more lines not at all

Kind = Literal["same", "removed", "added"]


class Piece(NamedTuple):
    kind: Kind
    text: str


def differences(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in order; joined without `removed` they are `new`, without `added` they are `old`."""
    split = _by_word if max(len(old), len(new)) < MOST_TOKENS * 8 else _by_line
    before, after = split(old), split(new)
    if max(len(before), len(after)) > MOST_TOKENS:
        return [piece for piece in (Piece("removed", old), Piece("added", new)) if piece.text]
    pieces: list[Piece] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[start:end])))
            continue
        if end > start:
            pieces.append(Piece("removed", "".join(before[start:end])))
        if new_end > new_start:
            pieces.append(Piece("added", "".join(after[new_start:new_end])))
    return pieces


def _by_word(text: str) -> Sequence[str]:
    tokens = re.findall(r"\S+\s*|\s+", text)
    return tokens if len(tokens) <= MOST_TOKENS else _by_line(text)


def _by_line(text: str) -> Sequence[str]:
    return text.splitlines(keepends=True)
