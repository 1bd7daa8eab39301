"""What a person made beside the bank is in their export, and goes with their account."""

from __future__ import annotations

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts.rights import erase_person, export_person
from questions.browse import library
from questions.models import (
    Answer,
    Collection,
    CollectionItem,
    PendingImport,
    Question,
    QuestionNote,
    QuestionReport,
    SavedQuestion,
)
from questions.own import collections, importing, sharing
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _encoder_here(settings):
    settings.SEARCH_ENCODER = "here"


@pytest.fixture
def own(alice, bank) -> Question:
    """Alice has made one of each, and Bob some too."""
    own = cast.own_question(alice, title="Alices own question")
    cast.rated(alice, own, answer=cast.answered(alice, own))
    library.toggle_saved(user=alice, question=own, now=NOW)
    library.write_note(user=alice, question=bank["chunking"], text="Alices note", now=NOW)
    library.report_fault(user=alice, question=bank["chunking"], kind="typo", text="Alices report", now=NOW)
    library.report_fault(user=alice, question=own, kind="typo", text="On her own", now=NOW)
    collection = collections.create(user=alice, title="Alices list", description="", now=NOW)
    collections.fill(collection=collection, questions=[own, bank["chunking"]])
    sharing.share(collection=collection, now=NOW)
    importing.prepare(
        user=alice,
        name="alices.csv",
        data=b"title,key_points\nAlices row,B\n",
        category="rag",
        level="mid",
        now=NOW,
        wait=1,
    )
    return own


def test_the_export_holds_all_of_it_and_no_secret(alice, bob, own):
    cast.own_question(bob, title="Bobs own question")
    rows = export_person(user=alice)["questions"]
    text = json.dumps(rows, cls=DjangoJSONEncoder)

    for held in ("Alices own question", "Alices note", "Alices report", "Alices list", "Alices row", "cross-encoder"):
        assert held in text
    assert "Bobs own question" not in text
    assert str(Collection.objects.get().share_hash) not in text
    assert [row["question__slug"] for row in rows["collection_items"]] == [own.slug, "chunking"]
    assert [row["question__slug"] for row in rows["saved_questions"]] == [own.slug]


def test_the_account_takes_all_of_it_but_the_reports_on_the_bank(alice, bob, bank, own):
    his = cast.own_question(bob, title="Bobs own question")
    cast.answered(bob, his)
    erase_person(user=alice)

    assert list(Question.objects.exclude(owner=None)) == [his]
    assert Answer.objects.get().user == bob
    for model in (SavedQuestion, QuestionNote, Collection, CollectionItem, PendingImport):
        assert not model.objects.exists()
    report = QuestionReport.objects.get()
    assert (report.user, report.text, report.question) == (None, "Alices report", bank["chunking"])


def test_copies_that_others_took_are_theirs(alice, bob, own):
    collection = Collection.objects.get()
    sharing.adopt(user=bob, collection=collection, now=NOW)
    erase_person(user=alice)

    assert Question.objects.get(owner=bob).title == "Alices own question"
    assert Collection.objects.get().items.count() == 2
