"""Search: exact terms come first, meaning decides the rest, and nobody finds what is another's."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from pgvector import HalfVector

from accounts.models import User
from questions.bank.search import Query, rare_terms, search
from questions.bank.state import local_model_name
from questions.bank.terms import exact_terms
from questions.models import Category, Question, QuestionVector

pytestmark = pytest.mark.django_db
DIMENSIONS = 384


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    rows = rng.normal(size=(count, DIMENSIONS)).astype(np.float16).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def shelve(
    category: Category, number: int, vector: np.ndarray, *, owner: User | None = None, **values: object
) -> Question:
    question = Question.objects.create(
        category=category,
        owner=owner,
        slug=f"q-{owner.pk if owner else 'bank'}-{number}",
        title=f"Question {number}",
        prompt="A prompt",
        intent="",
        kind="concept",
        level="mid",
        minutes=5,
        reference="A reference",
        checked_on=date(2026, 11, 22),
        content_hash="",
        **values,
    )
    half = HalfVector(vector)
    QuestionVector.objects.create(
        question=question, model=local_model_name(), dimensions=DIMENSIONS, text_hash="", vector=half, asked=half
    )
    return question


@pytest.fixture
def category(db) -> Category:
    return Category.objects.create(slug="rag", name="RAG", summary="", intent="", weight=1, position=0)


def test_codes_and_acronyms_are_exact_terms_and_words_are_not():
    text = "HNSW and LoRA, BM25, HTTP 429, top-p, recall@k, p95 and GPT-4; in 2026 we sent 12 letters. RAG? Fine."
    assert exact_terms([text]) == [
        *("429", "bm25", "gpt-4", "hnsw", "http", "lora", "p95", "rag", "recall@k", "top-p"),
    ]


def test_a_question_of_fifty_owners_is_found_by_its_owner_alone_and_completely(category):
    """Against NumPy: whoever searches gets exactly the nearest of the bank and of their own (recall 1.0)."""
    rng = np.random.default_rng(5)
    owners = [User.objects.create_user(f"owner{number}@example.org") for number in range(50)]
    vectors: dict[int, np.ndarray] = {}
    owner_of: dict[int, int | None] = {}
    for number, vector in enumerate(unit(rng, 40)):
        vectors[shelve(category, number, vector).pk] = vector
    owner_of.update(dict.fromkeys(vectors))
    for owner in owners:
        for number, vector in enumerate(unit(rng, 4)):
            pk = shelve(category, number, vector, owner=owner).pk
            vectors[pk], owner_of[pk] = vector, owner.pk
    asking: list[User | AnonymousUser] = [*owners, AnonymousUser()]
    for asker in asking:
        query = unit(rng, 1)[0]
        mine = [pk for pk, who in owner_of.items() if who in (None, asker.pk)]
        expected = sorted(mine, key=lambda pk: -float(vectors[pk] @ query))
        found = search(asker, Query("any words", query.tolist()), most=len(vectors))
        likely = [pk for pk in expected if float(vectors[pk] @ query) >= 0.125]
        assert {hit.question_id for hit in found} <= set(mine)
        assert set(likely) <= {hit.question_id for hit in found}
        assert [hit.question_id for hit in found][: len(likely)] == likely


def test_an_exact_term_comes_before_what_is_near_in_meaning(category):
    rng = np.random.default_rng(6)
    near, far, *others = unit(rng, 12)
    like = shelve(category, 0, near)
    holds = shelve(category, 1, far, main_terms=["hnsw"], terms=["hnsw"])
    mentions = shelve(category, 2, far, terms=["hnsw"])
    for number, vector in enumerate(others, start=3):
        shelve(category, number, vector)

    found = search(AnonymousUser(), Query("tune HNSW", near.tolist()))

    assert [hit.question_id for hit in found][:3] == [holds.pk, like.pk, mentions.pk]
    assert found[0].terms == ("hnsw",)
    assert found[1].terms == ()


def test_a_term_that_most_questions_hold_tells_nothing(category):
    rng = np.random.default_rng(7)
    for number, vector in enumerate(unit(rng, 60)):
        shelve(category, number, vector, terms=["llm", "bm25"] if number < 2 else ["llm"])
    cache.delete("bank-size")
    assert rare_terms(AnonymousUser(), ["llm", "bm25", "unknown"]) == ["bm25"]


def test_without_an_encoder_the_words_of_title_and_prompt_decide(category):
    rng = np.random.default_rng(8)
    vectors = unit(rng, 3)
    shelve(category, 0, vectors[0])
    wanted = shelve(category, 1, vectors[1])
    Question.objects.filter(pk=wanted.pk).update(title="Choosing a chunking strategy")

    found = search(AnonymousUser(), Query("chunking strategy", None))

    assert [hit.question_id for hit in found] == [wanted.pk]
    assert found[0].likeness is None


@pytest.mark.parametrize("text", ["", "   ", "%", "'; DROP TABLE x; --", "a" * 300, "\\", "🙂 🙂", "NOT (a & b"])
def test_strange_queries_find_little_and_break_nothing(category, text):
    shelve(category, 0, unit(np.random.default_rng(9), 1)[0])
    assert len(search(AnonymousUser(), Query(text, None))) <= 1


def test_retired_questions_are_not_found(category):
    vector = unit(np.random.default_rng(10), 1)[0]
    question = shelve(category, 0, vector)
    assert len(search(AnonymousUser(), Query("x", vector.tolist()))) == 1
    Question.objects.filter(pk=question.pk).update(is_retired=True)
    assert search(AnonymousUser(), Query("x", vector.tolist())) == []


def test_a_search_costs_four_queries(category, django_assert_num_queries):
    vector = unit(np.random.default_rng(11), 1)[0]
    shelve(category, 0, vector)
    search(AnonymousUser(), Query("the bank's size is asked once", vector.tolist()))
    with django_assert_num_queries(4):
        search(AnonymousUser(), Query("tune HNSW", vector.tolist()))
