"""What the API refuses, and with which reason."""

from __future__ import annotations

import json

import pytest

from questions.models import Answer, Question, Review
from tests.cast import answered
from tests.questions.test_api import GOOD, is_problem

BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b"null", 400),
    (b"[]", 400),
    (b'"text"', 400),
    (b'{"question": "chunking", "text": "a\\u0000b"}', 400),
    (b'{"question": "chunking", "text": "a\\ud800b"}', 400),
    (b'{"question": "chunking", "text": "ab", "seconds": NaN}', 400),
    (b'{"question": "chunking", "text": "ab", "seconds": -Infinity}', 400),
    (b'{"question": "chunking", "text": "ab", "seconds": 1e999}', 400),
    (b'{"question": "chunking", "text": "ab", "seconds": ' + b"9" * 5000 + b"}", 400),
    (b'{"question": "chunking", "text": "ab", "seconds": 1.5}', 400),
    (b'{"question": "chunking", "text": "ab", "more": ' + b"[" * 100 + b"]" * 100 + b"}", 400),
    (b'{"question": "chunking", "text": "ab", "more": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", 400),
    (b'{"question": "chunking", "text": "ab", "more": "' + b"x" * 1_100_000 + b'"}', 413),
    (json.dumps({"question": "chunking", "text": "x" * 200_000}).encode(), 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=[f"{body[:60]!r}" for body, _ in BODIES])
@pytest.mark.parametrize("path", ["answers/", "reviews/"])
def test_a_body_that_cannot_be_read_is_refused_with_a_reason(api, question, path, body, status):
    is_problem(api.post(path, body), status)
    assert not Answer.objects.exists()
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": None}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": "x" * 50_001}, "text"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": "soon"}, "seconds"),
        ({"seconds": 86_401}, "seconds"),
        ({"question": "no-such-question"}, "question"),
        ({"question": 7}, "question"),
        ({"question": None}, "question"),
        ({"question": "hybrid-search"}, "question"),
        ({"idempotency_key": "x" * 101}, "idempotency_key"),
    ],
)
def test_an_answer_with_a_bad_field_is_400_and_names_it(api, bank, change, field):
    Question.objects.filter(slug="hybrid-search").update(is_retired=True)

    assert field in is_problem(api.post("answers/", {**GOOD, **change}), 400)["errors"]
    assert not Answer.objects.exists()


@pytest.mark.parametrize("rating", [0, 5, -1, "x", None, 3.5, [], {}, 10**15, True])
def test_a_bad_rating_is_400(api, question, rating):
    assert "rating" in is_problem(api.post("reviews/", {"question": "chunking", "rating": rating}), 400)["errors"]
    assert not Review.objects.exists()


@pytest.mark.parametrize("answer", [0, -1, 10**15, "x", 999_999])
def test_a_rating_of_an_answer_that_is_not_there_is_400(api, question, answer):
    response = api.post("reviews/", {"question": "chunking", "rating": 3, "answer": answer})

    assert "answer" in is_problem(response, 400)["errors"]
    assert not Review.objects.exists()


def test_a_rating_of_an_answer_to_another_question_is_400(api, alice, bank):
    answer = answered(alice, bank["tool-calling"])

    is_problem(api.post("reviews/", {"question": "chunking", "rating": 3, "answer": answer.pk}), 400)


@pytest.mark.parametrize("id", ["9" * 19, "9" * 30, "9" * 5000])
@pytest.mark.parametrize("path", ["answers/{}/", "answers/{}/feedback/", "reviews/{}/"])
def test_a_huge_id_is_404(api, path, id):
    is_problem(api.get(path.format(id)), 404)


def test_another_content_type_is_415(api, question):
    response = api.client.post("/api/v1/answers/", {"question": "chunking", "text": "form"}, headers=api.headers)

    is_problem(response, 415)
