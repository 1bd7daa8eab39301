"""A request that is sent again: with its Idempotency-Key it has one effect and gets the first body."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.rights import erase_person, export_person
from questions import tasks
from questions.models import Answer, Card, Feedback, KeyedRequest, Review
from tests.cast import TokenClient, answered, coached
from tests.questions.test_api import GOOD, is_problem
from tests.questions.test_session import together

RATING = {"question": "chunking", "rating": 3}


def sent(api: TokenClient, way: str, path: str, body: dict[str, Any], key: str) -> Any:
    """POST with the key in the header or in the body."""
    if way == "header":
        return api.post(path, body, Idempotency_Key=key)
    return api.post(path, {**body, "idempotency_key": key})


@pytest.mark.parametrize("way", ["header", "body"])
@pytest.mark.parametrize(("path", "body"), [("answers/", GOOD), ("reviews/", RATING)])
def test_the_same_request_with_the_same_key_is_200_with_the_first_body(api, question, path, body, way):
    first, *again = [sent(api, way, path, body, "k-1") for _ in range(3)]

    assert [first.status_code, *(one.status_code for one in again)] == [201, 200, 200]
    assert [one.content for one in again] == [first.content] * 2
    assert Answer.objects.count() + Review.objects.count() == 1


def test_the_first_body_comes_again_whatever_became_of_the_answer(api, question):
    first = api.post("answers/", GOOD, Idempotency_Key="k")
    coached(Answer.objects.get())

    again = api.post("answers/", GOOD, Idempotency_Key="k")

    assert again.json() == first.json()
    assert again.json()["feedback"] == {"status": "pending"}
    assert api.get(f"answers/{first.json()['id']}/").json()["feedback"] == {"status": "done"}


@pytest.mark.parametrize("way", ["header", "body"])
def test_a_key_that_comes_with_another_text_is_422_and_says_that_nothing_was_kept(api, question, way):
    first = sent(api, way, "answers/", GOOD, "k")

    refused = is_problem(sent(api, way, "answers/", {**GOOD, "text": "Another text by now."}, "k"), 422)

    assert "Nothing was kept" in refused["detail"]
    assert "new key" in refused["detail"]
    assert Answer.objects.get().text == GOOD["text"]
    assert sent(api, way, "answers/", GOOD, "k").json() == first.json()


def test_a_key_that_comes_with_another_rating_is_422(api, question):
    api.post("reviews/", RATING, Idempotency_Key="k")

    is_problem(api.post("reviews/", {**RATING, "rating": 4}, Idempotency_Key="k"), 422)

    assert Review.objects.get().rating == 3


def test_a_second_review_without_a_key_or_with_another_one_is_409(api, question):
    api.post("reviews/", RATING, Idempotency_Key="k")

    is_problem(api.post("reviews/", RATING), 409)
    is_problem(api.post("reviews/", RATING, Idempotency_Key="other"), 409)


def test_the_header_and_the_body_name_the_same_key(api, question):
    first = api.post("answers/", GOOD, Idempotency_Key="k-2")
    again = api.post("answers/", {**GOOD, "idempotency_key": "k-2"})

    assert (again.status_code, again.json()) == (200, first.json())


def test_the_order_of_the_fields_does_not_make_another_request(api, question):
    api.post("answers/", GOOD, Idempotency_Key="k")

    assert api.post("answers/", dict(reversed(GOOD.items())), Idempotency_Key="k").status_code == 200


def test_keys_are_ones_own_and_without_a_key_each_post_is_an_answer(api, api_of_bob, question):
    statuses = [
        api.post("answers/", GOOD, Idempotency_Key="k").status_code,
        api_of_bob.post("answers/", GOOD, Idempotency_Key="k").status_code,
        api.post("answers/", GOOD).status_code,
        api.post("answers/", GOOD, Idempotency_Key="").status_code,
    ]

    assert statuses == [201, 201, 201, 201]
    assert Answer.objects.count() == 4


def test_a_key_means_nothing_at_another_address(api, question):
    assert api.post("answers/", GOOD, Idempotency_Key="k").status_code == 201
    assert api.post("reviews/", RATING, Idempotency_Key="k").status_code == 201


@pytest.mark.parametrize("bad", [{"text": ""}, {"question": "no-such-question"}, {"seconds": -1}])
def test_a_refused_request_leaves_its_key_free(api, question, bad):
    is_problem(api.post("answers/", {**GOOD, **bad}, Idempotency_Key="k"), 400)

    assert api.post("answers/", GOOD, Idempotency_Key="k").status_code == 201


def test_a_conflict_leaves_its_key_free(api, alice, question):
    first = api.post("reviews/", RATING).json()
    is_problem(api.post("reviews/", RATING, Idempotency_Key="k"), 409)
    api.delete(f"reviews/{first['id']}/")

    assert api.post("reviews/", RATING, Idempotency_Key="k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 5000, "ключ", "\udcff", " k ", "{}"])
def test_any_header_can_be_a_key(api, question, key):
    header = key.encode("utf-8", "surrogateescape").decode("latin-1")

    statuses = [api.post("answers/", GOOD, Idempotency_Key=header).status_code for _ in range(2)]

    assert statuses == [201, 200]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "body"), [("answers/", GOOD), ("reviews/", RATING)])
def test_twelve_requests_at_once_with_one_key_are_one_effect_and_one_body(api, question, path, body):
    responses = together(12, lambda number: api.post(path, body, Idempotency_Key="k"))

    assert sorted(response.status_code for response in responses) == [200] * 11 + [201]
    assert {response.content for response in responses} == {responses[0].content}
    assert Answer.objects.count() + Review.objects.count() == 1
    assert Feedback.objects.count() + Card.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_texts_at_once_with_one_key_one_is_kept_and_the_other_told(api, question):
    texts = [f"Text {number} about overlap." for number in range(6)]

    responses = together(6, lambda number: api.post("answers/", {**GOOD, "text": texts[number]}, Idempotency_Key="k"))

    codes = [response.status_code for response in responses]
    assert sorted(codes) == [201] + [422] * 5
    assert Answer.objects.get().text == texts[codes.index(201)]


def test_after_a_day_the_key_is_forgotten_but_the_answer_is_not_doubled(api, question):
    first = api.post("answers/", GOOD, Idempotency_Key="k")
    KeyedRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    tasks.clear_ledgers()

    again = api.post("answers/", GOOD, Idempotency_Key="k")

    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_after_a_day_the_key_may_carry_another_text(api, question):
    api.post("answers/", GOOD, Idempotency_Key="k")
    KeyedRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    tasks.clear_ledgers()

    assert api.post("answers/", {**GOOD, "text": "Another text by now."}, Idempotency_Key="k").status_code == 201


def test_what_is_kept_with_a_key_is_exported_and_erased_with_the_account(api, api_of_bob, alice, question):
    for client in (api, api_of_bob):
        client.post("answers/", GOOD, Idempotency_Key="k")
    rows = export_person(user=alice)["questions"]["api_requests"]
    assert [str(GOOD["text"]) in str(row["body"]) for row in rows] == [True]

    erase_person(user=alice)

    assert [row.user.email for row in KeyedRequest.objects.all()] == ["bob@example.org"]


def test_a_page_needs_no_key(as_alice, question):
    as_alice.post("/questions/chunking/answer/", {"text": GOOD["text"], "token": "1-a"})

    assert Answer.objects.count() == 1
    assert not KeyedRequest.objects.exists()


def test_a_rating_of_an_answer_sent_again_with_its_key_is_the_first_body(api, alice, question):
    answer = answered(alice, question, now=timezone.now())
    first, again = (api.post("reviews/", {**RATING, "answer": answer.pk}, Idempotency_Key="k") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content


@pytest.mark.parametrize("key", [5, True, ["k"], {"k": 1}, 1.5])
def test_a_key_in_the_body_that_is_no_text_is_refused_and_not_ignored(api, question, key):
    response = api.post("answers/", {**GOOD, "idempotency_key": key})
    assert response.status_code == 400
    assert "idempotency_key" in response.json()["detail"]
    assert not Answer.objects.exists()
