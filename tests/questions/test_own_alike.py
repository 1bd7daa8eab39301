"""A new question that asks what is there already is found before it is saved; one that does not is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from questions import tasks
from questions.bank import loading, query_vectors
from questions.bank.embeddings import built_in_encoder
from questions.bank.reading import read_bank
from questions.own import authoring, embedding, likeness, vectors
from questions.own.format import OwnPoint, OwnQuestion
from questions.own.likeness import IN_MEANING, LIKELY, NEARLY, OFFERED, SAME_WORDS, alike, likenesses
from tests import cast
from tests.questions.own_alike import OTHERS, REWORDED


@pytest.fixture(autouse=True)
def _encoder_here(settings):
    settings.SEARCH_ENCODER = "here"


def content(title: str, prompt: str) -> OwnQuestion:
    return OwnQuestion(title=title, prompt=prompt, category="rag", key_points=[OwnPoint(text="A point.")])


def test_the_thresholds_are_as_good_as_their_docstring_says():
    """Against the 41 questions that they were measured on; a larger bank has more neighbours."""
    encoder = built_in_encoder()
    measured = {slug for slug, _, _ in REWORDED}
    asked = {
        question.slug: f"{question.title}\n{question.prompt}"
        for question in read_bank(loading.CONTENT).questions
        if question.slug in measured
    }
    assert set(asked) == measured
    matrix = encoder.encode(list(asked.values()))
    again = np.array(
        [
            matrix[list(asked).index(slug)] @ encoder.encode([f"{title}\n{prompt}"])[0]
            for slug, title, prompt in REWORDED
        ]
    )
    nearest = np.array([(matrix @ encoder.encode([f"{title}\n{prompt}"])[0]).max() for title, prompt in OTHERS])

    assert (again >= OFFERED).mean() >= 0.75
    assert (nearest >= OFFERED).mean() <= 0.06
    assert (again >= LIKELY).mean() >= 0.5
    assert (nearest >= LIKELY).mean() <= 0.04


@pytest.mark.django_db
def test_what_is_close_in_meaning_is_offered(alice, bank):
    mine = cast.own_question(alice, title="Reranking at work")
    embedding.embed_own(alice.pk)
    found = alike(
        user=alice, content=content("Rerankers", "Why are passages reranked before a model reads them?"), wait=1
    )

    assert [(item.slug, item.how, item.is_own) for item in found] == [(mine.slug, IN_MEANING, True)]


@pytest.mark.django_db
def test_the_same_words_are_found_without_any_vector(alice, bank):
    mine = cast.own_question(alice)
    again = content("reranking AT work!", "Why do we rerank passages - before the model reads them")

    assert [(item.slug, item.how) for item in alike(user=alice, content=again, wait=1)] == [(mine.slug, SAME_WORDS)]


@pytest.mark.django_db
def test_a_question_does_not_look_like_itself_nor_like_that_of_another(alice, bob, bank):
    mine = cast.own_question(alice)
    for person in (alice, bob):
        embedding.embed_own(person.pk)
    same = authoring.content_of(mine)

    assert alike(user=alice, content=same, wait=1, besides=mine.pk) == []
    assert alike(user=bob, content=same, wait=1) == []


@pytest.mark.django_db
def test_a_file_is_compared_with_the_bank_and_with_itself(alice, bank):
    mine = cast.own_question(alice)
    embedding.embed_own(alice.pk)
    contents = [
        content("Reranking at work", "Why do we rerank passages before the model reads them?"),
        content("Rerankers", "Why are passages reranked before a model reads them?"),
        content("Salary", "What salary do you expect?"),
        content("Salary", "Which salary are you expecting?"),
        content("Salary", "What salary do you expect?"),
    ]
    found, compared = likenesses(user=alice, contents=contents, rows=[2, 3, 4, 5, 6], wait=1)

    assert compared == 5
    assert [(item.how, item.slug, item.row) if item else None for item in found] == [
        (SAME_WORDS, mine.slug, None),
        (IN_MEANING, mine.slug, None),
        None,
        (NEARLY, "", 4),
        (SAME_WORDS, "", 4),
    ]


OF_ONE_PATTERN = (
    ("L1", "What is L1 regularisation, and when would you use it?"),
    ("L2", "What is L2 regularisation, and when would you use it?"),
    ("Pros", "What are the advantages of fine-tuning?"),
    ("Cons", "What are the disadvantages of fine-tuning?"),
    ("Encoders", "When would you use an encoder model?"),
    ("Decoders", "When would you use a decoder model?"),
    ("With", "How do you evaluate an answer with a reference?"),
    ("Without", "How do you evaluate an answer without a reference?"),
    ("Why", "Why does a language model make things up?"),
    ("When", "When does a language model make things up?"),
    ("Recall", "When does precision matter more than recall?"),
    ("Recall", "When does recall matter more than precision?"),
)


@pytest.mark.django_db
def test_questions_of_one_file_that_follow_a_pattern_are_not_taken_for_each_other(alice, bank):
    contents = [content(*texts) for texts in OF_ONE_PATTERN]
    found, _ = likenesses(user=alice, contents=contents, rows=range(len(contents)), wait=1)

    assert [item for item in found if item and item.row is not None] == []


@pytest.mark.django_db
def test_no_two_questions_of_the_shared_bank_are_taken_for_each_other(alice):
    contents = [content(question.title, question.prompt) for question in read_bank(loading.CONTENT).questions]
    found = likeness.by_words(alice, contents, range(len(contents)))

    assert len(contents) > 200
    assert [item for item in found if item] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "again",
    [
        ("Reranking", "why do we re-rank passages"),
        ("reranking", "Why do we re-rank the passages?"),
        ("Reranking", "Why is it that we re-rank a passage?"),
    ],
)
def test_nearly_the_same_words_in_one_file_are_found(alice, bank, again):
    contents = [content("Reranking", "Why do we re-rank passages?"), content(*again)]
    (first, second) = likeness.by_words(alice, contents, [1, 2])

    assert first is None
    assert second is not None
    assert (second.how in {SAME_WORDS, NEARLY}, second.row) == (True, 1)


@pytest.mark.django_db
def test_without_a_worker_words_alone_are_compared(alice, bank, settings):
    settings.SEARCH_ENCODER = "worker"
    mine = cast.own_question(alice)
    found, compared = likenesses(user=alice, contents=[authoring.content_of(mine)], rows=[1], wait=0.05)

    assert compared == 0
    assert [item.slug for item in found if item] == [mine.slug]


@pytest.mark.django_db
def test_the_answer_of_a_worker_is_what_the_web_process_reads(alice, monkeypatch, settings):
    """Both ends of the broker, with the worker's part called where it would be rung for."""
    settings.SEARCH_ENCODER = "worker"
    texts = [f"Question {n} about retrieval" for n in range(vectors.AT_ONCE + 2)]
    monkeypatch.setattr(tasks.embed_texts, "apply_async", lambda args, **options: vectors.answer_texts(*args))
    found = vectors.text_vectors(texts, wait=5)

    assert sorted(found) == list(range(len(texts)))
    encoder = built_in_encoder()
    assert all(found[n] @ encoder.encode([texts[n]])[0] > 0.999 for n in (0, len(texts) - 1))
    assert not query_vectors.broker().keys("onsite:own-vectors:*")


@pytest.mark.django_db
def test_the_queries_do_not_grow_with_the_file(alice, bank, django_assert_num_queries):
    many = [content(f"Question {n}", f"Prompt {n}") for n in range(30)]
    with django_assert_num_queries(2):
        likeness.likenesses(user=alice, contents=many, rows=list(range(30)), wait=1)
