"""YAML of strangers: plain lists of questions are read, everything that is more than that is refused with its line."""

from __future__ import annotations

import pytest

from questions.bank import loading
from questions.own.reading import Known, Reading, UnreadableFile, read_file

KNOWN = Known({"rag": "rag", "agents": "agents", "ai agents": "agents"}, "rag", "mid")
ONE = "- title: Reranking\n  prompt: Why rerank?\n  key_points: [It reads both together]\n"


def read(text: str | bytes, name: str = "mine.yaml") -> Reading:
    return read_file(name=name, data=text.encode() if isinstance(text, str) else text, known=KNOWN)


def refusal(text: str | bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(text)
    return str(refused.value)


def test_a_list_of_questions_is_read_with_its_lines():
    reading = read(
        ONE + "\n# a remark\n" + ONE.replace("Reranking", "Again") + "  category: AI Agents\n  level: senior\n"
    )

    assert reading.unit == "line"
    assert [(row.number, row.question.title) for row in reading.rows] == [(1, "Reranking"), (6, "Again")]
    assert [(row.question.category, row.question.level) for row in reading.rows] == [
        ("rag", "mid"),
        ("agents", "senior"),
    ]


def test_one_question_and_a_list_under_questions_are_read_too():
    one = "title: Reranking\nprompt: Why rerank?\nreference: It reads both together.\n"

    assert [row.question.title for row in read(one).rows] == ["Reranking"]
    assert [row.question.title for row in read("questions:\n" + ONE).rows] == ["Reranking"]


def test_the_files_of_the_bank_are_read():
    path = next(iter(sorted(loading.CONTENT.rglob("[!_]*.yaml"))))
    reading = read(path.read_bytes(), path.name)

    assert reading.faults == []
    question = reading.rows[0].question
    assert len(question.key_points) >= 4
    assert question.sources
    assert question.intent


def test_each_fault_names_its_line():
    text = (
        "- title: Good\n  prompt: Why?\n  key_points: [A point]\n"
        "- title: Bad\n  prompt: Why?\n  minutes: soon\n  level: boss\n"
        "  key_points:\n  - A point\n  - text: B\n    weight: 7\n"
        "- just a text\n"
        "- title: No points\n  prompt: Why?\n"
    )
    reading = read(text)

    assert [row.question.title for row in reading.rows] == ["Good"]
    assert [(fault.number, fault.message) for fault in reading.faults] == [
        (7, "level: must be 'junior', 'mid' or 'senior'"),
        (6, "minutes: must be a whole number"),
        (11, "key points 2 weight: must be at most 3"),
        (12, "a question must be names and values, such as “title: …”"),
        (13, "there is nothing to grade by: give key points or a reference answer"),
    ]


def test_an_empty_value_is_as_if_it_were_not_there_and_a_quoted_one_is_a_text():
    text = "title: 'null'\nprompt: Why?\nreference: ~\nminutes:\nkey_points: ['no', 'yes', '1_000']\ntags: null\n"
    question = read(text).rows[0].question

    assert (question.title, question.reference, question.minutes, question.tags) == ("null", "", 5, [])
    assert [point.text for point in question.key_points] == ["no", "yes", "1_000"]


def test_an_unknown_category_falls_back_and_is_named():
    reading = read(ONE + "  category: Cooking\n")

    assert reading.rows[0].question.category == "rag"
    assert reading.remarks == ["Not a category here: “Cooking”. Such questions go into the one that you chose."]


def test_billion_laughs_are_refused():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]

    assert refusal("\n".join(lines)) == "Line 2: aliases (*name) are not read. Write the text out."


@pytest.mark.parametrize(
    "tagged",
    [
        "!!python/object/apply:os.system ['touch /tmp/onsite-was-here']",
        "!!python/name:os.system",
        "!!binary aGVsbG8=",
        "!something x",
        "! x",
    ],
)
def test_tags_are_refused(tagged):
    assert refusal(f"- title: x\n  prompt: {tagged}\n").startswith("Line 2: tags (")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- title: [unclosed", "This is not YAML on line"),
        ("\t- title: x", "This is not YAML on line 1"),
        ("- title: \x07", "This is not YAML: it holds characters that YAML does not allow."),
        ("just a sentence", "should hold a list of questions"),
        ("42", "should hold a list of questions"),
        ("# only a remark\n", "There is no question in this file."),
        ("[]", "There is no question in this file."),
        ("questions: 5", "should hold a list of questions"),
        ("--- \n- a\n--- \n- b\n", "too many parts"),
        ("[" * 5000, "nested more than 12 deep"),
        ("- " * 5000, "nested more than 12 deep"),
        ("{a: " * 5000, "nested more than 12 deep"),
        ("- [" + "x," * 400_001 + "]", "too many parts"),
        ("\x00\x01\x02", "not a text file"),
        ("a\x00b", "not a text file"),
    ],
)
def test_what_is_no_plain_list_is_refused_in_words(text, said):
    assert said in refusal(text)


@pytest.mark.parametrize(
    "value", ["9" * 100_000, "1:" * 50_000 + "1", "0x" + "f" * 100_000, "2001-99-99", ".inf", "1e999"]
)
def test_numbers_and_dates_that_are_none_cost_nothing(value):
    reading = read(f"- title: x\n  prompt: y\n  minutes: {value}\n  key_points: [a]\n")

    assert [(fault.number, fault.message) for fault in reading.faults] == [(3, "minutes: must be a whole number")]


def test_half_a_surrogate_is_refused():
    assert "not YAML" in refusal('- title: "\\ud800"\n  prompt: x\n')


def test_ten_thousand_questions_are_refused_as_a_whole():
    assert "more than 2,000 questions" in refusal(ONE * 10_000)


def test_two_thousand_are_read():
    assert len(read(ONE * 2_000).rows) == 2_000


def test_a_file_above_five_megabytes_is_refused():
    assert refusal(b"# " + b"x" * 5 * 1024 * 1024) == "This file is larger than 5 MB."


def test_other_endings_are_refused():
    with pytest.raises(UnreadableFile, match=r"ends in \.yaml, \.csv or \.apkg"):
        read(ONE, "questions.docx")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_read_right(encoding):
    text = ONE.replace("Why rerank?", "Warum “neu” ordnen? Ä 日本")

    assert read(text.encode(encoding)).rows[0].question.prompt == "Warum “neu” ordnen? Ä 日本"


def test_latin_1_is_read_and_said():
    reading = read(ONE.replace("Why rerank?", "Warum für Käse?").encode("latin-1"))

    assert reading.rows[0].question.prompt == "Warum für Käse?"
    assert "Windows-1252" in reading.remarks[0]
    assert "Save it again as UTF-8" in refusal(b"- title: \x81\x8d\n")
