"""What a person keeps beside a question is theirs alone; what changed is shown to who answered."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from questions.browse.comparing import differences
from questions.browse.library import MAX_NOTE, REPORTS_A_DAY
from questions.models import Feedback, Question, QuestionNote, QuestionReport, QuestionVersion, SavedQuestion
from tests.cast import ALICE_TEXT, answered, coached

pytestmark = pytest.mark.django_db
PAGE = "/questions/chunking/"


def test_a_question_is_saved_and_taken_back_and_found_by_the_filter(as_alice, as_bob, bank):
    as_alice.post(PAGE + "save/")
    assert SavedQuestion.objects.count() == 1
    assert "The title of chunking" in as_alice.get("/questions/?saved=1").content.decode()
    assert "The title of hybrid-search" not in as_alice.get("/questions/?saved=1").content.decode()
    assert "The title of chunking" not in as_bob.get("/questions/?saved=1").content.decode()
    as_alice.post(PAGE + "save/")
    assert not SavedQuestion.objects.exists()


def test_saving_by_script_answers_with_the_button_alone(as_alice, bank):
    part = as_alice.post(PAGE + "save/", headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in part
    assert "<html" not in part


def test_saving_leads_back_to_the_page_it_was_pressed_on_and_nowhere_else(as_alice, bank):
    assert as_alice.post(PAGE + "save/", {"next": "/answers/3/"})["Location"] == "/answers/3/"
    assert as_alice.post(PAGE + "save/", {"next": "https://evil.example/"})["Location"] == PAGE


def test_notes_are_kept_shown_to_their_writer_only_and_removed_when_emptied(as_alice, as_bob, bank):
    as_alice.post(PAGE + "note/", {"text": "  Alice wrote this sentence\r\nhere "})
    assert QuestionNote.objects.get().text == "Alice wrote this sentence\nhere"
    assert "Alice wrote this sentence" in as_alice.get(PAGE).content.decode()
    assert "Alice wrote this sentence" not in as_bob.get(PAGE).content.decode()
    as_alice.post(PAGE + "note/", {"text": "   "})
    assert not QuestionNote.objects.exists()


@pytest.mark.parametrize("text", ["x" * (MAX_NOTE + 1), "a\x00b"])
def test_notes_that_cannot_be_kept_come_back_with_the_reason(as_alice, bank, text):
    response = as_alice.post(PAGE + "note/", {"text": text})
    assert response.status_code == 400
    assert "These notes" in response.content.decode()
    assert "x" * 1000 in response.content.decode() or "\x00" in text
    assert not QuestionNote.objects.exists()


def test_a_fault_is_reported_with_the_version_that_was_read(as_alice, alice, bank):
    Question.objects.filter(slug="chunking").update(version=3)
    as_alice.post(PAGE + "report/", {"kind": "wrong", "text": "Overlap does not do that."})
    report = QuestionReport.objects.get()
    assert (report.user, report.kind, report.question_version, report.status) == (alice, "wrong", 3, "open")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"kind": "rude", "text": "Something"}, "kind of fault"),
        ({"kind": "wrong", "text": "  "}, "in a sentence"),
        ({"kind": "wrong", "text": "x" * 4001}, "4,001 characters"),
        ({}, "kind of fault"),
    ],
)
def test_a_report_that_says_nothing_comes_back_with_what_was_typed(as_alice, bank, sent, reason):
    response = as_alice.post(PAGE + "report/", sent)
    assert response.status_code == 400
    assert reason in response.content.decode()
    assert sent.get("text", "").strip() in response.content.decode()
    assert not QuestionReport.objects.exists()


def test_reports_are_limited_by_day(as_alice, bank):
    for number in range(REPORTS_A_DAY):
        as_alice.post(PAGE + "report/", {"kind": "typo", "text": f"Number {number}"})
    assert as_alice.post(PAGE + "report/", {"kind": "typo", "text": "One more"}).status_code == 400
    assert QuestionReport.objects.count() == REPORTS_A_DAY


def test_attempts_are_listed_and_two_of_them_compared(as_alice, as_bob, alice, bank):
    first = answered(alice, bank["chunking"], text="Overlap helps. Size is guessed.")
    second = answered(alice, bank["chunking"], text="Overlap helps. Size is measured.", now=timezone.now())

    page = as_alice.get(f"{PAGE}attempts/?from={first.pk}&to={second.pk}").content.decode()

    assert "guessed." in page.partition("<del>")[2].partition("</del>")[0]
    assert "measured." in page.partition("<ins>")[2].partition("</ins>")[0]
    assert as_bob.get(f"{PAGE}attempts/?from={first.pk}&to={second.pk}")["Location"] == PAGE


def test_a_comparison_names_the_points_won_and_lost(as_alice, alice, bank):
    first = coached(answered(alice, bank["chunking"], text="Overlap keeps sentences whole, and no more."))
    second = coached(
        answered(alice, bank["chunking"], text="Size and structure count. No overlap.", now=timezone.now())
    )
    won = [
        {"key_point": point, "status": "covered" if point in {"size", "structure"} else "missing"}
        for point in ("overlap", "size", "structure", "measure")
    ]
    Feedback.objects.filter(pk=second.pk).update(result={"points": won})

    page = as_alice.get(f"{PAGE}attempts/?from={first.answer_id}&to={second.answer_id}").content.decode()

    moved = re.findall(r"<strong>(Found now|No longer found):</strong> SECRET-POINT (\w+)", page)
    assert moved == [("Found now", "Chunk"), ("Found now", "Splitting"), ("No longer found", "Overlap")]


@pytest.mark.parametrize("query", ["from=x&to=y", "from=0&to=999999999999999999999", "from=&to=", "from=%00"])
def test_strange_attempts_fall_back_to_the_last_two(as_alice, alice, bank, query):
    answered(alice, bank["chunking"], text="Overlap helps. Size is guessed.")
    answered(alice, bank["chunking"], text="Overlap helps. Size is measured.", now=timezone.now())
    assert "<ins>" in as_alice.get(f"{PAGE}attempts/?{query}").content.decode()


def test_an_old_learner_sees_what_changed_and_others_do_not(as_alice, as_bob, alice, bank):
    question = bank["chunking"]
    old = {
        "title": question.title,
        "prompt": "Old prompt",
        "reference": "R",
        "key_points": [{"id": "a", "text": "One"}],
    }
    new = {**old, "prompt": "New prompt", "key_points": [{"id": "b", "text": "Two"}]}
    for version, content in ((1, old), (2, new)):
        QuestionVersion.objects.create(question=question, version=version, content=content, content_hash=str(version))
    answered(alice, question, text=ALICE_TEXT)
    Question.objects.filter(pk=question.pk).update(version=2)

    assert "This question has changed since you answered it" in as_alice.get(PAGE).content.decode()
    page = as_alice.get(PAGE + "changes/").content.decode()
    assert all(text in page for text in ("Old ", "New ", "One", "Two", "Key point removed", "Key point added"))
    assert as_bob.get(PAGE + "changes/")["Location"] == PAGE
    assert as_bob.get(PAGE + "changes/?since=1")["Location"] == PAGE
    assert "has changed" not in as_bob.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("old", "new"), [("", ""), ("a b c", "a c"), ("one", "two"), ("x\n" * 5000, "x\n" * 4999), ("a " * 40_000, "b")]
)
def test_the_pieces_make_both_texts_again(old, new):
    pieces = differences(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def test_texts_of_more_lines_than_can_be_compared_stand_one_after_the_other():
    old, new = "\n" * 50_000 + "a", "\n" * 49_000 + "b"

    assert [(piece.kind, piece.text) for piece in differences(old, new)] == [("removed", old), ("added", new)]
