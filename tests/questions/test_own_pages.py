"""The pages of own questions, as their owner and as somebody else."""

from __future__ import annotations

import pytest
from django.test import Client

from questions.models import Question
from questions.own import authoring, embedding
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TYPED = {
    "title": "Reranking",
    "prompt": "Why rerank passages?",
    "key_points": "3: It reads both together\n\n1: It is slow",
    "reference": "It helps.",
    "follow_ups": "And then? | Think of cost\nWhy?",
    "category": "rag",
    "kind": "scenario",
    "level": "senior",
    "minutes": "8",
    "tags": "retrieval, Re ranking",
}


@pytest.fixture(autouse=True)
def _encoder_here(settings):
    settings.SEARCH_ENCODER = "here"


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_what_is_typed_becomes_a_question(as_alice, alice, bank):
    response = as_alice.post("/questions/own/new/", TYPED)

    assert response["Location"] == "/questions/own/"
    question = Question.objects.get(owner=alice)
    assert (question.title, question.kind, question.level, question.minutes) == ("Reranking", "scenario", "senior", 8)
    assert question.tags == ["retrieval", "re-ranking"]
    assert list(question.key_points.values_list("text", "weight")) == [("It reads both together", 3), ("It is slow", 1)]
    assert [item["hint"] for item in question.follow_ups] == ["Think of cost", ""]
    assert "Reranking" in page(as_alice, "/questions/own/")
    assert "Reranking" in page(as_alice, "/questions/?mine=1")
    assert "It reads both together" not in page(as_alice, f"/questions/{question.slug}/")


def test_a_refused_form_keeps_what_was_typed_and_says_where(as_alice, alice, bank):
    wrong = {**TYPED, "key_points": "x" * 501, "minutes": "soon", "reference": "Long enough to keep."}
    response = as_alice.post("/questions/own/new/", wrong)
    text = response.content.decode()

    assert response.status_code == 400
    assert "Enter a whole number." in text
    assert "Long enough to keep." in text
    response = as_alice.post("/questions/own/new/", {**wrong, "minutes": "5"})
    assert "Is too long: 501, where 500 fit." in response.content.decode()
    assert not Question.objects.filter(owner=alice).exists()


def test_nothing_to_grade_by_is_said_at_the_key_points(as_alice, bank):
    response = as_alice.post("/questions/own/new/", {**TYPED, "key_points": "", "reference": ""})

    assert response.context["form"].errors == {
        "key_points": ["There is nothing to grade by: give key points or a reference answer."]
    }


def test_a_likely_duplicate_is_offered_first_and_saved_when_that_is_wanted(as_alice, alice, bank):
    there = cast.own_question(alice, title="Reranking at work")
    embedding.embed_own(alice.pk)
    typed = {**TYPED, "title": "Rerankers", "prompt": "Why are passages reranked before a model reads them?"}
    offered = as_alice.post("/questions/own/new/", typed)

    assert offered.status_code == 200
    assert f'href="/questions/{there.slug}/"' in offered.content.decode()
    assert "Save it anyway" in offered.content.decode()
    assert Question.objects.filter(owner=alice).count() == 1
    as_alice.post("/questions/own/new/", {**typed, "anyway": "1"})
    assert Question.objects.filter(owner=alice).count() == 2


def test_the_form_of_an_edit_holds_what_the_question_says(as_alice, alice, bank):
    question = cast.own_question(alice, follow_ups=["And then? | Think"], tags=["a", "b"])
    initial = as_alice.get(f"/questions/own/{question.slug}/edit/").context["form"].initial

    assert initial["key_points"] == (
        "3: A cross-encoder reads query and passage together.\nIt is slow, so it sees few."
    )
    assert (initial["follow_ups"], initial["tags"], initial["version"]) == ("And then? | Think", "a, b", 1)


def test_an_edit_changes_it_and_keeps_what_the_form_does_not_show(as_alice, alice, bank):
    question = cast.own_question(
        alice,
        intent="To see judgement.",
        key_points=[{"id": "kept", "text": "It is slow.", "why": "It decides."}],
        follow_ups=[{"question": "Why?", "hint": "", "key_point": "kept"}],
    )
    typed = {**TYPED, "key_points": "It is slow.\nIt helps.", "follow_ups": "Why?", "version": "1"}
    response = as_alice.post(f"/questions/own/{question.slug}/edit/", typed)

    assert response["Location"] == f"/questions/{question.slug}/"
    question.refresh_from_db()
    assert (question.title, question.version, question.intent) == ("Reranking", 2, "To see judgement.")
    assert list(question.key_points.values_list("slug", "why")) == [("kept", "It decides."), ("it-helps", "")]
    assert question.follow_ups == [{"question": "Why?", "hint": "", "key_point": "kept"}]
    assert "Your answers and its schedule stay" in page(as_alice, f"/questions/own/{question.slug}/edit/")


