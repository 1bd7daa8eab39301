"""A rehearsal: one run through a collection in its order, whatever is due; resumed where it stopped."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from django.test import Client
from django.utils import timezone

from questions.models import Collection, Question, Review
from questions.own import collections
from tests import cast
from tests.cast import ALICE_TEXT, rated

pytestmark = pytest.mark.django_db

SLUGS = ("tool-calling", "agent-memory", "chunking")


@pytest.fixture(autouse=True)
def _encoder_here(settings):
    settings.SEARCH_ENCODER = "here"


@pytest.fixture
def collection(alice, bank) -> Collection:
    now = timezone.now()
    made = collections.create(user=alice, title="For Acme", description="", now=now)
    collections.fill(collection=made, questions=[bank[slug] for slug in SLUGS])
    for slug in SLUGS:  # nothing of it is due for days: the schedule has nothing to offer
        rated(alice, bank[slug], 4, now=now - timedelta(days=1))
    return made


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return html.unescape(response.content.decode())


def form_to(shown: str, part: str) -> str:
    return next(action for action in re.findall(r'<form method="post"\s+action="([^"]+)"', shown) if part in action)


def begun(client: Client, collection: Collection) -> str:
    """Presses the button; where it leads."""
    shown = page(client, f"/collections/{collection.pk}/")
    assert "Run through all 3" in shown
    start = client.post(form_to(shown, "/rehearse/"))["Location"]
    return client.get(start)["Location"]


def answer(client: Client, address: str) -> str:
    """Answers the question at this address and rates it Good; where practice goes on."""
    asked = page(client, address)
    read = page(client, client.post(form_to(asked, "/answer/"), {"text": ALICE_TEXT})["Location"])
    onward = client.post(form_to(read, "/rate/"), {"rating": "3"})["Location"]
    return client.get(onward)["Location"]


def test_what_is_not_due_is_gone_through_in_its_order(as_alice, collection):
    course = f"?in={collection.pk}&run=1"
    address = begun(as_alice, collection)
    for place, slug in enumerate(SLUGS[:2], start=1):
        assert address == f"/questions/{slug}/{course}"
        assert f"{place} of 3" in page(as_alice, address)
        address = answer(as_alice, address)
    assert address == f"/questions/chunking/{course}"
    asked = page(as_alice, address)
    reply = as_alice.post(form_to(asked, "/answer/"), {"text": ALICE_TEXT})
    onward = as_alice.post(form_to(page(as_alice, reply["Location"]), "/rate/"), {"rating": "3"})["Location"]

    end = page(as_alice, onward)
    assert "You have gone through “For Acme”." in end
    assert "3 of its 3 questions" in end
    assert Review.objects.filter(user=collection.user).count() == 6, "a rehearsal's ratings count as always"


def test_it_goes_on_where_it_stopped(as_alice, collection):
    answer(as_alice, begun(as_alice, collection))

    assert "Go on with the run, 1 of 3" in page(as_alice, f"/collections/{collection.pk}/")
    resumed = as_alice.get(f"/collections/{collection.pk}/practise/?run=1")["Location"]
    assert resumed.startswith("/questions/agent-memory/")


def test_what_is_passed_over_does_not_come_back_until_the_end_and_stands_there(as_alice, collection):
    asked = page(as_alice, begun(as_alice, collection))
    (passing,) = re.findall(r'class="course-pass"\s+href="([^"]+)"', asked)
    second = as_alice.get(passing)["Location"]
    assert second.startswith("/questions/agent-memory/")
    third = answer(as_alice, second)
    assert third.startswith("/questions/chunking/"), "on, not back to the first"
    end = page(as_alice, f"/collections/{collection.pk}/practise/?run=1&past=3")

    assert "1 of its 3 questions" in end
    passed_over = re.findall(r'href="/questions/([^/]+)/\?in=\d+&run=1"', end)
    assert passed_over == ["tool-calling", "chunking"]
    again = as_alice.get(f"/collections/{collection.pk}/practise/?run=1")["Location"]
    assert again.startswith("/questions/tool-calling/")


def test_a_new_run_begins_with_nothing_done(as_alice, collection):
    answer(as_alice, begun(as_alice, collection))
    start = as_alice.post(f"/collections/{collection.pk}/rehearse/")["Location"]

    assert as_alice.get(start)["Location"].startswith("/questions/tool-calling/")


def test_a_second_answer_of_the_day_goes_on_without_a_rating(as_alice, collection):
    answer(as_alice, begun(as_alice, collection))
    asked = page(
        as_alice, as_alice.get(as_alice.post(f"/collections/{collection.pk}/rehearse/")["Location"])["Location"]
    )
    read = page(as_alice, as_alice.post(form_to(asked, "/answer/"), {"text": ALICE_TEXT})["Location"])

    assert f'href="/collections/{collection.pk}/practise/?run=1&past=1"' in read
    assert "You rated this question Good today" in read


def test_without_a_run_the_address_of_one_goes_by_the_schedule(as_alice, collection):
    assert "is done for today" in page(as_alice, f"/collections/{collection.pk}/practise/?run=1")


def test_what_bob_answers_is_not_done_for_alice(as_alice, as_bob, alice, bob, bank, collection):
    begun(as_alice, collection)
    rated(bob, bank["tool-calling"], 3, now=timezone.now() + timedelta(minutes=1))

    assert as_alice.get(f"/collections/{collection.pk}/practise/?run=1")["Location"].startswith(
        "/questions/tool-calling"
    )
    assert as_bob.post(f"/collections/{collection.pk}/rehearse/").status_code == 404


def test_a_list_of_the_bank_becomes_a_collection(as_alice, alice, bank):
    shown = page(as_alice, "/questions/?category=rag&sort=title")
    assert "Practise these 2" in shown
    made = as_alice.post("/collections/gather/?category=rag&sort=title")
    collection = Collection.objects.get(user=alice)

    assert made["Location"] == f"/collections/{collection.pk}/"
    assert collection.title == "RAG"
    listed = [item.question.slug for item in collection.items.select_related("question")]
    assert listed == ["chunking", "hybrid-search"]


@pytest.mark.parametrize("query", ["", "?category=gone", "?category=rag&tag=chunking", "?q="])
def test_a_list_that_is_none_becomes_no_collection(as_alice, alice, bank, query):
    made = as_alice.post(f"/collections/gather/{query}", follow=True)

    assert "too long or too short" in made.content.decode()
    assert not Collection.objects.filter(user=alice).exists()


@pytest.mark.parametrize(("q", "title"), [("a\u0301\u0301" * 90, 120), ("\u202e\U000e0001", 20)])
def test_a_search_of_strange_signs_names_its_collection_within_the_limit(as_alice, alice, bank, monkeypatch, q, title):
    monkeypatch.setattr("questions.browse.bank.Shelf.can_be_gathered", True)
    as_alice.post("/collections/gather/", QUERY_STRING=f"q={quote_plus(q)}")

    made = Collection.objects.get(user=alice)
    assert len(made.title) == title


def test_what_was_deleted_in_another_tab_meanwhile_is_left_out(as_alice, alice, bank, monkeypatch):
    gone = cast.own_question(alice, title="Gone")
    create = collections.create

    def meanwhile(**values):
        Question.objects.filter(pk=gone.pk).delete()
        return create(**values)

    cast.own_question(alice, title="There")
    monkeypatch.setattr("questions.views.collections.collections.create", meanwhile)
    as_alice.post("/collections/gather/?mine=1&sort=title")

    (item,) = Collection.objects.get(user=alice).items.select_related("question")
    assert item.question.title == "There"


def test_the_whole_bank_is_not_offered_as_a_list(as_alice, bank):
    assert "Practise these" not in page(as_alice, "/questions/")


def test_notes_are_folded_until_the_answer_is_given(as_alice, bank):
    as_alice.post("/questions/chunking/note/", {"text": "Say: parent passages."})
    asked = page(as_alice, "/questions/chunking/")
    assert "(kept; folded, so that you recall first)" in asked
    assert '<details class="beside-part" open>' not in asked

    read = page(as_alice, as_alice.post(form_to(asked, "/answer/"), {"text": ALICE_TEXT})["Location"])
    assert re.search(r'<details class="beside-part"\s+open>', read)


def test_an_answer_without_its_rating_is_named_on_its_question(as_alice, bank):
    asked = page(as_alice, "/questions/chunking/")
    read = as_alice.post(form_to(asked, "/answer/"), {"text": ALICE_TEXT})["Location"]
    assert "waits for its rating" in page(as_alice, "/questions/chunking/")

    as_alice.post(form_to(page(as_alice, read), "/rate/"), {"rating": "3"})
    assert "waits for its rating" not in page(as_alice, "/questions/chunking/")
