"""Stores the vectors of questions and key points under the embedding model in use; only what changed is embedded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector, SparseVector

from questions.bank import lexical
from questions.coach.rubric import demoted
from questions.models import KeyPoint, KeyPointVector, Question, QuestionVector

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from questions.bank.embeddings import Encoder

Vector = NDArray[np.float32]
Progress = Callable[[int, int], None]


Stale = list[tuple[Question, list[KeyPoint]]]


@dataclass(frozen=True)
class Vectors:
    """Of one question, unit rows: `asked` and `search` (d,), `points` (n, d) in the order of its key points."""

    asked: Vector
    points: Vector
    search: Vector


@dataclass(frozen=True)
class Embedded:
    """How many rows were written."""

    questions: int
    key_points: int


# The shares of title and reference, of what is asked, of the key points, and of other wordings: a query in a few words
# is nearer to single claims than to a long text. Set on queries of our own (docs/decisions/search.md).
REFERENCE_SHARE, ASKED_SHARE, POINTS_SHARE, WORDINGS_SHARE = 0.5, 0.8, 1.5, 1.5
OPENING = 160  # words of title and reference that are read: the gist stands there, and the rest finds no more


def search_texts(question: Question) -> tuple[str, str]:
    """What search compares a query with, besides the key points: what is asked, and title and reference (opening)."""
    opening = f"{question.title}\n{question.reference}".split()[:OPENING]
    return point_basis(question), " ".join(opening)


def all_texts(question: Question) -> str:
    """Every text of the question, for its words; the samples hold everyday ones."""
    parts = [question.title, question.title, question.prompt, question.reference, question.intent, *question.tags]
    parts += [point.text for point in _points(question)]
    parts += [*question.mistakes, *(follow_up["question"] for follow_up in question.follow_ups)]
    parts += [*question.asked_as, *(sample["text"] for sample in question.samples)]
    return "\n".join(parts)


def search_hash(question: Question) -> str:
    return text_hash(*search_texts(question), all_texts(question))


def _points(question: Question) -> list[KeyPoint]:
    return [point for point in question.key_points.all() if not point.is_retired]


def point_basis(question: Question) -> str:
    """What a key point's vector is demoted by: the question as it is asked, which is what `grade` is given too."""
    return question.prompt


def text_hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def embed_bank(
    model: str, load: Callable[[], Encoder], progress: Progress, questions: QuerySet[Question] | None = None
) -> Embedded:
    """Embeds every question (or those given) and key point whose text changed since it was embedded under `model`.

    `load` gives that model's encoder; it is called only when something is to be embedded.
    """
    stale = _stale(model, Question.objects.all() if questions is None else questions)
    written = Embedded(0, 0)
    if not stale:
        return written
    encoder = load()
    for done, ((question, points), vectors) in enumerate(_in_parallel(encoder, stale), start=1):
        _write(encoder, question, points, vectors)
        written = Embedded(written.questions + 1, written.key_points + len(points))
        progress(done, len(stale))
    return written


def _in_parallel(encoder: Encoder, stale: Stale) -> Iterator[tuple[tuple[Question, list[KeyPoint]], Vectors]]:
    """Each question with its vectors, in order; one thread a processor, since the model runs on one thread each."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        try:
            yield from zip(stale, pool.map(lambda item: _encoded(encoder, item[0]), stale), strict=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _stale(model: str, questions: QuerySet[Question]) -> list[tuple[Question, list[KeyPoint]]]:
    """Questions to embed, each with those of its key points that are to be."""
    questions = questions.filter(is_retired=False)
    vectors = QuestionVector.objects.filter(model=model, question__in=questions)
    point_vectors = KeyPointVector.objects.filter(model=model, key_point__question__in=questions)
    known_questions = dict(vectors.values_list("question_id", "text_hash"))
    known_points = dict(point_vectors.values_list("key_point_id", "text_hash"))
    return [
        (question, points)
        for question in questions.prefetch_related("key_points")
        if (points := _stale_points(question, known_points))
        or known_questions.get(question.pk) != search_hash(question)
    ]


def _stale_points(question: Question, known: dict[int, str]) -> list[KeyPoint]:
    basis = point_basis(question)
    return [point for point in _points(question) if known.get(point.pk) != text_hash(basis, point.text)]


def _encoded(encoder: Encoder, question: Question) -> Vectors:
    """Touches no database: the key points were fetched with the question."""
    texts = [point.text for point in _points(question)]
    rows = encoder.encode([*search_texts(question), *texts, *question.asked_as])
    points, wordings = rows[2 : 2 + len(texts)], rows[2 + len(texts) :]
    return Vectors(asked=rows[0], points=points, search=_for_search(rows[1], rows[0], points, wordings))


def _write(encoder: Encoder, question: Question, stale: list[KeyPoint], vectors: Vectors) -> None:
    """The question's row and those of its `stale` points."""
    QuestionVector.objects.update_or_create(
        question=question,
        model=encoder.name,
        defaults={
            "dimensions": encoder.dimensions,
            "text_hash": search_hash(question),
            "vector": HalfVector(vectors.search),
            "asked": HalfVector(vectors.asked),
            "lexical": SparseVector(lexical.document(all_texts(question)), lexical.SIZE),
        },
    )
    wanted = {point.pk for point in stale}
    KeyPointVector.objects.bulk_create(
        [
            _point_row(encoder, question, point, vector, vectors.asked)
            for point, vector in zip(_points(question), vectors.points, strict=True)
            if point.pk in wanted
        ],
        update_conflicts=True,
        unique_fields=["key_point", "model"],
        update_fields=["dimensions", "text_hash", "plain", "demoted"],
    )


def _point_row(encoder: Encoder, question: Question, point: KeyPoint, vector: Vector, asked: Vector) -> KeyPointVector:
    return KeyPointVector(
        key_point=point,
        model=encoder.name,
        dimensions=encoder.dimensions,
        text_hash=text_hash(point_basis(question), point.text),
        plain=HalfVector(vector),
        demoted=HalfVector(demoted(vector, asked)),
    )


def _for_search(reference: Vector, asked: Vector, points: Vector, wordings: Vector) -> Vector:
    """One unit vector, shape (d,), of the reference, what is asked, and the means of points and wordings, (n, d) each.

    Wordings of the question as people ask it stand for queries to come: document expansion (R. Nogueira et al., 2019).
    """
    mixed = REFERENCE_SHARE * reference + ASKED_SHARE * asked
    for share, rows in ((POINTS_SHARE, points), (WORDINGS_SHARE, wordings)):
        if len(rows):
            mixed = mixed + share * _unit(rows.mean(axis=0))
    return _unit(mixed)


def _unit(vector: Vector) -> Vector:
    unit: Vector = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
    return unit


def as_array(vector: HalfVector | Iterable[float]) -> Vector:
    """A stored vector as float32, shape (d,)."""
    values = vector.to_list() if isinstance(vector, HalfVector) else list(vector)
    return np.asarray(values, dtype=np.float32)
