"""Grades answers from standard input (JSONL) to standard output (JSONL), in the same order."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from questions.bank.embeddings import EncoderError, local_encoder
from questions.coach import rubric
from questions.coach.grading_input import GradeLine, LineError, read_lines

Grader = Callable[[GradeLine], dict[str, Any]]
Points = tuple[tuple[str, str, float], ...]
Vectors = tuple[rubric.KeyPointVectors, ...]


class Command(BaseCommand):
    help = (
        "Grade answers. Input: one JSON object a line {id, question (the prompt as it was asked), answer, and "
        "reference (one key point a line) or key_points}. Output: {id, score, abstain, points} a line; the score is a "
        "coverage estimate, not checked for truth."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--grader", choices=("local", "llm"), default="local")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines = read_lines(sys.stdin.buffer)
            grader = grader_called(options["grader"], self.stderr.write)
        except (LineError, EncoderError) as error:
            raise CommandError(f"{error}. Nothing was graded.") from error
        for line in lines:
            self.stdout.write(json.dumps({"id": line.id, **grader(line)}))
        self.stdout.flush()


def grader_called(name: str, warn: Callable[[str], object]) -> Grader:
    """`local` or `llm`; the model's one grades locally, and says so, where the model fails."""
    return LocalGrader().grade if name == "local" else model_grader(warn)


class LocalGrader:
    """The vectors of questions and key points; many lines share them."""

    def __init__(self) -> None:
        self.encode = local_encoder().encode
        self.vectors = lru_cache(maxsize=256)(self._vectors)

    def _vectors(self, question: str, points: Points) -> tuple[rubric.QuestionVectors, Vectors]:
        return rubric.prepare(question, points, self.encode)

    def grade(self, line: GradeLine) -> dict[str, Any]:
        return _shape(rubric.grade(line.answer, *self.vectors(line.question, line.points), self.encode))

    def supports(self, line: GradeLine) -> Callable[[str, str], bool]:
        return rubric.supports(self.vectors(line.question, line.points)[1], self.encode)


def model_grader(warn: Callable[[str], object]) -> Grader:
    """The model, and the local grader for each answer on which the model fails, with the reason."""
    if not settings.COACH_USES_MODEL:
        raise CommandError("No model server is configured: set OPENAI_API_KEY or OPENAI_BASE_URL.")
    from questions.coach import llm  # the SDK costs memory and a second, which the local grader need not pay

    model = llm.ModelSettings(
        base_url=settings.OPENAI_BASE_URL,
        api_key=settings.OPENAI_API_KEY,
        model=settings.OPENAI_MODEL,
        deadline_seconds=settings.COACH_DEADLINE_SECONDS,
    )
    local = LocalGrader()

    def grade(line: GradeLine) -> dict[str, Any]:
        first = local.grade(line)
        if first["abstain"] and all(point["status"] == "missing" for point in first["points"]):
            return first  # nothing to read: the model is not asked
        request = llm.GradeRequest(
            question_prompt=line.question,
            key_points=tuple(llm.KeyPointText(id, text, weight) for id, text, weight in line.points),
            reference=line.reference,
            answer=line.answer,
        )
        try:
            found = llm.model_grade(request, model, evidence=local.supports(line))
        except llm.ModelError as error:
            warn(f"{line.id}: {error.reason} The local grader stood in.")
            return {**first, "fallback_reason": error.reason}
        points = [_point(point) for point in found.points]
        return {"score": round(found.score, 4), "abstain": False, "points": points, "grader": found.model}

    return grade


def _shape(grade: rubric.LocalGrade) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "score": None if grade.score is None else round(grade.score, 4),
        "abstain": grade.abstain,
        "points": [_point(point) for point in grade.points],
        "grader": "local",
    }
    return {**shape, "abstain_reason": grade.abstain_reason} if grade.abstain else shape


def _point(point: Any) -> dict[str, Any]:
    return {
        "key_point": point.key_point,
        "status": point.status,
        "quote": point.quote,
        "score": round(point.score, 4),
        "note": point.note,
    }