def test_two_tabs_do_not_overwrite_each_other_unseen(as_alice, alice, bank):
    question = cast.own_question(alice)
    address = f"/questions/own/{question.slug}/edit/"
    as_alice.post(address, {**TYPED, "title": "From the phone", "version": "1"})
    second = as_alice.post(address, {**TYPED, "title": "From the desk", "version": "1"})

    assert second.status_code == 409
    assert "From the desk" in second.content.decode()
    assert Question.objects.get(pk=question.pk).title == "From the phone"
    as_alice.post(address, {**TYPED, "title": "From the desk", "version": second.context["form"]["version"].value()})
    assert Question.objects.get(pk=question.pk).title == "From the desk"


def test_deletion_says_what_goes_and_asks(as_alice, alice, bank):
    question = cast.own_question(alice)
    cast.rated(alice, question, answer=cast.answered(alice, question))
    address = f"/questions/own/{question.slug}/delete/"

    text = page(as_alice, address)
    assert "1 answer of yours" in text
    assert "1 rating" in text
    assert Question.objects.filter(pk=question.pk).exists()
    assert as_alice.post(address)["Location"] == "/questions/own/"
    assert not Question.objects.filter(pk=question.pk).exists()


def test_bob_gets_of_alices_questions_what_he_gets_of_nothing(as_bob, alice, bank):
    question = cast.own_question(alice)
    paths = (
        "|answer/|draft/|reveal/|revealed/|rate/|save/|note/|report/|similar/|attempts/|changes/|collections/".split(
            "|"
        )
    )
    addresses = [f"/questions/{{}}/{path}" for path in paths]
    addresses += ["/questions/own/{}/edit/", "/questions/own/{}/delete/"]
    for address in addresses:
        for method in (as_bob.get, as_bob.post):
            hers = method(address.format(question.slug), {"text": "x", "rating": "1"})
            nothing = method(address.format("own-0"), {"text": "x", "rating": "1"})
            assert hers.status_code == nothing.status_code, address
            assert hers.status_code in {302, 404, 405}, address
            assert question.title not in hers.content.decode(), address
    assert Question.objects.filter(pk=question.pk).exists()
    for path in ("/questions/own/", "/questions/", "/questions/?q=reranking+at+work", "/questions/?mine=1"):
        assert question.title not in page(as_bob, path)


def test_the_question_page_leads_to_its_edit_and_takes_no_fault_report(as_alice, alice, bank):
    text = page(as_alice, f"/questions/{cast.own_question(alice).slug}/")

    assert "Edit this question of mine" in text
    assert "Report a fault" not in text


def test_a_question_without_reference_says_so_after_the_answer(as_alice, alice, bank):
    question = cast.own_question(alice, reference="", follow_ups=["And then?"])
    answer = cast.answered(alice, question)

    text = page(as_alice, f"/answers/{answer.pk}/")
    assert "You wrote none for this question" in text
    assert "And then?" in text


def test_the_list_is_paged_and_its_queries_do_not_grow(as_alice, alice, bank, django_assert_max_num_queries):
    content = authoring.content_of(cast.own_question(alice))
    more = [content.model_copy(update={"title": f"Number {n}"}) for n in range(60)]
    authoring.create_many(user=alice, contents=more, now=NOW)
    with django_assert_max_num_queries(9):
        text = page(as_alice, "/questions/own/")
    assert "61 questions that only you see" in text
    assert "Page 1 of 2" in text


def test_at_the_limit_the_form_says_so(as_alice, alice, bank, monkeypatch):
    monkeypatch.setattr(authoring, "MOST_QUESTIONS", 0)
    response = as_alice.post("/questions/own/new/", TYPED)

    assert response.status_code == 400
    assert "You can keep 0 questions of your own" in response.content.decode()


@pytest.mark.parametrize("field", ["title", "prompt", "key_points", "reference", "tags", "follow_ups"])
def test_nul_is_refused_in_each_field(as_alice, alice, bank, field):
    response = as_alice.post("/questions/own/new/", {**TYPED, field: "a\x00b"})

    assert response.status_code == 400
    assert not Question.objects.filter(owner=alice).exists()
