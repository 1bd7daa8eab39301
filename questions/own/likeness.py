"""Whether a new question asks what another one asks already: one of the bank, an own one, or one of the same file.

Cosine of title and prompt under the bank's embedding model. Measured on 30 rewordings of the first 41 questions and on
36 other questions of the same field (tests/questions/own_alike.py): at 0.50 77 % of the rewordings are found and 3 % of
the others; at 0.60 53 % and 3 %. Where a question is only offered, the lower one is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from accounts.models import User
from questions.bank.state import local_model_name
from questions.bank.vectors import as_array
from questions.models import Question, QuestionVector
from questions.own.format import OwnQuestion
from questions.own.vectors import Vectors, text_vectors

OFFERED = 0.50
LIKELY = 0.60
SHOWN = 3
SAME_WORDS = "words"
IN_MEANING = "meaning"


@dataclass(frozen=True)
class Alike:
    """What a new question looks like. `slug`: of a stored question, "" for an earlier `row` of the same file."""

    how: str  # SAME_WORDS or IN_MEANING
    title: str
    slug: str = ""
    is_own: bool = False
    row: int | None = None

    def packed(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Known:
    slug: str
    title: str
    is_own: bool


def basis(content: OwnQuestion) -> str:
    return f"{content.title}\n{content.prompt}"


def alike(*, user: User, content: OwnQuestion, wait: float, besides: int | None = None) -> list[Alike]:
    """Up to three questions of the bank or of this person's own that ask the same, nearest first."""
    rows = [row for row in _words_of_known(user) if row[0] != besides]
    found = [_alike(SAME_WORDS, known) for _, words, known in rows if words == _words(basis(content))]
    vectors = text_vectors([basis(content)], wait)
    known, matrix = _vectors_of_known(user, besides)
    if vectors and known:
        cosines = matrix @ vectors[0]
        near = [index for index in np.argsort(-cosines)[:SHOWN] if cosines[index] >= OFFERED]
        found += [_alike(IN_MEANING, known[index]) for index in near]
    return list({item.slug: item for item in reversed(found)}.values())[::-1][:SHOWN]


def likenesses(
    *, user: User, contents: Sequence[OwnQuestion], rows: Sequence[int], wait: float
) -> tuple[list[Alike | None], int]:
    """For each question of a file what it looks like, None for a new one; and how many were compared by meaning."""
    found = _same_words(user, contents, rows)
    vectors = text_vectors([basis(content) for content in contents], wait)
    indices = sorted(vectors)
    for index, nearest in zip(indices, _nearest(user, [vectors[index] for index in indices]), strict=True):
        if found[index] is not None:
            continue
        if isinstance(nearest, _Known):
            found[index] = _alike(IN_MEANING, nearest)
        elif isinstance(nearest, int):
            twin = indices[nearest]
            found[index] = Alike(IN_MEANING, contents[twin].title, row=rows[twin])
    return found, len(vectors)


def _nearest(user: User, vectors: Sequence[Vectors]) -> list[_Known | int | None]:
    """For each vector the question that it is LIKELY to repeat: a stored one, or the place of an earlier vector."""
    if not vectors:
        return []
    new = np.stack(vectors)
    known, matrix = _vectors_of_known(user, None)
    stored = new @ matrix.T if known else np.zeros((len(new), 1), dtype=np.float32)
    among = np.tril(new @ new.T, k=-1)  # only with those before it
    found: list[_Known | int | None] = []
    for to_stored, to_earlier in zip(stored, among, strict=True):
        if to_stored.max() >= LIKELY:
            found.append(known[int(to_stored.argmax())])
        else:
            found.append(int(to_earlier.argmax()) if to_earlier.max() >= LIKELY else None)
    return found


def _same_words(user: User, contents: Sequence[OwnQuestion], rows: Sequence[int]) -> list[Alike | None]:
    seen: dict[str, Alike] = {words: _alike(SAME_WORDS, known) for _, words, known in _words_of_known(user)}
    found: list[Alike | None] = []
    for content, row in zip(contents, rows, strict=True):
        words = _words(basis(content))
        found.append(seen.get(words))
        seen.setdefault(words, Alike(SAME_WORDS, content.title, row=row))
    return found


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _words_of_known(user: User) -> list[tuple[int, str, _Known]]:
    rows = Question.objects.for_user(user).values_list("pk", "slug", "title", "prompt", "owner")
    return [
        (pk, _words(f"{title}\n{prompt}"), _Known(slug, title, owner is not None))
        for pk, slug, title, prompt, owner in rows
    ]


def _vectors_of_known(user: User, besides: int | None) -> tuple[list[_Known], Vectors]:
    rows = list(
        QuestionVector.objects.filter(model=local_model_name(), question__in=Question.objects.for_user(user))
        .exclude(question=besides)
        .values_list("question__slug", "question__title", "question__owner", "asked")
    )
    known = [_Known(slug, title, owner is not None) for slug, title, owner, _ in rows]
    return known, np.stack([as_array(row[3]) for row in rows]) if rows else np.zeros((0, 1), dtype=np.float32)


def _alike(how: str, known: _Known) -> Alike:
    return Alike(how, known.title, known.slug, known.is_own)
