"""The bank's own files: they load, twice, and a fault is named with its file and line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.bank import loading
from questions.bank.reading import read_bank
from questions.models import KeyPoint, Question, QuestionVersion
from tests.cast import ALICE_TEXT, answered, person

FIRST = {
    "rag": 7,
    "llm-fundamentals": 8,
    "system-design": 5,
    "agents": 5,
    "prompting": 5,
    "ml-fundamentals": 6,
    "behavioural": 5,
}
FILE = loading.CONTENT / "rag" / "rag-chunking-strategies.yaml"


def copy_of_bank(folder: Path) -> Path:
    (folder / "rag").mkdir(parents=True)
    (folder / "rag" / FILE.name).write_text(FILE.read_text())
    (folder / "_categories.yaml").write_text((loading.CONTENT / "_categories.yaml").read_text())
    return folder


def test_the_bank_has_no_fault_and_the_41_topics_of_the_first_release():
    bank = read_bank(loading.CONTENT)
    assert bank.faults == []
    counts = Counter(question.category for question in bank.questions)
    assert {name for name in FIRST if counts[name] < FIRST[name]} == set()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("level: mid\n", "level: boss\n", "level"),
        ("minutes: 7\n", "minutes: soon\n", "minutes"),
        ("weight: 1\n", "weight: 9\n", "key_points"),
        ("slug: rag-chunking-strategies\n", "slug: other\n", "slug"),
        ("category: rag\n", "category: agents\n", "category"),
        ("    key_point: ", "    key_point: no-", "follow-up"),
        ("title: ", "title: a: b ", "not YAML"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path, capsys, old, new, named):
    folder = copy_of_bank(tmp_path / "bank")
    path = folder / "rag" / FILE.name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(CommandError, match="fault"):
        call_command("load_bank", "--check", "--folder", str(folder))
    fault = capsys.readouterr().err
    assert f"{path}:" in fault
    assert named in fault


@pytest.mark.django_db
def test_a_changed_text_is_a_new_version_and_keeps_everybodys_history(tmp_path):
    folder = copy_of_bank(tmp_path / "bank")
    path = folder / "rag" / FILE.name
    load(folder)
    question = Question.objects.get()
    answer = answered(person("alice@example.org"), question, text=ALICE_TEXT)
    assert load(folder).unchanged == 1
    path.write_text(path.read_text().replace("Choosing a chunking strategy", "How to cut documents"))
    assert load(folder).updated == 1
    question.refresh_from_db()
    assert (question.title, question.version) == ("How to cut documents", 2)
    assert [row.content["title"] for row in QuestionVersion.objects.order_by("version")] == [
        "Choosing a chunking strategy",
        "How to cut documents",
    ]
    answer.refresh_from_db()
    assert (answer.question_id, answer.question_version) == (question.pk, 1)


@pytest.mark.django_db
def test_a_question_whose_file_is_gone_is_retired_and_comes_back_as_it_was(tmp_path):
    folder = copy_of_bank(tmp_path / "bank")
    path = folder / "rag" / FILE.name
    text = path.read_text()
    load(folder)
    points = KeyPoint.objects.count()
    path.unlink()
    assert load(folder).retired == 1
    assert Question.objects.get().is_retired
    path.write_text(text)
    load(folder)
    question = Question.objects.get()
    assert (question.is_retired, question.version) == (False, 1)
    assert KeyPoint.objects.filter(is_retired=False).count() == points


def load(folder: Path) -> loading.Counts:
    bank = read_bank(folder)
    assert bank.faults == []
    return loading.load(bank.questions, bank.categories)
