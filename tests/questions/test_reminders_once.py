"""A reminder goes out at most once a person and day, and again only where the server surely did not take it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)
from socket import gaierror
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection

from accounts.models import Profile
from questions.models import SentMail
from questions.practice import letters, reminders
from tests.cast import NOW, fresh, person, rated, small_bank

DAY = timedelta(days=1)
AT_EIGHT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def sweep(now: datetime) -> int:
    return reminders.sweep(now).sent


def settle(user):
    Profile.objects.filter(user=user).update(reminds_daily=True)
    return fresh(user)


@pytest.fixture
def reader(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    return settle(alice)


@pytest.fixture
def second_reader(bob, bank):
    rated(bob, bank["chunking"], 1, now=NOW - 3 * DAY)
    return settle(bob)


def test_once_a_day_however_often_the_sweep_runs(reader):
    assert [sweep(AT_EIGHT + timedelta(minutes=n)) for n in (0, 5, 90)] == [1, 0, 0]
    assert sweep(AT_EIGHT + DAY) == 1
    assert SentMail.objects.filter(sent_at=None).count() == 0


def test_another_hour_or_zone_on_the_same_day_brings_no_second_mail(reader):
    assert sweep(AT_EIGHT) == 1
    Profile.objects.filter(user=reader).update(reminder_hour=12)
    assert sweep(AT_EIGHT + timedelta(hours=4)) == 0
    Profile.objects.filter(user=reader).update(reminder_hour=8, time_zone="America/New_York")

    assert sweep(AT_EIGHT + timedelta(hours=5)) == 0


def failing(monkeypatch, step: str, error: Exception) -> Any:
    """A context in which this step of the conversation with the server fails."""

    def fail(*_: Any) -> None:
        raise error

    patched = monkeypatch.context()
    context = patched.__enter__()
    context.setattr(locmem.EmailBackend, step, fail)
    return patched


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("open", ConnectionRefusedError()),
        ("open", gaierror("no such host")),
        ("open", TimeoutError()),
        ("open", SMTPAuthenticationError(535, b"wrong")),
        ("send_messages", SMTPRecipientsRefused({"alice@example.org": (450, b"later")})),
        ("send_messages", SMTPDataError(451, b"later")),
    ],
)
def test_what_the_server_did_not_take_is_tried_again(reader, monkeypatch, step, error):
    patched = failing(monkeypatch, step, error)
    assert sweep(AT_EIGHT) == 0
    patched.__exit__(None, None, None)
    assert not SentMail.objects.exists()

    assert sweep(AT_EIGHT + FIVE_MINUTES) == 1


@pytest.mark.parametrize(
    "error",
    [
        SMTPServerDisconnected("after the text"),
        TimeoutError(),
        RuntimeError("lost in the middle"),
        SMTPRecipientsRefused({"alice@example.org": (550, b"nobody here")}),
        SMTPDataError(554, b"never"),
    ],
)
def test_what_the_server_may_have_taken_or_refused_for_good_is_not_sent_again(reader, monkeypatch, error):
    patched = failing(monkeypatch, "send_messages", error)
    assert sweep(AT_EIGHT) == 0
    patched.__exit__(None, None, None)

    assert sweep(AT_EIGHT + FIVE_MINUTES) == 0
    assert SentMail.objects.get().sent_at is None


def test_a_line_that_breaks_when_the_mail_is_through_changes_nothing(reader, monkeypatch):
    patched = failing(monkeypatch, "close", SMTPServerDisconnected("gone"))
    assert sweep(AT_EIGHT) == 1
    patched.__exit__(None, None, None)

    assert sweep(AT_EIGHT + FIVE_MINUTES) == 0


def test_a_server_that_is_away_is_asked_once_a_sweep(reader, second_reader, monkeypatch):
    asked: list[int] = []

    def away(*_: Any) -> None:
        asked.append(1)
        raise TimeoutError

    monkeypatch.setattr(locmem.EmailBackend, "open", away)

    assert sweep(AT_EIGHT) == 0
    assert len(asked) == 1
    assert not SentMail.objects.exists()


def test_neither_address_nor_text_is_logged(reader, monkeypatch, caplog):
    patched = failing(monkeypatch, "send_messages", SMTPRecipientsRefused({"alice@example.org": (450, b"alice")}))
    sweep(AT_EIGHT)
    patched.__exit__(None, None, None)

    assert f"the daily mail of user {reader.pk}: SMTPRecipientsRefused for now" in caplog.text
    assert "alice" not in caplog.text


def test_one_persons_trouble_does_not_stop_the_others(reader, second_reader, monkeypatch):
    real = letters.daily

    def broken(user: Any, now: datetime) -> Any:
        if user == reader:
            raise RuntimeError("this person's rows are odd")
        return real(user, now)

    monkeypatch.setattr(letters, "daily", broken)

    assert sweep(AT_EIGHT) == 1
    assert mail.outbox[0].to == ["bob@example.org"]


@pytest.mark.django_db(transaction=True)
def test_four_schedulers_that_all_saw_nothing_sent_send_one_mail(monkeypatch):
    bank = small_bank()
    alice = person("alice@example.org")
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    settle(alice)
    together, sent = threading.Barrier(4), []
    real = letters.message

    def written(*values: Any) -> Any:
        """Each has looked whether the mail is sent, and none has claimed it."""
        found = real(*values)
        together.wait(60)
        return found

    monkeypatch.setattr(letters, "message", written)

    def run() -> None:
        try:
            sent.append(sweep(AT_EIGHT))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sent) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1
    assert SentMail.objects.get().sent_at == AT_EIGHT
