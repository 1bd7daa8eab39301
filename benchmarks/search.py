"""Search at 5,000 questions: queries and time of `search`, beside a plain primary-key read in the same run.

    VAR_DIR=/tmp/bench .venv/bin/python benchmarks/search.py

Prints the number of database queries, the median and 95th percentile in milliseconds, and the ratio of the median to
that of reading 60 rows by primary key, which any list costs. The embedding of the query is left out.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prep.settings")

COUNT, DIMENSIONS, ROUNDS = 5_000, 384, 200
WORDS = 700
COMMON = 0.5  # of each coordinate's spread


def main() -> None:
    import django
    from django.core.management import call_command
    from django.db import connection, transaction

    from prep.stack import services_for_command

    with services_for_command(["manage.py", "migrate"]):
        django.setup()
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:  # rows of an earlier run, rolled back, would be read again
            cursor.execute("VACUUM FULL questions_question")
            cursor.execute("VACUUM FULL questions_questionvector")
        with transaction.atomic():
            measure()
            transaction.set_rollback(True)  # nothing of this stays


def measure() -> None:
    import numpy as np
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from questions.bank.search import Query, search
    from questions.models import Question

    rng = np.random.default_rng(1)
    fill(rng)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE questions_question; ANALYZE questions_questionvector")
    vectors = rng.normal(size=(ROUNDS, DIMENSIONS)) + COMMON
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = ["how do I find passages that users ask for in other words", "tune HNSW recall", "429", "evaluate agents"]
    shares = [dict.fromkeys(words(rng, 8), 1 / 8) for _ in vectors]
    queries = [
        Query(texts[n % len(texts)], vector.tolist(), share)
        for n, (vector, share) in enumerate(zip(vectors, shares, strict=True))
    ]
    search(AnonymousUser(), queries[0])
    with CaptureQueriesContext(connection) as captured:
        search(AnonymousUser(), queries[0])
    keys = list(Question.objects.values_list("pk", flat=True)[:60])
    searched = timed(lambda n: search(AnonymousUser(), queries[n]))
    read = timed(lambda n: list(Question.objects.filter(pk__in=keys)))
    print(f"{COUNT} questions, {ROUNDS} searches: {len(captured)} queries each")
    print(f"search   median {searched[0]:6.1f} ms   p95 {searched[1]:6.1f} ms")
    print(f"60 rows  median {read[0]:6.1f} ms   p95 {read[1]:6.1f} ms   ratio {searched[0] / read[0]:.1f}")


def fill(rng: object) -> None:
    from pgvector import HalfVector, SparseVector

    from questions.bank import lexical
    from questions.bank.state import local_model_name
    from questions.models import Category, Question, QuestionVector

    category = Category.objects.create(slug="bench", name="Bench", summary="", intent="", weight=1, position=99)
    common = {"category": category, "intent": "", "kind": "concept", "level": "mid", "minutes": 5}
    questions = Question.objects.bulk_create(
        Question(
            **common,
            slug=f"bench-{n}",
            title=f"Bench question {n}",
            prompt="What would you check first? " * 12,
            reference="A reference answer of some length. " * 60,
            checked_on=date(2026, 11, 22),
            content_hash="",
            main_terms=["hnsw"] if n % 200 == 0 else [],
            terms=["hnsw", "429"] if n % 200 == 0 else ["llm"],
        )
        for n in range(COUNT)
    )
    # With a common part, as texts of one subject have: queries and questions are alike by 0.2 on average.
    rows = rng.normal(size=(COUNT, DIMENSIONS)) + COMMON  # type: ignore[attr-defined]
    QuestionVector.objects.bulk_create(
        QuestionVector(
            question=question,
            model=local_model_name(),
            dimensions=DIMENSIONS,
            text_hash="",
            vector=HalfVector(row.tolist()),
            asked=HalfVector(row.tolist()),
            lexical=SparseVector(words(rng), lexical.SIZE),
        )
        for question, row in zip(questions, rows, strict=True)
    )


def words(rng: object, count: int = WORDS) -> dict[int, float]:
    """As many words as a question of the bank holds, of a vocabulary of 20,000 with few common and many rare ones."""
    terms = rng.zipf(1.3, size=count) % 20_000  # type: ignore[attr-defined]
    return {int(term): 1.5 for term in terms}


def timed(act: Callable[[int], object]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    taken = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        act(number)
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


if __name__ == "__main__":
    main()
