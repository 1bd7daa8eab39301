"""What is exported is read back equal, starts no formula, and opens in Anki."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import zipfile
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.models import Question
from questions.own import authoring, collections
from questions.own.format import OwnQuestion
from questions.own.reading import Known, read_file
from questions.own.writing import to_csv, to_yaml
from questions.own.writing_apkg import Exported, guid, to_apkg
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db

KNOWN = Known({"rag": "rag"}, "rag", "mid")
BROKEN = re.compile("[\x00\ud800-\udfff]")
TEXT = st.text(max_size=60).filter(lambda text: not BROKEN.search(text))
# What has trapped writers of these formats.
TRAPS = st.sampled_from(
    [
        *("=1+1", "+1", "-2", "@x", "'=x", "''-x", "'tis", "\t=1", "3: x", "2:x", "1 : x", "a | b", "| b", "a |"),
        *(
            "null",
            "~",
            "yes",
            "5",
            "1_000",
            "- a",
            "# a",
            "a: b",
            "a\n\n b",
            " a\n  b",
            "a \nb",
            "\n- x\n\n",
            "%x",
            "&a",
        ),
        *(
            "*a",
            "!x",
            "{a",
            "[a",
            "`x`",
            '"',
            "'",
            "''",
            "a,b",
            "a;b",
            "a\tb",
            "\u2028x",
            "\x85x",
            "😀",
            "é",
            "…",
            "---",
            "...",
        ),
        *("a\n---\nb", "a\n...", "key: |\n  x", "?", ": ", "-", ">", "|", "\ufeffx", "a\n\tb", "x" * 130, "=" * 3),
    ]
)
SOME = st.one_of(TEXT, TRAPS)


CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
FILLED = SOME.filter(lambda text: CONTROLS.sub("", text).strip())


@st.composite
def as_typed(draw) -> OwnQuestion:
    """A question as the form makes it."""
    return OwnQuestion.model_validate(
        {
            "title": draw(FILLED.filter(lambda text: len(text) <= 120)),
            "prompt": draw(FILLED),
            "category": "rag",
            "kind": draw(st.sampled_from(Question.Kind.values)),
            "level": draw(st.sampled_from(Question.Level.values)),
            "minutes": draw(st.integers(1, 120)),
            "tags": draw(st.lists(SOME, max_size=4)),
            "key_points": [
                {"text": text, "weight": draw(st.integers(1, 3))}
                for text in draw(st.lists(FILLED, min_size=1, max_size=4))
            ],
            "reference": draw(SOME),
            "follow_ups": [
                {"question": draw(FILLED).replace("|", "/"), "hint": draw(SOME)} for _ in range(draw(st.integers(0, 2)))
            ],
        }
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(as_typed(), min_size=1, max_size=3))
def test_yaml_is_read_back_equal(questions):
    reading = read_file(name="x.yaml", data=to_yaml(questions).encode(), known=KNOWN)

    assert reading.faults == []
    assert [row.question for row in reading.rows] == questions


@settings(max_examples=150, deadline=None)
@given(st.lists(as_typed(), min_size=1, max_size=3))
def test_csv_is_read_back_equal_and_no_cell_begins_like_a_formula(questions):
    text = to_csv(questions)
    reading = read_file(name="x.csv", data=text.encode(), known=KNOWN)

    assert reading.faults == []
    assert [row.question for row in reading.rows] == questions
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r＝＋－＠") and cell]


def test_what_only_yaml_carries_comes_back_too():
    question = OwnQuestion.model_validate(
        {
            "title": "A",
            "prompt": "B",
            "category": "rag",
            "key_points": [{"id": "kept-id", "text": "C", "weight": 3, "why": "It decides."}],
            "follow_ups": [{"question": "D?", "key_point": "kept-id", "hint": "E"}],
            "intent": "F",
            "levels": {"senior": "G"},
            "mistakes": ["H"],
            "sources": [{"title": "I", "author": "J", "year": 2024, "kind": "paper"}],
            "star": {"situation": "K"},
        }
    )

    assert read_file(name="x.yml", data=to_yaml([question]).encode(), known=KNOWN).rows[0].question == question


def test_every_own_question_is_in_the_export_and_nobody_elses(as_alice, alice, bob, bank):
    mine = [cast.own_question(alice, title=f"Mine {n}") for n in range(3)]
    cast.own_question(bob, title="Bobs secret")
    for kind, ending in (("yaml", "yaml"), ("csv", "csv")):
        response = as_alice.get(f"/questions/own/export/?as={kind}")
        assert response["Content-Disposition"] == f'attachment; filename="my-own-questions.{ending}"'
        assert response["Cache-Control"] == "private, no-store"
        reading = read_file(name=f"x.{kind}", data=response.content, known=KNOWN)
        assert [row.question for row in reading.rows] == [authoring.content_of(question) for question in mine]


def test_a_collection_is_exported_in_its_order_with_own_questions_only(as_alice, as_bob, alice, bank):
    one, two, three = (cast.own_question(alice, title=title) for title in ("One", "Two", "Three"))
    collection = collections.create(user=alice, title="For Änne: 1/2", description="", now=NOW)
    collections.fill(collection=collection, questions=[three, bank["chunking"], one])
    response = as_alice.get(f"/questions/own/export/?as=yaml&collection={collection.pk}")

    assert response["Content-Disposition"] == 'attachment; filename="for-anne-12.yaml"'
    rows = read_file(name="x.yaml", data=response.content, known=KNOWN).rows
    assert [row.question.title for row in rows] == ["Three", "One"]
    for wrong in (f"collection={collection.pk}", "collection=987654321", "collection=x", "collection=" + "9" * 40):
        assert as_bob.get(f"/questions/own/export/?as=yaml&{wrong}").status_code == 404
    assert as_alice.get("/questions/own/export/?as=exe").status_code == 404
    assert two.title not in response.content.decode()


def test_the_export_needs_no_more_queries_for_more_questions(as_alice, alice, bank, django_assert_max_num_queries):
    for n in range(12):
        cast.own_question(alice, title=f"Mine {n}")
    with django_assert_max_num_queries(6):
        as_alice.get("/questions/own/export/?as=apkg")


def collection_of(package: bytes) -> sqlite3.Connection:
    with zipfile.ZipFile(io.BytesIO(package)) as zipped:
        assert zipped.namelist() == ["collection.anki2", "media"]
        connection = sqlite3.connect(":memory:")
        connection.deserialize(zipped.read("collection.anki2"))
        return connection


def test_the_deck_has_a_note_and_a_card_each_with_a_guid_that_stays(alice, bank):
    question = cast.own_question(alice, title="<b>A & B</b>", prompt="Why **that**?\n\n- a", tags=["one", "two"])
    row = Exported(question.slug, question.updated_at, authoring.content_of(question))
    packages = [to_apkg([row], deck="Mine", now=now) for now in (NOW, NOW.replace(year=2027))]

    guids = []
    for package in packages:
        with closing(collection_of(package)) as connection:
            (note,) = connection.execute("SELECT id, guid, tags, flds, sfld FROM notes").fetchall()
            ((card, deck),) = connection.execute("SELECT nid, did FROM cards").fetchall()
            assert (card, note[2]) == (note[0], " one two ")
            guids.append((note[1], deck))
    assert guids[0] == guids[1] == (guid(question.slug), guids[0][1])
    fields = note[3].split("\x1f")
    assert fields[0] == "&lt;b&gt;A &amp; B&lt;/b&gt;"
    assert fields[1] == "<p>Why <strong>that</strong>?</p>\n<ul>\n<li>a</li>\n</ul>"


def test_our_own_deck_is_read_back(as_alice, alice, bank):
    question = cast.own_question(alice)
    response = as_alice.get("/questions/own/export/?as=apkg")
    row = read_file(name="x.apkg", data=response.content, known=KNOWN).rows[0].question

    content = authoring.content_of(question)
    assert (row.title, row.prompt, row.reference) == (content.title, content.prompt, content.reference)
    assert row.key_points == content.key_points


def test_an_export_of_nothing_is_an_empty_file(as_alice, alice, bank):
    assert as_alice.get("/questions/own/export/?as=yaml").content == b"[]\n"
    assert as_alice.get("/questions/own/export/?as=csv").content.count(b"\n") == 1
    assert as_alice.get("/questions/own/export/?as=apkg").status_code == 200
