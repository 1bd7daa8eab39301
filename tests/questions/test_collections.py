"""Collections: made, filled, ordered, practised, deleted; each person's own, with their own schedule."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from questions.models import Collection, Question
from questions.own import collections
from questions.own.authoring import OwnError
from questions.practice.calendar import today_of
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _encoder_here(settings):
    settings.SEARCH_ENCODER = "here"


def made(user, *questions: Question, title: str = "For Acme") -> Collection:
    collection = collections.create(user=user, title=title, description="", now=NOW)
    collections.fill(collection=collection, questions=questions)
    return collection


def titles(user, collection: Collection) -> list[str]:
    return [entry.question.slug for entry in collections.entries(user, collection, today_of(user.profile, NOW))]


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_one_is_made_renamed_and_described(as_alice, alice, bank):
    address = as_alice.post("/collections/", {"title": " For  Acme ", "description": "**Soon**"})["Location"]
    assert "<strong>Soon</strong>" in page(as_alice, address)
    as_alice.post(f"{address}edit/", {"title": "For Beta", "description": ""})

    collection = Collection.objects.get(user=alice)
    assert (collection.title, collection.description) == ("For Beta", "")
    assert "For Beta" in page(as_alice, "/collections/")


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, "a\x00b"])
def test_a_name_is_needed_and_bounded(as_alice, bank, title):
    collection_id = as_alice.post("/collections/", {"title": "Good"})["Location"].split("/")[2]

    assert as_alice.post("/collections/", {"title": title}).status_code == 400
    assert as_alice.post(f"/collections/{collection_id}/edit/", {"title": title}).status_code == 400
    assert list(Collection.objects.values_list("title", flat=True)) == ["Good"]


def test_a_question_is_put_in_from_its_page_and_taken_out_again(as_alice, alice, bank):
    collection = made(alice)
    address = "/questions/chunking/collections/"
    assert f'href="{address}"' in page(as_alice, "/questions/chunking/")

    assert as_alice.post(address, {"collection": collection.pk})["Location"] == address
    assert titles(alice, collection) == ["chunking"]
    as_alice.post(address, {"collection": collection.pk})
    assert titles(alice, collection) == []
    as_alice.post(address, {"title": "New one"})
    assert titles(alice, Collection.objects.get(title="New one")) == ["chunking"]


def test_questions_are_put_in_from_a_search(as_alice, alice, bank):
    collection = made(alice)
    address = f"/collections/{collection.pk}/add/?category=agents"
    text = page(as_alice, address)
    assert "The title of agent-memory" in text
    assert "The title of chunking" not in text

    assert as_alice.post(address, {"question": "agent-memory"})["Location"] == f"{address}#agent-memory"
    as_alice.post(address, {"question": "tool-calling"})
    assert titles(alice, collection) == ["agent-memory", "tool-calling"]
    assert page(as_alice, address).count("Added") == 2
    assert as_alice.post(address, {"question": "no-such-question"}).status_code == 404


def test_the_same_question_is_in_once(alice, bank):
    collection = made(alice, bank["chunking"])

    assert collections.add(user=alice, collection=collection, question=bank["chunking"]) is False
    assert collections.add(user=alice, collection=collection, question=bank["tool-calling"]) is True
    assert titles(alice, collection) == ["chunking", "tool-calling"]


def test_entries_move_up_and_down_and_stop_at_the_ends(as_alice, alice, bank):
    collection = made(alice, *(bank[slug] for slug in ("chunking", "agent-memory", "tool-calling")))
    first, _, last = (entry.item_id for entry in collections.entries(alice, collection, NOW.date()))
    address = f"/collections/{collection.pk}/arrange/"

    as_alice.post(address, {"item": first, "go": "down"})
    assert titles(alice, collection) == ["agent-memory", "chunking", "tool-calling"]
    for _ in range(3):
        as_alice.post(address, {"item": last, "go": "up", "to": "3"})
    assert titles(alice, collection) == ["tool-calling", "agent-memory", "chunking"]
    as_alice.post(address, {"item": first, "go": "down"})
    assert titles(alice, collection) == ["tool-calling", "agent-memory", "chunking"]
    as_alice.post(address, {"item": last, "go": "out"})
    assert titles(alice, collection) == ["agent-memory", "chunking"]


def test_a_withdrawn_question_is_neither_shown_nor_in_the_way(as_alice, alice, bank):
    collection = made(alice, *(bank[slug] for slug in ("chunking", "agent-memory", "tool-calling")))
    Question.objects.filter(slug="agent-memory").update(is_retired=True)
    entries = collections.entries(alice, collection, NOW.date())
    assert [entry.question.slug for entry in entries] == ["chunking", "tool-calling"]

    as_alice.post(f"/collections/{collection.pk}/arrange/", {"item": entries[1].item_id, "go": "up"})
    assert titles(alice, collection) == ["tool-calling", "chunking"]


def test_due_comes_before_new_and_what_returns_later_waits(as_alice, alice, bank):
    collection = made(alice, *(bank[slug] for slug in ("chunking", "agent-memory", "tool-calling")))
    now = timezone.now()
    cast.rated(alice, bank["chunking"], 4, now=now)
    cast.rated(alice, bank["tool-calling"], 1, now=NOW)
    today = today_of(alice.profile, now)
    entries = collections.entries(alice, collection, today)

    assert [entry.state for entry in entries] == ["learned", "new", "due"]
    assert (
        as_alice.get(f"/collections/{collection.pk}/practise/")["Location"]
        == f"/questions/tool-calling/?in={collection.pk}"
    )
    counted: Any
    (counted,) = collections.with_counts(alice, today)
    assert (counted.total, counted.due_count, counted.new_count) == (3, 1, 1)
    cast.rated(alice, bank["tool-calling"], now=now)
    assert (
        as_alice.get(f"/collections/{collection.pk}/practise/")["Location"]
        == f"/questions/agent-memory/?in={collection.pk}"
    )
    cast.rated(alice, bank["agent-memory"], 4, now=now)
    assert "is done for today" in page(as_alice, f"/collections/{collection.pk}/practise/")


def test_the_states_are_the_persons_own(alice, bob, bank):
    cast.rated(alice, bank["chunking"], 1, now=NOW)
    collection = made(bob, bank["chunking"])
    today = today_of(bob.profile, timezone.now())

    assert [entry.state for entry in collections.entries(bob, collection, today)] == ["new"]
    counted: Any
    (counted,) = collections.with_counts(bob, today)
    assert (counted.total, counted.due_count, counted.new_count) == (1, 0, 1)


def test_they_are_listed_by_title(alice, bank):
    """Titles against the order of the keys: grouped rows come as the planner likes unless their order is named."""
    for title in ("Week 2", "Last evening", "Google"):
        made(alice, bank["chunking"], title=title)

    listed = collections.with_counts(alice, today_of(alice.profile, timezone.now()))
    assert [collection.title for collection in listed] == ["Google", "Last evening", "Week 2"]


def test_deletion_leaves_the_questions(as_alice, alice, bank):
    own = cast.own_question(alice)
    collection = made(alice, own, bank["chunking"])
    address = f"/collections/{collection.pk}/delete/"
    assert "1 question of my own" in page(as_alice, address)

    assert as_alice.post(address)["Location"] == "/collections/"
    assert not Collection.objects.exists()
    assert Question.objects.filter(pk__in=[own.pk, bank["chunking"].pk]).count() == 2


def test_deletion_takes_the_own_questions_where_that_is_wanted(as_alice, alice, bank):
    own, other = cast.own_question(alice), cast.own_question(alice, title="Elsewhere")
    cast.rated(alice, own, answer=cast.answered(alice, own))
    collection = made(alice, own, bank["chunking"])
    as_alice.post(f"/collections/{collection.pk}/delete/", {"with_own": "1"})

    assert not Question.objects.filter(pk=own.pk).exists()
    assert Question.objects.filter(pk__in=[other.pk, bank["chunking"].pk]).count() == 2


def test_limits_are_said(alice, bank, monkeypatch):
    collection = made(alice, bank["chunking"])
    monkeypatch.setattr(collections, "MOST_ITEMS", 1)
    monkeypatch.setattr(collections, "MOST_COLLECTIONS", 1)

    with pytest.raises(OwnError, match="at most 1 questions"):
        collections.add(user=alice, collection=collection, question=bank["tool-calling"])
    with pytest.raises(OwnError, match="keep 1 collections"):
        collections.create(user=alice, title="More", description="", now=NOW)


def test_bob_gets_of_alices_collection_what_he_gets_of_nothing(as_bob, alice, bank):
    collection = made(alice, bank["chunking"], title="Alices secret list")
    for path in ("", "edit/", "delete/", "add/", "arrange/", "practise/", "share/", "unshare/"):
        for method in (as_bob.get, as_bob.post):
            hers = method(f"/collections/{collection.pk}/{path}", {"title": "Mine now"})
            nothing = method(f"/collections/987654321/{path}", {"title": "Mine now"})
            assert hers.status_code == nothing.status_code, path
            assert hers.status_code in {404, 405}, path
    assert as_bob.post("/questions/chunking/collections/", {"collection": collection.pk}).status_code == 404
    assert "Alices secret list" not in page(as_bob, "/questions/chunking/collections/")
    assert "Alices secret list" not in page(as_bob, "/collections/")
    collection.refresh_from_db()
    assert (collection.title, collection.items.count(), collection.share_hash) == ("Alices secret list", 1, None)


def test_nobody_puts_in_the_question_of_another(as_bob, alice, bob, bank):
    hers, his = cast.own_question(alice), made(bob)

    assert as_bob.post(f"/collections/{his.pk}/add/", {"question": hers.slug}).status_code == 404
    assert as_bob.post(f"/questions/{hers.slug}/collections/", {"collection": his.pk}).status_code == 404
    assert his.items.count() == 0


def test_the_queries_do_not_grow(as_alice, alice, bank, django_assert_max_num_queries):
    for n in range(4):
        made(alice, *bank.values(), title=f"Number {n}")
    collection = made(alice, *bank.values(), *(cast.own_question(alice, title=f"Q{n}") for n in range(10)))
    with django_assert_max_num_queries(7):
        page(as_alice, f"/collections/{collection.pk}/")
    with django_assert_max_num_queries(6):
        page(as_alice, "/collections/")
