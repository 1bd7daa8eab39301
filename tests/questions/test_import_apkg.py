"""Anki packages: what Anki exports is read, what strangers build is refused in words and within bounds."""

from __future__ import annotations

import json
import random
from contextlib import suppress

import pytest

from questions.own import packages as reader
from questions.own import reading_apkg
from questions.own.html_text import markdown_of
from questions.own.reading import Known, Reading, UnreadableFile, read_file
from tests.questions.packages import NOTES, REAL, bomb, database, deck, lying_bomb, package, zstd_bomb

KNOWN = Known({"rag": "rag"}, "rag", "mid")


def read(data: bytes, name: str = "deck.apkg") -> Reading:
    return read_file(name=name, data=data, known=KNOWN)


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(data)
    return str(refused.value)


@pytest.mark.parametrize("file", ["modern.apkg", "older.apkg"])
def test_what_anki_exports_is_read(file):
    reading = read((REAL / file).read_bytes())

    assert (reading.unit, reading.faults) == ("note", [])
    assert [
        (row.number, row.question.title, row.question.tags, [point.text for point in row.question.key_points])
        for row in reading.rows
    ] == [
        (
            1,
            "What does HNSW stand for, and what does it trade?",
            ["retrieval", "vector-index"],
            ["Hierarchical navigable small world graphs.", "It trades memory for recall at a given speed."],
        ),
        (
            2,
            "Why rerank?",
            ["retrieval"],
            ["A cross-encoder reads query and passage together.", "It is slower, so it sees only the first hundred."],
        ),
        (
            3,
            "BM25 normalises by […] and saturates [which count?].",
            [],
            [
                "BM25 normalises by document length and saturates term frequency.",
                "See the retrieval chapter.",
            ],
        ),
        (4, "Recall at k", ["metrics"], ["Share of the relevant items among the first k."]),
    ]
    assert reading.rows[0].question.prompt == "What does **HNSW** stand for, and what does it trade?"
    assert "Pictures and sounds are not taken over" in reading.remarks[0]
    assert "Cloze" in reading.remarks[1]


PICTURE, SOUND = '<img src="hnsw.png">', "[sound:a.mp3]"


def test_notes_with_a_side_that_is_only_a_picture_are_named_and_left_out():
    notes = [
        [PICTURE, "Layers of a <b>graph</b>"],
        ["What is HNSW?", f"<div>{PICTURE}</div>"],
        [PICTURE, SOUND],
        ["What is HNSW?", "A graph index."],
    ]
    reading = read(deck(notes))

    assert [row.number for row in reading.rows] == [4]
    assert [(fault.number, fault.message) for fault in reading.faults] == [
        (1, "the front is only a picture, without a text to ask; the back says “Layers of a graph”"),
        (2, "the back is only a picture, without a text to grade by; the front says “What is HNSW?”"),
        (3, "both sides are only a picture and sound: there is no text"),
    ]


def test_notes_that_lose_a_picture_or_a_sound_are_marked():
    notes = [["What does this show? " + PICTURE, "A graph index."], ["Why?" + SOUND, "So."], ["Why rerank?", "So."]]

    assert [row.lost for row in read(deck(notes)).rows] == ["picture", "sound", ""]


def test_a_tag_that_names_a_category_files_the_note_there():
    models = {"1": {"flds": [{"name": "Front"}, {"name": "Back"}]}}
    data = package(
        database(
            "CREATE TABLE col (models)",
            f"INSERT INTO col VALUES ('{json.dumps(models)}')",
            "CREATE TABLE notes (mid, flds, tags)",
            "INSERT INTO notes VALUES (1, 'Why?' || char(31) || 'So.', ' leech ai::Agent_Design hard ')",
            "INSERT INTO notes VALUES (1, 'How?' || char(31) || 'So.', ' hard ')",
        )
    )
    known = Known({"rag": "rag", "agents": "agents", "agent design": "agents"}, "rag", "mid")
    rows = read_file(name="deck.apkg", data=data, known=known).rows

    assert [(row.question.category, row.names_category) for row in rows] == [("agents", True), ("rag", False)]


@pytest.mark.parametrize("name", ["collection.anki2", "collection.anki21", "collection.anki21b"])
def test_each_form_of_the_collection_is_read(name):
    assert [row.question.title for row in read(deck(name=name)).rows] == ["What is HNSW?", "Why rerank?"]


def test_the_newest_form_counts_where_a_package_holds_several():
    old = database(notes=[["Please update Anki", "to open this"]])
    data = package(database(notes=NOTES), "collection.anki21b", others={"collection.anki2": old})

    assert [row.question.title for row in read(data).rows] == ["What is HNSW?", "Why rerank?"]


