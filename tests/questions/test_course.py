"""Practice of a collection goes on in the collection: through answer, reveal, rating, undo and log-in, to its end."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from questions.models import Answer, Collection
from questions.own import collections
from tests.cast import ALICE_TEXT, answered, rated

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection(alice, bank) -> Collection:
    now = timezone.now()
    made = collections.create(user=alice, title="For Acme", description="", now=now)
    collections.fill(collection=made, questions=[bank["tool-calling"], bank["agent-memory"]])
    return made


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def forms(html: str) -> list[str]:
    return re.findall(r'<form method="post"\s+action="([^"]+)"', html)


def form_to(html: str, part: str) -> str:
    return next(action for action in forms(html) if part in action)


def test_a_collection_is_practised_to_its_end(as_alice, collection):
    start = f"/collections/{collection.pk}/practise/"
    course = f"?in={collection.pk}"
    for number, slug in enumerate(("tool-calling", "agent-memory"), start=1):
        address = as_alice.get(start)["Location"]
        assert address == f"/questions/{slug}/{course}"
        asked = page(as_alice, address)
        assert f"{number} of 2" in asked
        reply = as_alice.post(form_to(asked, "/answer/"), {"text": ALICE_TEXT})
        read = page(as_alice, reply["Location"])
        assert "For Acme" in read
        assert as_alice.get(start)["Location"] == reply["Location"], "an answer waits for its rating"
        assert as_alice.post(form_to(read, "/rate/"), {"rating": "3"})["Location"] == start

    done = page(as_alice, start)
    assert "“For Acme” is done for today." in done
    assert "You answered 2 of its 2 questions today." in done
    assert "Go on with today’s queue" in done


def test_a_refused_answer_a_reveal_and_an_undo_stay_in_the_collection(as_alice, collection):
    course = f"?in={collection.pk}"
    refused = as_alice.post(f"/questions/tool-calling/answer/{course}", {"text": " "})
    assert refused.status_code == 400
    assert form_to(refused.content.decode(), "/answer/").endswith(course)
    assert as_alice.get(f"/questions/tool-calling/answer/{course}")["Location"] == f"/questions/tool-calling/{course}"

    revealed = as_alice.post(f"/questions/tool-calling/reveal/{course}")["Location"]
    assert revealed == f"/questions/tool-calling/revealed/{course}"
    going_on = as_alice.post(form_to(page(as_alice, revealed), "/rate/"), {"rating": "1"})["Location"]
    following = page(as_alice, as_alice.get(going_on)["Location"])
    undone = as_alice.post(form_to(following, "/undo/"))["Location"]
    assert undone == revealed


def test_who_logs_in_again_comes_back_to_the_collection(client, collection, bank):
    reply = client.post(f"/questions/tool-calling/answer/?in={collection.pk}", {"text": ALICE_TEXT})

    assert reply["Location"].endswith(f"next=/questions/tool-calling/%3Fin%3D{collection.pk}")


def test_without_a_collection_practice_goes_on_in_the_days_queue(as_alice, alice, bank):
    answer = answered(alice, bank["tool-calling"], now=timezone.now())

    read = page(as_alice, f"/answers/{answer.pk}/")
    assert "course" not in read
    assert as_alice.post(form_to(read, "/rate/"), {"rating": "3"})["Location"] == "/practice/next/"


@pytest.mark.parametrize("value", ["0", "-1", "x", "9" * 12, "", "1%00", "٣"])
def test_a_collection_that_is_none_changes_nothing(as_alice, bank, value):
    assert 'class="course' not in page(as_alice, f"/questions/tool-calling/?in={value}")


def test_a_collection_of_somebody_else_is_neither_named_nor_practised(as_bob, collection, bob, bank):
    assert "For Acme" not in page(as_bob, f"/questions/tool-calling/?in={collection.pk}")
    reply = as_bob.post(f"/questions/tool-calling/answer/?in={collection.pk}", {"text": ALICE_TEXT})
    assert reply["Location"] == f"/answers/{Answer.objects.get(user=bob).pk}/"
    assert as_bob.get(f"/collections/{collection.pk}/practise/").status_code == 404


def test_what_returns_later_is_told_at_the_end(as_alice, alice, collection, bank):
    for slug in ("tool-calling", "agent-memory"):
        rated(alice, bank[slug], 4, now=timezone.now(), answer=answered(alice, bank[slug], now=timezone.now()))

    assert re.search(r"[12] questions? returns? on <strong>", page(as_alice, f"/collections/{collection.pk}/practise/"))


def test_an_empty_collection_says_so(as_alice, alice, bank):
    empty = collections.create(user=alice, title="Later", description="", now=timezone.now())

    assert "“Later” is empty." in page(as_alice, f"/collections/{empty.pk}/practise/")
