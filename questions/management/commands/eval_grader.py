"""Tries a grader on the bank's graded samples and prints how far it can be trusted."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.bank import loading
from questions.bank.reading import read_bank
from questions.bank.schema import QuestionFile, SampleFile
from questions.coach.grading_input import GradeLine
from questions.coach.trial import Trial, Verdict, judge
from questions.management.commands.grade import grader_called

ROWS = (
    ("samples", "samples"),
    ("abstained", "abstained"),
    ("order", "better one scores higher"),
    ("precision", "points: precision"),
    ("recall", "points: recall"),
    ("f1", "points: F1"),
    ("kappa", "points: kappa"),
    ("length_rho", "score with length, rho"),
    ("length_rho_given_grade", "the same at equal grade"),
)


class Command(BaseCommand):
    help = "Grade every sample of the bank and compare with what it truly covers. Nothing is stored."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--grader", choices=("local", "llm"), default="local")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")
        parser.add_argument("--most", type=int, default=0, help="only the first so many questions (all)")
        parser.add_argument("--folder", type=Path, default=loading.CONTENT, help="where the question files are")

    def handle(self, *args: Any, **options: Any) -> None:
        bank = read_bank(options["folder"])
        questions = [question for question in bank.questions if question.samples]
        if bank.faults or not questions:
            raise CommandError("The bank has faults (load_bank --check names them) or holds no samples.")
        questions = questions[: options["most"] or None]
        trials = self.run_trials(questions, bank_grader(options["grader"]))
        verdicts = {
            "all": judge(trials),
            "textbook": judge([trial for trial in trials if trial.wording == "textbook"]),
            "everyday": judge([trial for trial in trials if trial.wording == "everyday"]),
        }
        if options["json"]:
            self.stdout.write(json.dumps({name: asdict(verdict) for name, verdict in verdicts.items()}, indent=2))
            return
        self.stdout.write(f"The {options['grader']} grader on {len(questions)} questions\n")
        self.stdout.write(table(verdicts))

    def run_trials(self, questions: Sequence[QuestionFile], grade: Callable[..., dict[str, Any]]) -> list[Trial]:
        trials = []
        for done, question in enumerate(questions, start=1):
            trials += [trial(question, sample, grade(question, sample.text)) for sample in question.samples]
            if sys.stderr.isatty():
                end = "\n" if done == len(questions) else ""
                self.stderr.write(f"\rGrading {done}/{len(questions)}{end}", ending="")
        return trials


def bank_grader(name: str) -> Callable[[QuestionFile, str], dict[str, Any]]:
    """The same grading as `manage.py grade`, on the bank's own questions."""
    grade = grader_called(name, sys.stderr.write)

    def on(question: QuestionFile, answer: str) -> dict[str, Any]:
        points = tuple((point.id, point.text, float(point.weight)) for point in question.key_points)
        line = GradeLine(
            id=question.slug, question=question.prompt, points=points, reference=question.reference, answer=answer
        )
        return grade(line)

    return on


def trial(question: QuestionFile, sample: SampleFile, result: dict[str, Any]) -> Trial:
    found = frozenset(point["key_point"] for point in result["points"] if point["status"] == "covered")
    return Trial(
        question=question.slug,
        grade=sample.grade,
        wording=sample.wording,
        words=len(sample.text.split()),
        score=None if result["abstain"] else result["score"],
        true_points=frozenset(sample.covers),
        found_points=found,
        all_points=frozenset(point.id for point in question.key_points),
    )


def table(verdicts: dict[str, Verdict]) -> str:
    lines = [f"{'':<28}" + "".join(f"{name:>12}" for name in verdicts)]
    for field, label in ROWS:
        cells = [_cell(getattr(verdict, field)) for verdict in verdicts.values()]
        lines.append(f"{label:<28}" + "".join(f"{cell:>12}" for cell in cells))
    for grade in ("weak", "fair", "strong"):
        cells = [_cell(verdict.mean_by_grade.get(grade)) for verdict in verdicts.values()]
        lines.append(f"{'mean score, ' + grade:<28}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines)


def _cell(value: float | int | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
