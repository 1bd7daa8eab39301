"""The ledger of readings: limits hold however many ask at once, a deleted account refills none, calls are counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.rights import erase_person, export_person
from questions import tasks
from questions.coach import feedback as coach
from questions.coach import llm
from questions.models import Answer, Feedback, KeyedRequest, Question, Reading
from tests.cast import answered, person
from tests.openai_server import MODEL, OpenAIServer
from tests.questions.test_session import together

TEXT = (
    "Overlap between neighbouring chunks keeps a border sentence findable. Size trades precision against context. "
    "Splitting along headings keeps units of meaning together. Attempt {}."
)
YOURS = "Your 2 readings by the model in 24 hours are used up."
THE_SITES = "The site’s 2 readings by the model in 24 hours are used up."


@pytest.fixture
def server(settings: Any) -> Iterator[OpenAIServer]:
    """A model server that the coach uses."""
    llm.forget_servers()
    with OpenAIServer("ok") as running:
        settings.COACH_USES_MODEL = True
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_MODEL = running.base_url, "sk-test", MODEL
        yield running
    llm.forget_servers()


def waiting(user: User, question: Question, count: int = 1) -> list[int]:
    """Ids of the feedback of `count` new answers."""
    start, now = Answer.objects.count(), timezone.now()
    answers = [
        answered(user, question, now=now + timedelta(microseconds=number), text=TEXT.format(number))
        for number in range(start, start + count)
    ]
    return [answer.feedback.pk for answer in answers]


def read(user: User, question: Question) -> Feedback:
    """The feedback of one new answer, after its worker."""
    [found] = waiting(user, question)
    assert coach.run(found)
    return Feedback.objects.get(pk=found)


def reasons() -> list[str]:
    """Why the local grader stood in, of those answers where it did."""
    return list(Feedback.objects.filter(grader="local").values_list("fallback_reason", flat=True))


@pytest.mark.django_db(transaction=True)
def test_twelve_readings_at_once_at_a_limit_of_two_are_two_calls(alice, question, server, settings):
    settings.COACH_DAILY_PER_USER = 2
    ids = waiting(alice, question, 12)

    ended = together(12, lambda number: coach.run(ids[number]))

    assert ended == [True] * 12
    assert len(server.calls) == 2
    assert reasons() == [YOURS] * 10
    assert set(Feedback.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_the_sites_limit_holds_over_everybody_and_a_deleted_account_does_not_refill_it(question, server, settings):
    settings.COACH_DAILY_TOTAL = 2
    people = [person(f"person{number}@example.org") for number in range(6)]
    ids = [found for user in people for found in waiting(user, question, 2)]

    together(12, lambda number: coach.run(ids[number]))
    assert len(server.calls) == 2
    assert reasons() == [THE_SITES] * 10

    for user in people:
        erase_person(user=user)
    again = waiting(person("person0@example.org"), question, 12)
    together(12, lambda number: coach.run(again[number]))

    assert len(server.calls) == 2
    assert reasons() == [THE_SITES] * 12


def test_what_is_left_of_a_deleted_account_in_the_ledger_is_nobodys(alice, bob, question, server):
    for user in (alice, bob):
        read(user, question)
    exported: Any = export_person(user=alice)["questions"]["readings"][0]

    erase_person(user=alice)

    left = Reading.objects.get(pk=exported["id"])
    assert (left.user, left.feedback, left.calls) == (None, None, 1)
    assert left.tokens_in == exported["tokens_in"] > 0
    assert Reading.objects.get(user=bob).feedback is not None


@pytest.mark.django_db(transaction=True)
def test_an_account_deleted_while_it_is_read_leaves_nothing_of_itself(alice, question, server):
    ids = waiting(alice, question, 7)

    together(8, lambda number: coach.run(ids[number]) if number < 7 else erase_person(user=alice))

    assert not Feedback.objects.exists()
    assert not Reading.objects.exclude(user=None, feedback=None).exists()
    assert sum(Reading.objects.values_list("calls", flat=True)) == len(server.calls)


@pytest.mark.django_db(transaction=True)
def test_the_ledger_holds_every_call_and_its_tokens(alice, question, server):
    server.play("500", "malformed", "ok")

    found = read(alice, question)

    row = Reading.objects.get()
    assert (found.grader, found.calls, row.calls) == (MODEL, 3, 3)
    assert (row.tokens_in, row.tokens_out) == server.tokens == (found.tokens_in, found.tokens_out)


def crash(feedback_id: int) -> None:
    """As if the worker were killed and its lease over."""
    Feedback.objects.filter(pk=feedback_id).update(
        status="running", attempts=1, lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_a_reading_after_a_crash_is_the_same_reading_and_its_calls_add_up(alice, question, server, settings):
    settings.COACH_DAILY_PER_USER = 1
    [found] = waiting(alice, question)
    crash(found)
    Reading.objects.create(user=alice, feedback_id=found, reserved_at=timezone.now(), calls=2)

    assert coach.run(found)

    after = Feedback.objects.get(pk=found)
    assert (after.grader, after.attempts, after.calls) == (MODEL, 2, 3)
    assert Reading.objects.get().calls == 3
    assert len(server.calls) == 1


def test_a_feedback_has_four_calls_at_most_over_all_of_its_attempts(alice, question, server):
    [found] = waiting(alice, question)
    crash(found)
    Reading.objects.create(user=alice, feedback_id=found, reserved_at=timezone.now(), calls=3)
    server.play("malformed")

    assert coach.run(found)

    after = Feedback.objects.get(pk=found)
    assert (after.status, after.grader, after.calls) == ("done", "local", 4)
    assert len(server.calls) == 1


def test_a_reading_without_a_call_is_given_back_and_one_with_a_call_is_not(alice, question, server, settings):
    settings.COACH_DAILY_PER_USER = 2
    settings.OPENAI_BASE_URL = "ftp://nowhere.example/v1"
    assert "address" in read(alice, question).fallback_reason
    assert not Reading.objects.exists()
    settings.OPENAI_BASE_URL = server.base_url
    server.play("quota", "ok")
    assert "quota" in read(alice, question).fallback_reason
    assert read(alice, question).grader == MODEL

    assert read(alice, question).fallback_reason == YOURS


@pytest.mark.parametrize(
    ("setting", "reason"), [("COACH_DAILY_PER_USER", "Your 0"), ("COACH_DAILY_TOTAL", "The site’s 0")]
)
def test_a_limit_of_nought_asks_the_model_nothing(alice, question, server, settings, setting, reason):
    setattr(settings, setting, 0)

    found = read(alice, question)

    assert (found.status, found.grader) == ("done", "local")
    assert found.fallback_reason.startswith(reason)
    assert not server.calls


def test_readings_count_for_24_hours(alice, question, server, settings):
    settings.COACH_DAILY_PER_USER = settings.COACH_DAILY_TOTAL = 1
    assert read(alice, question).grader == MODEL
    assert read(alice, question).grader == "local"
    Reading.objects.update(reserved_at=timezone.now() - timedelta(hours=24))

    assert read(alice, question).grader == MODEL


def test_anothers_readings_do_not_count_as_ones_own(alice, bob, question, server, settings):
    settings.COACH_DAILY_PER_USER = 1

    assert [read(user, question).grader for user in (alice, bob)] == [MODEL, MODEL]


def test_the_reason_stands_on_the_answers_page(alice, as_alice, question, server, settings):
    settings.COACH_DAILY_PER_USER = 0
    found = read(alice, question)

    assert found.fallback_reason in as_alice.get(f"/answers/{found.answer_id}/").content.decode()


def test_the_ledgers_are_cleared_of_what_nothing_asks_for_any_more(alice, question):
    now = timezone.now()
    for days in (0, 29, 31):
        Reading.objects.create(user=alice, reserved_at=now - timedelta(days=days))
    for hours in (0, 23, 25):
        KeyedRequest.objects.create(user=alice, key_hash=str(hours), created_at=now - timedelta(hours=hours))

    tasks.clear_ledgers()

    assert Reading.objects.count() == 2
    assert set(KeyedRequest.objects.values_list("key_hash", flat=True)) == {"0", "23"}