def test_fields_with_our_names_are_read_by_name():
    fields = [{"name": name} for name in ("Reference", "Key points", "Prompt", "Title")]
    notes = [["It helps.", "<ul><li>3: One</li><li>Two</li></ul>", "Why <b>rerank</b>?", "Rerank"]]
    question = read(package(database(notes=notes, models={"1": {"flds": fields}}))).rows[0].question

    assert (question.title, question.prompt, question.reference) == ("Rerank", "Why **rerank**?", "It helps.")
    assert [(point.weight, point.text) for point in question.key_points] == [(3, "One"), (2, "Two")]


@pytest.mark.parametrize(
    "models", ["[1", "[]", '{"1": 5}', '{"x": {}}', "[" * 100_000, '{"1": {"flds": [{"nom": 1}]}}']
)
def test_nonsense_about_note_types_is_no_fault(models):
    data = package(
        database(
            "CREATE TABLE col (models)",
            f"INSERT INTO col VALUES ('{models}')",
            "CREATE TABLE notes (mid, flds, tags)",
            "INSERT INTO notes VALUES (1, 'Why?' || char(31) || 'Because.', NULL)",
        )
    )

    assert read(data).rows[0].question.title == "Why?"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "not an Anki package"),
        (b"PK\x05\x06" + bytes(18), "holds no Anki collection"),
        (deck()[:-30], "not an Anki package"),
        (deck()[:200], "not an Anki package"),
        (b"not a zip at all", "not an Anki package"),
        (package(None, others={"media": b"{}"}), "holds no Anki collection"),
        (package(b"hello, I am no database"), "not an Anki package"),
        (package(b""), "not an Anki package"),
        (package(b"SQLite format 3\x00" + bytes(4000)), "not an Anki package"),
        (package(database(notes=NOTES)[:5000]), "not an Anki package"),
        (package(database(notes=NOTES)[:1000], "collection.anki21b"), "not an Anki package"),
        (package(None, others={"collection.anki21b": b"no zstd"}), "not an Anki package"),
        (package(database("CREATE TABLE other (x)")), "not an Anki package"),
        (package(database("CREATE TABLE notes (x)")), "not an Anki package"),
        (deck(notes=[]), "no notes"),
        (bomb(), "unpacks to far more"),
        (lying_bomb(), "not an Anki package|unpacks to far more"),
        (zstd_bomb(), "unpacks to far more"),
        (deck([["A", "B"]] * 10_000), "more than 2,000 questions"),
        (deck([[random.Random(n).randbytes(1_600).hex(), "B"] for n in range(1_999)]), "too long"),
        (package(None, others={f"{n}": b"" for n in range(20_001)}), "more than 20,000 files"),
    ],
)
def test_what_is_no_deck_is_refused_in_words(data, said):
    refused = refusal(data)
    assert any(part in refused for part in said.split("|"))


def test_a_bomb_is_not_unpacked_further_than_its_bound(monkeypatch):
    written = []
    monkeypatch.setattr(reader, "MOST_UNPACKED", 1024 * 1024)
    original = reader._copy

    def counted(packed, out, size):
        try:
            original(packed, out, size)
        finally:
            written.append(out.tell())

    monkeypatch.setattr(reader, "_copy", counted)
    refusal(bomb(200))

    assert written[0] <= 1024 * 1024


def test_an_encrypted_package_is_refused():
    data = bytearray(deck())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + offset] |= 1

    assert refusal(bytes(data)) == "This package is encrypted."


HOSTILE = {
    "a view instead of the notes": (
        "CREATE TABLE secret (mid, flds, tags)",
        "CREATE VIEW notes AS SELECT mid, flds, tags FROM secret",
    ),
    "a view without an end": (
        "CREATE VIEW notes AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT x, 'a', 'b' FROM c",
    ),
    "a view that joins for ever": (
        "CREATE TABLE t (x)",
        "INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
        "CREATE VIEW notes AS SELECT 1 AS mid, 'a' AS flds, '' AS tags FROM "
        + ", ".join(f"t AS t{n}" for n in range(12)),
    ),
    "a view that reads files": ("CREATE VIEW notes AS SELECT 1 AS mid, readfile('/etc/passwd') AS flds, '' AS tags",),
    "a computed column": (
        "CREATE TABLE notes (mid, tags, flds GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL)",
        "INSERT INTO notes (mid, tags) VALUES (1, '')",
    ),
    "a full-text table": ("CREATE VIRTUAL TABLE notes USING fts5(mid, flds, tags)",),
}


@pytest.mark.parametrize("statements", HOSTILE.values(), ids=HOSTILE)
def test_a_database_that_would_do_more_than_hold_notes_is_refused(statements):
    assert refusal(package(database(*statements))) == reader.NOT_A_PACKAGE


def test_a_query_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(reader, "TURNS", 1)
    monkeypatch.setattr(reader, "EACH", 100)

    assert refusal(deck([["A", "B"]] * 1_000)) == reader.NOT_A_PACKAGE


