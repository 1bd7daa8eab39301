"""The steps of practice beside a trivial logged-in page, in one interleaved run.

    VAR_DIR=/tmp/bench .venv/bin/python benchmarks/practice.py [--rounds 60] [--interview]

For people of 10,000 and 100,000 cards (ten reviews and answers each), alone and among 1,000 others: the queries of
each step, its median time and the ratio to that of a page that shows nothing but the frame of the site.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prep.settings")

BOOKKEEPING = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
STEPS = ("trivial", "next", "rate", "dashboard")
BARS = {"next": 2.0, "rate": 2.0, "dashboard": 3.0}
OTHERS, THEIR_CARDS = 999, 100
TRIVIAL = (
    '{% extends "base.html" %}{% block title %}Nothing{% endblock %}{% block content %}<h1>Nothing</h1>{% endblock %}'
)


def main() -> None:
    import django
    from django.core.management import call_command
    from django.db import transaction

    from prep.stack import services_for_command

    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--interview", action="store_true", help="with an interview three weeks ahead")
    given = options.parse_args()
    with services_for_command(["manage.py", "migrate"]):
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        with transaction.atomic():
            measure(given.rounds, given.interview)
            transaction.set_rollback(True)  # nothing of this stays


def measure(rounds: int, has_interview: bool) -> None:
    from accounts.people import create_person
    from benchmarks import practice_data

    practice_data.add_bank(100_000)
    print(f"{'':34}" + "".join(f"{step:>22}" for step in STEPS))
    for cards in (10_000, 100_000):
        with undone():
            user = create_person(email=f"bench-{cards}@example.org", password=None)
            show(f"{cards:,} cards, alone", user.pk, cards, rounds, has_interview)
    with undone():
        others = [create_person(email=f"other-{n}@example.org", password=None).pk for n in range(OTHERS)]
        from django.utils import timezone

        practice_data.add_histories(others, THEIR_CARDS, timezone.now().date())
        user = create_person(email="bench-among@example.org", password=None)
        show("10,000 cards, among 1,000 people", user.pk, 10_000, rounds, has_interview)


@contextmanager
def undone() -> Iterator[None]:
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def show(name: str, user_id: int, cards: int, rounds: int, has_interview: bool) -> None:
    from accounts.models import User
    from benchmarks import practice_data

    person = User.objects.select_related("profile").get(pk=user_id)
    today = prepared(person, cards, has_interview)
    practice_data.analyze()
    acts = steps_of(person, today)
    first = {step: timed(act)[0] for step, act in acts.items()}
    queries = {step: counted(act) for step, act in acts.items()}
    taken: dict[str, list[float]] = {step: [] for step in STEPS}
    for _ in range(rounds):
        for step, act in acts.items():
            taken[step].append(timed(act)[0])
    medians = {step: statistics.median(values) for step, values in taken.items()}
    cells = [f"{medians[s]:6.1f} ms {medians[s] / medians['trivial']:5.2f} x {queries[s]:2d} q" for s in STEPS]
    print(f"{name:34}" + "".join(f"{cell:>22}" for cell in cells))
    print(f"{'  first visit':34}" + "".join(f"{first[s]:>19.0f} ms" for s in STEPS), flush=True)


def prepared(person: Any, cards: int, has_interview: bool) -> Any:
    from django.utils import timezone

    from benchmarks import practice_data
    from questions.models import Interview
    from questions.practice.calendar import today_of

    now = timezone.now()
    today = today_of(person.profile, now)
    practice_data.add_histories([person.pk], cards, today)
    person.profile.minutes_a_day = 240
    person.profile.save(update_fields=["minutes_a_day"])
    if has_interview:
        Interview.objects.create(user=person, on=today + timedelta(days=21), created_at=now)
    return today


def steps_of(person: Any, today: Any) -> dict[str, Callable[[], Any]]:
    from django.http import HttpResponse
    from django.template import engines
    from django.test import Client
    from django.urls import path

    from prep import urls

    page = engines["django"].from_string(TRIVIAL)
    urls.urlpatterns.append(path("bench/trivial/", lambda request: HttpResponse(page.render({}, request))))
    client = Client(HTTP_HOST="localhost")
    client.force_login(person)
    rating = ratings(person, today)

    def rate() -> Any:
        answer = next(rating)
        return lambda: client.post(f"/answers/{answer}/rate/", {"rating": "3"})

    def get(address: str) -> Callable[[], Any]:
        return lambda: lambda: client.get(address)

    return {
        "trivial": get("/bench/trivial/"),
        "next": get("/practice/next/"),
        "rate": rate,
        "dashboard": get("/"),
    }


def ratings(person: Any, today: Any) -> Iterator[int]:
    """A fresh answer of today to one due question after another."""
    from django.utils import timezone

    from questions.models import Answer, Card

    due = Card.objects.filter(user=person, due_on__lte=today).order_by("-pk").values_list("question", flat=True)
    for number, question in enumerate(due.iterator()):
        yield Answer.objects.create(
            user=person, question_id=question, question_version=1, text="Words.", word_count=1, seconds=1,
            study_day=today, submit_token=f"bench-now-{number}", created_at=timezone.now(),
        ).pk  # fmt: skip


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of what `act` prepares."""
    run = act()
    start = time.perf_counter()
    response = run()
    taken = 1000 * (time.perf_counter() - start)
    assert response.status_code in {200, 302}, response.status_code
    return taken, response


def counted(act: Callable[[], Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    run = act()
    with CaptureQueriesContext(connection) as captured:
        run()
    return sum(not query["sql"].startswith(BOOKKEEPING) for query in captured.captured_queries)


if __name__ == "__main__":
    main()
