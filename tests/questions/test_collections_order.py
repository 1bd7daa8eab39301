"""A long collection is put in order: to the top, to a place, out and back again; the keyboard stays where it was."""

from __future__ import annotations

import pytest
from django.test import Client

from questions.models import Collection, Question
from questions.own import authoring, collections
from questions.views import collections as pages
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db

LONG = 12


@pytest.fixture
def long(alice, bank) -> Collection:
    content = authoring.content_of(cast.own_question(alice))
    many = [content.model_copy(update={"title": f"Q{n}"}) for n in range(1, LONG + 1)]
    collection = collections.create(user=alice, title="Long", description="", now=NOW)
    collections.fill(collection=collection, questions=authoring.create_many(user=alice, contents=many, now=NOW))
    return collection


def order(collection: Collection) -> list[str]:
    return [item.question.title for item in collection.items.select_related("question")]


def item_of(collection: Collection, title: str) -> int:
    return collection.items.get(question__title=title).pk


def arranged(client: Client, collection: Collection, **values: object) -> str:
    response = client.post(f"/collections/{collection.pk}/arrange/", values)
    assert response.status_code == 302
    return response["Location"]


def test_an_entry_goes_to_the_top_in_one_press(as_alice, long):
    item = item_of(long, "Q11")

    assert arranged(as_alice, long, item=item, go="top") == f"/collections/{long.pk}/#top-{item}"
    assert order(long) == ["Q11", *(f"Q{n}" for n in range(1, 11)), "Q12"]


@pytest.mark.parametrize(
    ("to", "place"), [("3", 3), ("12", 12), ("9", 9), ("999", 12), ("0", 5), ("", 5), ("x", 5), ("-1", 5)]
)
def test_an_entry_goes_to_the_place_that_is_typed(as_alice, long, to, place):
    item = item_of(long, "Q5")
    others = [title for title in order(long) if title != "Q5"]

    assert arranged(as_alice, long, item=item, go="to", to=to).endswith(f"#to-{item}")
    assert order(long) == [*others[: place - 1], "Q5", *others[place - 1 :]]


@pytest.mark.parametrize("go", ["top", "up", "down"])
def test_the_keyboard_comes_back_to_the_button_that_was_pressed(as_alice, long, go):
    item = item_of(long, "Q2")
    address, _, focus = arranged(as_alice, long, item=item, go=go).partition("#")
    text = as_alice.get(address).content.decode()

    assert focus == f"{go}-{item}"
    (button,) = [part.split(">")[0] for part in text.split("<button") if f'id="{focus}"' in part.split(">")[0]]
    assert " disabled" not in button  # it would lose the keyboard at the ends of the list


def test_a_move_leads_to_the_page_where_the_entry_is_now(as_alice, long, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 5)
    item = item_of(long, "Q1")

    assert arranged(as_alice, long, item=item, go="to", to="7") == f"/collections/{long.pk}/?page=2#to-{item}"
    page = as_alice.get(f"/collections/{long.pk}/?page=2").content.decode()
    assert f'id="to-{item}"' in page
    assert "now 7 of 12" in page


def test_what_is_taken_out_can_be_put_back_at_its_place(as_alice, long):
    before = order(long)
    address = arranged(as_alice, long, item=item_of(long, "Q7"), go="out")
    slug = Question.objects.get(title="Q7").slug
    assert address == f"/collections/{long.pk}/?out={slug}&at=7#put-back"
    text = as_alice.get(address.partition("#")[0]).content.decode()
    assert text.index("Q6</a>") < text.index("Taken out: Q7") < text.index("Q8</a>")

    item = long.items.filter(question__title="Q7")
    back, _, focus = arranged(as_alice, long, back=slug, to=7).partition("#")
    assert (back, focus) == (f"/collections/{long.pk}/?back={item.get().pk}", f"out-{item.get().pk}")
    assert order(long) == before
    assert as_alice.get(back).content.decode().count("autofocus") == 1
    assert "Taken out" not in as_alice.get(address.partition("#")[0]).content.decode()


@pytest.mark.parametrize("title", ["Q1", "Q12"])
def test_the_first_and_the_last_come_back_to_the_ends(as_alice, long, title):
    before = order(long)
    address = arranged(as_alice, long, item=item_of(long, title), go="out").partition("#")[0]
    assert f"Taken out: {title}" in as_alice.get(address).content.decode()
    arranged(as_alice, long, back=Question.objects.get(title=title).slug, to=before.index(title) + 1)

    assert order(long) == before


def test_the_last_one_of_all_can_be_put_back_too(as_alice, alice, bank):
    collection = collections.create(user=alice, title="One", description="", now=NOW)
    collections.add(user=alice, collection=collection, question=bank["chunking"])
    address = arranged(as_alice, collection, item=collection.items.get().pk, go="out").partition("#")[0]
    text = as_alice.get(address).content.decode()

    assert "Taken out: The title of chunking" in text
    assert "Nothing in it yet" in text


def test_nobody_puts_back_or_sees_the_question_of_another(as_bob, bob, alice, long):
    mine = collections.create(user=bob, title="Mine", description="", now=NOW)
    slug = long.items.first().question.slug

    assert as_bob.post(f"/collections/{mine.pk}/arrange/", {"back": slug, "to": 1}).status_code == 404
    assert "Taken out" not in as_bob.get(f"/collections/{mine.pk}/?out={slug}&at=1").content.decode()
    assert mine.items.count() == 0


def test_a_withdrawn_question_in_between_keeps_its_neighbours(as_alice, long):
    Question.objects.filter(title="Q3").update(is_retired=True)
    arranged(as_alice, long, item=item_of(long, "Q5"), go="to", to="3")

    assert order(long) == ["Q1", "Q2", "Q3", "Q5", "Q4", *(f"Q{n}" for n in range(6, LONG + 1))]


def test_an_empty_collection_says_what_to_do_next(as_alice, alice, bank):
    collection = collections.create(user=alice, title="Empty", description="", now=NOW)
    main = as_alice.get(f"/collections/{collection.pk}/").content.decode().partition('id="main"')[2]
    empty = main.partition('class="empty"')[2].partition("</div>")[0]

    assert "Nothing in it yet" in empty
    assert 'href="/questions/"' in empty
    assert f'href="/collections/{collection.pk}/add/"' in empty
