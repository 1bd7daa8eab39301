"""What editors see of the bank: reports to answer, and where people miss; never anybody's words or name."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from questions.browse import reports
from questions.browse.usage import point_use, with_usage
from questions.models import Feedback, Question, QuestionReport
from tests.cast import ALICE_TEXT, LEAKS, answered, client_of, coached, person, rated

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(db):
    return client_of(person("olga@example.org", is_staff=True))


def reported(alice, question, text="The formula lacks a square root.") -> QuestionReport:
    return QuestionReport.objects.create(
        user=alice, question=question, question_version=1, kind="wrong", text=text, created_at=timezone.now()
    )


def test_a_report_waits_in_the_queue_and_is_closed_with_a_note(editor, alice, question):
    report = reported(alice, question)
    address = f"/admin/questions/questionreport/{report.pk}/change/"

    page = editor.get(address).content.decode()
    assert "The formula lacks a square root." in page
    assert "alice@example.org" not in page
    editor.post(address, {"status": "mended", "editors_note": "Mended in version 2."})

    report.refresh_from_db()
    assert (report.status, report.editors_note) == ("mended", "Mended in version 2.")
    assert report.closed_at is not None


def test_the_list_shows_use_and_difficulty_and_nobodys_words(editor, alice, bob, bank):
    rated(alice, bank["chunking"], 1, answer=answered(alice, bank["chunking"]))
    rated(bob, bank["chunking"], 4, answer=answered(bob, bank["chunking"], text="Bob wrote this"))

    question: Any = with_usage(Question.objects.all()).get(slug="chunking")
    assert (question.answers_count, question.people_count, question.average_rating) == (2, 2, 2.5)
    for address in ("/admin/questions/question/", f"/admin/questions/question/{question.pk}/change/"):
        page = editor.get(address).content.decode()
        assert "The title of chunking" in page
        assert not any(leak in page for leak in (*LEAKS, "Bob wrote this"))


def test_misses_are_counted_per_key_point(alice, bob, bank):
    question = bank["chunking"]
    for user in (alice, bob):
        feedback = coached(answered(user, question, text=ALICE_TEXT))
        Feedback.objects.filter(pk=feedback.pk).update(
            result={
                "points": [
                    {"key_point": "overlap", "status": "covered"},
                    {"key_point": "size", "status": "missing" if user == bob else "unsure"},
                    {"key_point": "measure", "status": "missing"},
                ]
            }
        )
    found = {point.slug: (point.missed, point.graded) for point in point_use(question)}
    assert found == {"overlap": (0, 2), "size": (1, 2), "measure": (2, 2), "structure": (0, 0)}
    assert point_use(question)[0].slug == "measure"


def test_people_are_counted_out_of_each_others_questions(editor, alice, question):
    Question.objects.filter(pk=question.pk).update(owner=alice, title="Alice wrote this sentence")
    reported(alice, question)
    assert "Alice wrote" not in editor.get("/admin/questions/question/").content.decode()
    assert "Alice wrote" not in editor.get("/admin/questions/questionreport/").content.decode()
    assert editor.get(f"/admin/questions/question/{question.pk}/change/").status_code == 302


def test_editors_with_an_address_are_told_without_the_reporters_name(settings, alice, question):
    settings.EDITORS_EMAIL = ["editors@example.org"]
    reports.mail_editors(reported(alice, question).pk)
    sent = mail.outbox[0]
    assert sent.to == ["editors@example.org"]
    assert "square root" in sent.body
    assert "/admin/questions/questionreport/" in sent.body
    assert "alice" not in sent.body.lower()


def test_without_an_address_nothing_is_mailed(settings, alice, question):
    settings.EDITORS_EMAIL = []
    reports.mail_editors(reported(alice, question).pk)
    assert mail.outbox == []
