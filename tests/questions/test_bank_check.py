"""`load_bank --check` passes a sound bank, and names file and line of each thing that is wrong with an unsound one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from questions.bank.checking import COPIED_WORDS, SMALL_BANK, check_texts, reading_grade, spearman
from questions.bank.reading import read_bank
from tests.questions.bank_files import Question, words, write_bank

Bank = dict[str, Question]
FAIR = ["overlap-1", "overlap-2"]
SAID_AGAIN = "When neighbours share some text, a sentence across two pieces is whole in one."
LONG = "Organisational considerations notwithstanding, institutionalised methodologies necessitate interdepartmental "


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says of the bank: its faults, or that there is none."""
    with contextlib.suppress(CommandError):
        call_command("load_bank", "--check", "--folder", str(folder))
    printed = capsys.readouterr()
    return printed.err or printed.out


def point(bank: Bank, number: int, **values: object) -> None:
    bank["overlap"]["key_points"][number].update(values)


def sample(bank: Bank, number: int, **values: object) -> None:
    bank["overlap"]["samples"][number].update(values)


def error(bank: Bank, number: int, first: int, last: int) -> dict[str, str]:
    quote = " ".join(bank["overlap"]["samples"][number]["text"].split()[first:last])
    return {"quote": quote, "why": "Something else is true."}


def set_(**values: object) -> Callable[[Bank], None]:
    return lambda bank: bank["overlap"].update(values)


def drop(name: str) -> Callable[[Bank], None]:
    return lambda bank: bank["overlap"].pop(name) and None


def copied_prompt(bank: Bank) -> None:
    point(bank, 3, text=bank["overlap"]["prompt"])


def same_prompt(bank: Bank) -> None:
    bank["tables"]["prompt"] = "And now: " + bank["overlap"]["prompt"] + " How much, and why?"


def same_question(bank: Bank) -> None:
    bank["tables"]["title"] = "Overlap of chunks"
    bank["tables"]["prompt"] = "Sentences are cut in half by your splitter. What should neighbouring pieces share?"


def copied_reference(bank: Bank) -> None:
    sample(bank, 2, text=bank["overlap"]["reference"][:400] + " " + words(60, "it"))


def copied_point(bank: Bank) -> None:
    sample(bank, 2, text=words(60, "it") + " " + bank["overlap"]["key_points"][0]["text"])


def one_wording_twice(bank: Bank) -> None:
    bank["overlap"]["asked_as"] = ["sentences are cut at the border"]
    bank["tables"]["asked_as"] = ["rows lose their heads", "Sentences are cut at the border?"]


def wording_that_is_a_title(bank: Bank) -> None:
    bank["overlap"]["asked_as"] = [bank["tables"]["title"].upper()]


def other_year(bank: Bank) -> None:
    bank["tables"]["sources"] = [{**bank["overlap"]["sources"][0], "year": 1999}]


# what is broken, how, a word of the message, and a word of the line that is named
BROKEN = [
    ("a missing part", drop("intent"), "intent", "slug: about-overlap"),
    ("no samples", drop("samples"), "samples", "slug: about-overlap"),
    ("an unknown level", set_(level="boss"), "level", "level: boss"),
    ("minutes that are no number", set_(minutes="soon"), "minutes", "minutes: soon"),
    ("an unknown field", set_(colour="red"), "colour", "colour: red"),
    ("a slug that is not the file's", set_(slug="other"), "slug", "slug: other"),
    ("a category that is not known", set_(category="cooking"), "category", ""),
    ("a reference that is too short", set_(reference=words(90, "it")), "150 to 400", "reference:"),
    ("a second point of one id", lambda bank: point(bank, 1, id="overlap-1"), "second key point", "id: overlap-1"),
    ("points of one weight", lambda bank: point(bank, 0, weight=2), "weigh the same", "id: overlap-1"),
    (
        "a follow-up to nowhere",
        lambda bank: bank["overlap"]["follow_ups"][1].update(key_point="gone"),
        "does not exist",
        "key_point: gone",
    ),
    ("a story without its parts", set_(kind="behavioural"), "star", "kind: behavioural"),
    ("a sample that names no point", lambda bank: sample(bank, 1, covers=["gone"]), "does not exist", "- gone"),
    ("a sample that is too short", lambda bank: sample(bank, 1, text=words(20, "it")), "60 to 220", "text:"),
    (
        "a weak sample that covers all",
        lambda bank: sample(bank, 0, covers=["overlap-1", "overlap-2"]),
        "weak < fair",
        "",
    ),
    (
        "an error that its sample does not hold",
        lambda bank: sample(bank, 0, errors=[{"quote": "never said", "why": "Nobody said this."}]),
        "does not say 'never said'",
        "never said",
    ),
    (
        "errors that overlap",
        lambda bank: sample(bank, 0, errors=[error(bank, 0, 0, 5), error(bank, 0, 3, 8)]),
        "overlap",
        "quote:",
    ),
    (
        "a strong sample with an error",
        lambda bank: sample(bank, 2, errors=[error(bank, 2, 0, 5)]),
        "must hold no error",
        "quote:",
    ),
    ("samples out of order", lambda bank: bank["overlap"]["samples"].reverse(), "in this order", ""),
    (
        "points that say the same",
        lambda bank: point(bank, 3, text=SAID_AGAIN),
        "says what",
        "When neighbours share",
    ),
    (
        "a point that copies the prompt",
        lambda bank: point(bank, 3, text=bank["overlap"]["prompt"]),
        "copies the prompt",
        "splitter",
    ),
    ("a sample that copies the reference", copied_reference, "copies the reference", "text:"),
    ("a sample that copies a key point", copied_point, "copies the key point", "text:"),
    ("a copied prompt", same_prompt, "words in a row", "prompt:"),
    ("two questions that ask the same", same_question, "asks what", "prompt:"),
    ("a link to nowhere", set_(reference=words(170, "it") + " See [this](/questions/gone/)."), "'gone'", "reference:"),
    ("one wording of two questions", one_wording_twice, "leads to a question already", "Sentences are cut"),
    ("a wording that is a title", wording_that_is_a_title, "is the title of", "- "),
    ("a wording of one word", set_(asked_as=["overlap"]), "asked_as", "overlap"),
    ("a source with another year", other_year, "in another question", "title"),
    ("sentences that nobody reads", set_(prompt=LONG * 6 + "synchronisation?"), "hard to read", "prompt:"),
]


