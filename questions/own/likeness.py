"""Whether a new question asks what another one asks already: one of the bank, an own one, or one of the same file.

With what is stored it is compared by meaning: cosine of title and prompt under the bank's embedding model. Measured on
30 rewordings of the first 41 questions and on 36 other questions of the same field (tests/questions/own_alike.py): at
0.50 77 % of the rewordings are found and 3 % of the others; at 0.60 53 % and 3 %. Where a question is only offered, the
lower one is used.

Questions of one file are all of one field and often of one pattern ("What is L1 …", "What is L2 …": cosine 0.87), so
among themselves they are compared by their words alone: the same, or the same but for little words and endings.
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
NEARLY = "nearly"
IN_MEANING = "meaning"
# Words that a question can do without. Never those that turn it round: not, no, without, why, when, how, before, over.
LITTLE = frozenset(
    "a an and are at be been can could did do does doing for from have in is it its of on or our please s should that "
    "the their them there these they this those to was we were what which will with would you your".split()
)
ENDINGS = ("ing", "ed", "es", "s")
SHORTEST_STEM = 4


@dataclass(frozen=True)
class Alike:
    """What a new question looks like. `slug`: of a stored question, "" for an earlier `row` of the same file."""

    how: str  # SAME_WORDS, NEARLY or IN_MEANING
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
    found = by_words(user, contents, rows)
    vectors = text_vectors([basis(content) for content in contents], wait)
    indices = sorted(vectors)
    for index, nearest in zip(indices, _nearest(user, [vectors[index] for index in indices]), strict=True):
        if found[index] is None and nearest is not None:
            found[index] = _alike(IN_MEANING, nearest)
    return found, len(vectors)


def _nearest(user: User, vectors: Sequence[Vectors]) -> list[_Known | None]:
    """For each vector the stored question that it is LIKELY to repeat."""
    known, matrix = _vectors_of_known(user, None)
    if not vectors or not known:
        return [None] * len(vectors)
    cosines = np.stack(vectors) @ matrix.T
    return [known[int(row.argmax())] if row.max() >= LIKELY else None for row in cosines]


def by_words(user: User, contents: Sequence[OwnQuestion], rows: Sequence[int]) -> list[Alike | None]:
    """The stored question, or else the earlier one of the file, in the same or nearly the same words."""
    same: dict[str, Alike] = {}
    nearly: dict[str, Alike] = {}
    for _, words, known in _words_of_known(user):
        same[words] = _alike(SAME_WORDS, known)
        nearly[_bare(words)] = _alike(NEARLY, known)
    found: list[Alike | None] = []
    for content, row in zip(contents, rows, strict=True):
        words = _words(basis(content))
        bare = _bare(words)
        found.append(same.get(words) or nearly.get(bare))
        same.setdefault(words, Alike(SAME_WORDS, content.title, row=row))
        nearly.setdefault(bare, Alike(NEARLY, content.title, row=row))
    return found


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _bare(words: str) -> str:
    """The words without little ones and endings, in their order; all of them where nothing else is left."""
    return " ".join(_stem(word) for word in words.split() if word not in LITTLE) or words


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= SHORTEST_STEM:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > SHORTEST_STEM else word


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
