"""Searches the shared bank by meaning and by exact term."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand

from questions.bank.query_vectors import query_text, read_here
from questions.bank.search import Query, search
from questions.models import Question


class Command(BaseCommand):
    help = "Search the shared bank. Output: slug, title, score and tags of each question found, best first."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--json", action="store_true", help="a JSON list instead of lines")
        parser.add_argument("--most", type=int, default=10, help="at most so many (10)")

    def handle(self, *args: Any, **options: Any) -> None:
        text = query_text(options["query"])
        hits = search(
            AnonymousUser(), Query(text, *read_here(text)) if text else Query(text, None), most=options["most"]
        )
        questions = Question.objects.in_bulk([hit.question_id for hit in hits])
        found = [
            {"slug": question.slug, "title": question.title, "score": hit.score, "tags": question.tags}
            for hit in hits
            for question in [questions[hit.question_id]]
        ]
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for item in found:
            self.stdout.write(f"{item['score']:6.3f}  {item['slug']:<45} {item['title']}")