def test_a_sound_bank_passes(tmp_path, capsys):
    assert "3 questions in 2 categories: no fault" in check(write_bank(tmp_path), capsys)


@pytest.mark.parametrize(("what", "change", "message", "line"), BROKEN, ids=[case[0] for case in BROKEN])
def test_each_fault_is_named_with_its_file_and_line(tmp_path, capsys, what, change, message, line):
    folder = write_bank(tmp_path, change)

    said = check(folder, capsys)

    faults = [re.match(r"(?P<path>.+?\.yaml):(?P<line>\d+): (?P<text>.+)", row) for row in said.splitlines()]
    named = [fault for fault in faults if fault and message in fault["text"]]
    assert named, said
    assert line in Path(named[0]["path"]).read_text().splitlines()[int(named[0]["line"]) - 1]


def test_yaml_that_cannot_be_read_is_named_with_its_line(tmp_path, capsys):
    folder = write_bank(tmp_path)
    path = folder / "rag" / "about-overlap.yaml"
    path.write_text(path.read_text().replace("title: ", "title: a: b ", 1))
    assert f"{path}:2: not YAML" in check(folder, capsys)


def test_one_slug_in_two_files_is_named(tmp_path, capsys):
    folder = write_bank(tmp_path)
    (folder / "rag" / "more").mkdir()
    twin = folder / "rag" / "more" / "about-overlap.yaml"
    twin.write_text((folder / "rag" / "about-overlap.yaml").read_text())
    assert "is also in" in check(folder, capsys)


def test_questions_that_may_be_alike_are_named_in_a_list_and_the_list_is_checked(tmp_path, capsys):
    folder = write_bank(tmp_path, same_question)
    assert "asks what" in check(folder, capsys)
    allowed = folder / "_similar.yaml"
    allowed.write_text(yaml.safe_dump([["about-overlap", "about-tables", "on purpose"]]))
    assert "no fault" in check(folder, capsys)
    allowed.write_text(yaml.safe_dump([["about-overlap", "about-tables", "on purpose"], ["about-x", "about-y", "?"]]))
    assert f"{allowed}:" in check(folder, capsys)


@pytest.mark.parametrize(
    ("lengths", "wording", "message"),
    [
        ({"weak": 70, "fair": 120, "strong": 180}, "everyday", "length tells the grade"),
        ({"weak": 70, "fair": 120, "strong": 71}, "everyday", "weak ones are as long as the strong"),
        ({"weak": 90, "fair": 90, "strong": 90}, "textbook", "in everyday words"),
    ],
)
def test_a_bank_whose_samples_give_themselves_away_is_named(tmp_path, lengths, wording, message):
    folder = write_bank(tmp_path)
    source = yaml.safe_load((folder / "rag" / "about-overlap.yaml").read_text())
    for number in range(SMALL_BANK):
        data = {**source, "slug": f"copy-{number}"}
        data["samples"] = [
            {**one, "wording": wording, "text": words(lengths[one["grade"]], f"case {number}")}
            for one in source["samples"]
        ]
        (folder / "rag" / f"copy-{number}.yaml").write_text(yaml.safe_dump(data, sort_keys=False))
    (folder / "agents" / "about-budget.yaml").unlink()
    (folder / "rag" / "about-overlap.yaml").unlink()
    (folder / "rag" / "about-tables.yaml").unlink()

    bank = read_bank(folder)

    assert bank.faults == []
    assert any(message in fault.message for fault in check_texts(bank))


def test_the_reading_grade_rises_with_long_words_and_long_sentences():
    plain = "The cat sat on the mat. It was a warm day. " * 8
    assert reading_grade(plain) < 5 < reading_grade(LONG * 6)
    assert reading_grade("Too short.") == 0.0
    assert reading_grade("```\n" + LONG * 9 + "\n```") == 0.0


def test_rank_correlation_agrees_with_cases_worked_by_hand():
    assert spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1)
    assert spearman([1, 2, 3], [30, 20, 10]) == pytest.approx(-1)
    assert spearman([1, 1, 2, 2], [1, 2, 1, 2]) == pytest.approx(0)
    assert spearman([1, 2, 3], [5, 5, 5]) == 0


def test_shared_words_are_counted_in_a_row():
    from questions.bank.checking import shared_run

    run = " ".join(f"word{number}" for number in range(COPIED_WORDS))
    assert shared_run(f"so {run} there", run) == COPIED_WORDS
    assert shared_run(run.replace("word5", "other"), run) == 0
