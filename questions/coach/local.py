"""The local grader on the bank's rows: stored vectors where they are up to date, fresh ones where they are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from questions.bank.embeddings import Encoder
from questions.bank.vectors import as_array, point_basis, text_hash
from questions.coach import flags, rubric, words
from questions.models import Answer, KeyPoint, KeyPointVector, Question, QuestionVector

FEWEST_WORDS = 8


def prepared(
    question: Question, points: Sequence[KeyPoint], encoder: Encoder
) -> tuple[rubric.QuestionVectors, tuple[rubric.KeyPointVectors, ...]]:
    """The question and its points as vectors of `encoder`'s model."""
    basis = point_basis(question)
    row = QuestionVector.objects.filter(question=question, model=encoder.name).first()
    stored = {v.key_point_id: v for v in KeyPointVector.objects.filter(key_point__in=points, model=encoder.name)}
    fresh = row is not None and all(
        point.pk in stored and stored[point.pk].text_hash == text_hash(basis, point.text) for point in points
    )
    if row is None or not fresh:
        return rubric.prepare(basis, [(p.slug, p.text, p.weight) for p in points], encoder.encode)
    asked = rubric.QuestionVectors(basis, as_array(row.asked))
    return asked, tuple(
        rubric.key_point(
            id=point.slug,
            text=point.text,
            weight=point.weight,
            vector=as_array(stored[point.pk].plain),
            question=asked,
        )
        for point in points
    )


def local_grade(
    answer: Answer, points: Sequence[KeyPoint], encoder: Encoder, *, finds_copies: bool = True
) -> rubric.LocalGrade:
    """The coverage of an answer; what was pasted from the reference or the key points is left out of it."""
    asked, ready = prepared(answer.question, points, encoder)
    seen = shown(answer.question, points) if finds_copies else None
    return rubric.grade(answer.text, asked, ready, encoder.encode, shown=seen)


def shown(question: Question, points: Sequence[KeyPoint]) -> flags.Shown:
    """What an answer may be copied from; after an attempt or a reveal the reference is on the screen too."""
    return flags.Shown(f"{question.title}\n{question.prompt}", (question.reference, *(point.text for point in points)))


def is_too_little(answer: Answer) -> bool:
    """Whether there is nothing for a model to read: a word or two, or only what was copied."""
    points = answer.question.key_points.filter(is_retired=False)
    left = flags.prepare(answer.text, shown(answer.question, list(points)))
    said = " ".join(sentence.text for sentence in left.sentences)
    return len(words.content_words(said)) < FEWEST_WORDS and left.code_share < rubric.MOSTLY


def supports(answer: Answer, points: Sequence[KeyPoint], encoder: Encoder) -> Callable[[str, str], bool]:
    """Whether a quote bears on a key point at all (rubric.supports), for the model's claims."""
    _, ready = prepared(answer.question, points, encoder)
    return rubric.supports(ready, encoder.encode)