def test_cells_of_other_kinds_are_read_as_text():
    data = package(
        database(
            "CREATE TABLE notes (mid, flds, tags)",
            "INSERT INTO notes VALUES (1, x'57687926c384' || x'1f' || 'Because.', 5)",
            "INSERT INTO notes VALUES ('x', 42, NULL)",
            "INSERT INTO notes VALUES (1, NULL, NULL)",
            "INSERT INTO notes VALUES (1, x'ff00fe1f4f6b', '')",
        )
    )
    reading = read(data)

    assert [row.number for row in reading.rows] == [1, 4]
    assert {fault.number for fault in reading.faults} == {2, 3}


def test_turned_bytes_give_a_refusal_or_questions_and_never_anything_else():
    rng = random.Random(7)
    for original in (deck(), deck(name="collection.anki21b"), (REAL / "modern.apkg").read_bytes()):
        for _ in range(150):
            data = bytearray(original)
            for _ in range(rng.randint(1, 6)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            with suppress(UnreadableFile):
                read(bytes(data))


def test_turned_databases_give_a_refusal_or_questions_and_never_anything_else():
    rng = random.Random(11)
    original = database(notes=[*NOTES] * 40)
    for _ in range(300):
        data = bytearray(original)
        for _ in range(rng.randint(1, 20)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with suppress(UnreadableFile):
            read(package(bytes(data)))


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("Plain text", "Plain text"),
        ("<div>One</div><div>Two</div>", "One\n\nTwo"),
        ("One<br>Two", "One\nTwo"),
        ("<ul><li>a</li><li><b>b</b></li></ul>", "- a\n- **b**"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<pre>if a &lt; b:\n    c</pre>", "```\nif a < b:\n    c\n```"),
        ("a * b and `c`", r"a \* b and \`c\`"),
        ("<code>a*b</code>", "`a*b`"),
        ("# no heading", r"\# no heading"),
        ("x<sub>1</sub> &lt;script&gt;", "x1 <script>"),
        ("<script>alert(1)</script><style>p{}</style><p onclick=x()>Text</p>", "Text"),
        ('<img src="http://evil.example/x.png">[sound:a.mp3]Rest', "Rest"),
        ('<a href="javascript:alert(1)">link</a>', "link"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 | 2"),
        ("<b>unclosed", "**unclosed**"),
        ("", ""),
    ],
)
def test_html_becomes_plain_markdown(source, markdown):
    assert markdown_of(source) == markdown


@pytest.mark.parametrize("piece", ["<div>", "<b", "<!", "&", "<ul>", "{{c1::", "&#x", "<a href='", "[sound:"])
def test_a_field_full_of_markup_costs_little(piece):
    assert len(markdown_of(piece * 100_000)) <= 200_000
    read(deck([[piece * 5_000, piece * 1_000]] * 20 + [["A", "B"]]))


def test_a_column_that_the_database_makes_up_is_not_read_for_ever():
    """A generated column: a kilobyte of a package that would become gigabytes of text."""
    made_up = "flds TEXT GENERATED ALWAYS AS (printf('%.*c', 1000000, 'x'))"
    collection = database(
        "CREATE TABLE col (models)",
        f"CREATE TABLE notes (id INTEGER PRIMARY KEY, mid, tags TEXT DEFAULT '', {made_up})",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO notes (id, mid) "
        "SELECT i, 1 FROM n",
    )

    with pytest.raises(UnreadableFile):
        reader.read_notes(package(collection))


@pytest.mark.parametrize(
    ("text", "hidden", "hint"),
    [
        ("{{c1::Paris}}", "Paris", ""),
        ("{{c1::Paris::a capital}}", "Paris", "a capital"),
        ("{{c2::a {b} c::which}}", "a {b} c", "which"),
        ("{{c1::one::two::three}}", "one", "two::three"),
    ],
)
def test_a_cloze_is_parted_into_what_it_hides_and_its_hint(text, hidden, hint):
    found = reading_apkg.CLOZE.search(text)
    assert found is not None
    assert reading_apkg._parted(found[1]) == (hidden, hint)


def test_a_note_of_very_many_fields_is_refused_and_empty_ones_cost_nothing(monkeypatch):
    with pytest.raises(UnreadableFile, match="more than 100 fields"):
        read(deck([["Why?", "So.", *[""] * 99]]))

    calls: list[str] = []

    def counted(html: str) -> str:
        calls.append(html)
        return html

    monkeypatch.setattr(reading_apkg, "markdown_of", counted)
    read(deck([["Why?", "So.", *[""] * 98]]))
    assert "" not in calls


def test_tags_without_end_are_refused():
    tags = "x" * 150_000
    data = package(
        database(
            "CREATE TABLE notes (mid, flds, tags)",
            f"INSERT INTO notes VALUES (1, 'Why?' || char(31) || 'So.', '{tags}')",
            f"INSERT INTO notes VALUES (1, 'How?' || char(31) || 'So.', '{tags}')",
        )
    )
    with pytest.raises(UnreadableFile, match="too long"):
        read(data)
