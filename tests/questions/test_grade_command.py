"""`manage.py grade`: JSONL in, JSONL out in the same order, nothing graded when a line is bad."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from questions.bank import loading
from questions.bank.embeddings import local_encoder
from questions.bank.reading import read_bank
from questions.bank.state import local_model_name
from questions.bank.vectors import embed_bank
from questions.coach import llm
from questions.coach.feedback import run
from questions.coach.grading_input import LineError, read_lines
from questions.models import Question
from tests.cast import answered, person
from tests.openai_server import OpenAIServer
from tests.questions.graded_answers import CACHING, VALIDATION

GOOD = {"id": "a", "question": CACHING.question, "key_points": list(CACHING.points), "answer": CACHING.strong}


def grade(monkeypatch: pytest.MonkeyPatch, *lines: object, **options: str) -> list[dict[str, Any]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))
    call_command("grade", stdout=out, stderr=io.StringIO(), **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_results_come_in_the_order_of_the_lines_with_quotes_from_the_answers(monkeypatch: pytest.MonkeyPatch):
    other = {
        "id": 7,
        "question": VALIDATION.question,
        "reference": "\n".join(VALIDATION.points),
        "answer": VALIDATION.fair,
    }
    results = grade(monkeypatch, GOOD, "", other, {**GOOD, "id": "empty", "answer": ""})
    assert [result["id"] for result in results] == ["a", 7, "empty"]
    assert results[0]["score"] > results[1]["score"] > 0
    for result, answer in zip(results, (CACHING.strong, VALIDATION.fair), strict=False):
        assert len(result["points"]) == 5
        for point in result["points"]:
            assert point["status"] in {"covered", "unsure", "missing"}
            assert 0 <= point["score"] <= 1
            assert point["quote"] is None or point["quote"] in answer
    assert results[2]["score"] is None
    assert results[2]["abstain"] is True


def test_key_points_may_carry_ids_and_weights(monkeypatch: pytest.MonkeyPatch):
    weighted = [{"id": "key", "text": CACHING.points[0], "weight": 3}, {"text": CACHING.points[3]}]
    (result,) = grade(monkeypatch, {**GOOD, "key_points": weighted})
    assert [point["key_point"] for point in result["points"]] == ["key", "2"]
    expected = (3 * result["points"][0]["score"] + result["points"][1]["score"]) / 4
    assert result["score"] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nonsense", "it is not JSON"),
        ("[1]", "not an object"),
        ('{"question": "q", "answer": "a", "reference": "r"}', "`id`"),
        ('{"id": 1, "answer": "a", "reference": "r"}', "`question`"),
        ('{"id": 1, "question": "q", "answer": null, "reference": "r"}', "`answer`"),
        ('{"id": 1, "question": "q", "answer": "a"}', "`reference`"),
        ('{"id": 1, "question": "q", "answer": "a", "reference": "r", "key_points": ["r"]}', "either"),
        ('{"id": 1, "question": "q", "answer": "a", "reference": " \\n "}', "1 to 40 key points"),
        ('{"id": 1, "question": "q", "answer": "a", "key_points": [1]}', "key point 1"),
        ('{"id": 1, "question": "q", "answer": "a", "key_points": [{"text": "x", "weight": 0}]}', "`weight`"),
        ('{"id": 1, "question": "q", "answer": "a", "key_points": [{"text": "x", "weight": NaN}]}', "`weight`"),
        ('{"id": 1, "question": "q", "answer": "a", "key_points": [{"id": "2", "text": "x"}, "y"]}', "same `id`"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_graded(monkeypatch: pytest.MonkeyPatch, line: str, reason: str):
    with pytest.raises(CommandError, match=r"Line 2: .*Nothing was graded") as raised:
        grade(monkeypatch, GOOD, line)
    assert reason in str(raised.value)


def test_bytes_that_are_not_utf_8_are_a_bad_line():
    with pytest.raises(LineError, match="Line 1"):
        read_lines([b'{"id": "\xff"}'])


def test_without_a_model_server_the_model_grader_says_so(monkeypatch: pytest.MonkeyPatch, settings):
    settings.COACH_USES_MODEL = False
    with pytest.raises(CommandError, match="No model server is configured"):
        grade(monkeypatch, GOOD, grader="llm")


def test_the_model_grader_gives_the_same_shape_and_asks_nothing_about_an_empty_answer(
    monkeypatch: pytest.MonkeyPatch, settings
):
    llm.forget_servers()
    with OpenAIServer("ok") as server:
        settings.COACH_USES_MODEL, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = True, server.base_url, "scripted-1"
        read, empty = grade(monkeypatch, GOOD, {**GOOD, "id": "empty", "answer": ""}, grader="llm")
        assert len(server.calls) == 1
    assert read["grader"] == "scripted-1"
    assert read["score"] > 0
    assert all(point["quote"] is None or point["quote"] in CACHING.strong for point in read["points"])
    assert empty["abstain"] is True


def test_where_the_model_fails_the_local_grader_stands_in_and_says_why(monkeypatch: pytest.MonkeyPatch, settings):
    llm.forget_servers()
    with OpenAIServer("malformed") as server:
        settings.COACH_USES_MODEL, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = True, server.base_url, "scripted-1"
        (result,) = grade(monkeypatch, GOOD, grader="llm")
    assert result["grader"] == "local"
    assert result["fallback_reason"]
    assert result["score"] > 0.7


@pytest.mark.django_db
@pytest.mark.parametrize("is_embedded", [False, True])
def test_the_command_and_the_site_give_a_bank_question_the_same_scores(
    monkeypatch: pytest.MonkeyPatch, is_embedded: bool
):
    bank = read_bank(loading.CONTENT)
    asked = next(question for question in bank.questions if question.slug == "rag-chunking-strategies")
    loading.load([asked], bank.categories)
    if is_embedded:
        embed_bank(local_model_name(), local_encoder, lambda done, total: None)
    question = Question.objects.get()
    text = (
        "I split along headings and paragraphs so that a chunk holds one idea. Small chunks match precisely, large "
        "ones keep more context. I would compare strategies on labelled questions by recall of the evidence."
    )
    feedback = answered(person("alice@example.org"), question, text=text).feedback
    assert run(feedback.pk)
    feedback.refresh_from_db()

    points = [{"id": point.slug, "text": point.text, "weight": point.weight} for point in question.key_points.all()]
    (graded,) = grade(
        monkeypatch, {"id": 1, "question": question.prompt, "key_points": points, "answer": text}, grader="local"
    )

    assert graded["score"] == pytest.approx(feedback.score, abs=1e-3)
    site = {point["key_point"]: point for point in feedback.result["points"]}
    for point in graded["points"]:
        same = site[point["key_point"]]
        assert (point["status"], point["quote"]) == (same["status"], same["quote"])
        assert point["score"] == pytest.approx(same["score"], abs=1e-3)


def test_the_local_grader_needs_no_database_and_no_broker():
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "manage.py", "grade", "--grader", "local"],
        input=json.dumps(GOOD) + "\n",
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={**os.environ, **nowhere, "DJANGO_SETTINGS_MODULE": "prep.settings"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] > 0.7
