"""What an own question may hold, and how what people type is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from questions.own.format import OwnQuestion, faults_of, one_line, tidied
from questions.own.lines import followed_up, point_id, point_line, points_in, tag_of, weighed

LEAST = {"title": "Reranking", "prompt": "Why rerank?", "category": "rag", "key_points": ["It reads both together."]}


def made(**fields) -> OwnQuestion:
    return OwnQuestion.model_validate({**LEAST, **fields})


def faults(**fields) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        made(**fields)
    return [message for _, message in faults_of(refusal.value)]


def test_what_is_left_out_has_its_usual_value():
    question = made()

    assert (question.kind, question.level, question.minutes, question.tags) == ("concept", "mid", 5, [])
    assert [(point.id, point.weight) for point in question.key_points] == [("it-reads-both-together", 2)]


def test_texts_are_tidied():
    question = made(title="  Two\n words\x07 ", prompt="a\r\nb\rc  ", tags=["Vector DBs", "vector dbs", " "])

    assert (question.title, question.prompt, question.tags) == ("Two words", "a\nb\nc", ["vector-dbs"])


@pytest.mark.parametrize("broken", ["a\x00b", "a\ud800b"])
def test_broken_characters_are_refused_everywhere(broken):
    for field in ("title", "prompt", "reference", "intent"):
        assert faults(**{field: broken}) == [f"{field}: holds broken characters (NUL or half of a pair)"]
    assert "broken characters" in faults(key_points=[broken])[0]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"title": ""}, "title: is empty"),
        ({"title": "x" * 121}, "title: is too long: 121, where 120 fit"),
        ({"prompt": "x" * 10_001}, "prompt: is too long: 10,001, where 10,000 fit"),
        ({"reference": "x" * 20_001}, "reference: is too long: 20,001, where 20,000 fit"),
        ({"key_points": ["x" * 501]}, "key points 1 text: is too long: 501, where 500 fit"),
        ({"key_points": [f"Point {n}" for n in range(21)]}, "key points: is too long: 21, where 20 fit"),
        ({"key_points": [{"text": "x", "weight": 4}]}, "key points 1 weight: must be at most 3"),
        ({"key_points": [{"weight": 1}]}, "key points 1 text: is missing"),
        ({"tags": [f"tag{n}" for n in range(11)]}, "tags: is too long: 11, where 10 fit"),
        ({"minutes": "soon"}, "minutes: must be a whole number"),
        ({"minutes": 0}, "minutes: must be at least 1"),
        ({"minutes": "9" * 5000}, "minutes: must be a whole number"),
        ({"level": "boss"}, "level: must be 'junior', 'mid' or 'senior'"),
        (
            {"follow_ups": [{"question": "a | b"}]},
            "follow-ups 1 question: must not hold “ | ”, which sets the hint apart",
        ),
        ({"answer": "x"}, "answer: is not a field of a question"),
        ({"key_points": []}, "there is nothing to grade by: give key points or a reference answer"),
    ],
)
def test_each_fault_is_said_in_words(fields, fault):
    assert faults(**fields) == [fault]


def test_labels_of_the_pages_are_understood():
    assert made(level="Mid-level", kind="Behavioral").model_dump(include={"level", "kind"}) == {
        "level": "mid",
        "kind": "behavioural",
    }


def test_without_key_points_the_reference_gives_them():
    listed = made(key_points=[], reference="Say:\n\n- First **thing**\n- Second thing\n")
    told = made(
        key_points=[], reference="It reads both. It is slow.\n\n```\ncode here. Not a point.\n```\nSo it sees few."
    )

    assert [point.text for point in listed.key_points] == ["First thing", "Second thing"]
    assert [point.text for point in told.key_points] == ["It reads both.", "It is slow.", "So it sees few."]


def test_points_taken_from_a_long_reference_are_bounded():
    points = points_in(" ".join(f"Sentence number {n} is here." for n in range(100)) + " " + "Word " * 400, 500)

    assert len(points) == 12
    assert all(len(point) <= 500 for point in points)


def test_the_same_point_twice_is_one_and_ids_differ():
    question = made(key_points=["Cost counts", "Cost counts", "Cost, counts!", {"id": "cost-counts", "text": "Other"}])

    assert [(point.id, point.text) for point in question.key_points] == [
        ("cost-counts", "Cost counts"),
        ("cost-counts-2", "Cost, counts!"),
        ("other", "Other"),
    ]


def test_the_bank_own_format_fits_but_for_what_is_not_kept():
    from questions.bank.loading import CONTENT
    from questions.bank.reading import read_question

    for path in sorted(CONTENT.rglob("[!_]*.yaml")):
        question, _ = read_question(path)
        assert question is not None
        content = {k: v for k, v in question.content().items() if k not in {"slug", "checked_on"} and v is not None}
        own = OwnQuestion.model_validate(content)
        assert own.content().items() >= {k: v for k, v in content.items() if k != "star"}.items()


@given(st.integers(1, 3), st.text(min_size=1))
def test_a_point_line_is_read_back(weight, raw):
    text = " ".join(raw.replace("\x00", "").split())
    if text:
        assert weighed(point_line(weight, text, 2), 2) == (weight, text)


def test_a_follow_up_line_is_read_back():
    assert followed_up("Why? | Think of cost | and time") == ("Why?", "Think of cost | and time")
    assert followed_up("Why?") == ("Why?", "")


@given(st.text())
def test_tidying_twice_changes_nothing_more(raw):
    text = raw.replace("\x00", "")
    assert tidied(tidied(text)) == tidied(text)
    assert one_line(one_line(text)) == one_line(text)
    assert tag_of(tag_of(text)) == tag_of(text)
    assert len(tag_of(text)) <= 40


def test_ids_are_made_of_words_and_never_taken():
    assert point_id("Überall: A/B-Tests (n=5)!", set()) == "uberall-a-b-tests-n-5"
    assert point_id("日本語", {"point"}) == "point-2"
