"""Reminders: at the chosen local hour, only if something is due, once a day, and one click to leave."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from icalendar import Calendar

from accounts.models import Profile
from questions.models import Break, Interview, Pause, SentMail
from questions.practice import feed, letters, pausing, reminders
from questions.practice.reminders import due_moment, sweep
from questions.practice.stamps import restamp
from tests.cast import NOW, answered, fresh, person, rated, small_bank

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AT_EIGHT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # a Tuesday


def settle(user, **values: Any):
    Profile.objects.filter(user=user).update(**{"reminds_daily": True, **values})
    return fresh(user)


@pytest.fixture
def reader(alice, bank):
    """Alice wants a reminder at eight (UTC), and one question is due."""
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    return settle(alice)


# --- When -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "is_sent"), [(-1, False), (0, True), (179, True), (180, False)])
def test_it_goes_out_from_the_hour_on_and_three_hours_late_at_most(reader, minutes, is_sent):
    assert sweep(AT_EIGHT + timedelta(minutes=minutes)) == is_sent
    assert len(mail.outbox) == is_sent


@pytest.mark.parametrize(
    ("zone", "day", "hour", "expected"),
    [
        ("Asia/Tokyo", date(2026, 3, 3), 8, datetime(2026, 3, 2, 23, 0, tzinfo=UTC)),
        # Berlin's clocks jump from 02:00 to 03:00 on 29 March, and go back from 03:00 to 02:00 on 25 October.
        ("Europe/Berlin", date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),
    ],
)
def test_the_hour_is_local_and_a_skipped_or_double_hour_comes_once(alice, zone, day, hour, expected):
    profile = settle(alice, time_zone=zone, reminder_hour=hour).profile

    assert reminders.moment_on(day, profile) == expected
    assert due_moment(profile, expected) == expected
    assert due_moment(profile, expected + timedelta(hours=2, minutes=59)) == expected
    assert due_moment(profile, expected + 3 * HOUR) is None


def test_a_late_hour_is_still_found_after_midnight(alice):
    profile = settle(alice, reminder_hour=23).profile

    assert due_moment(profile, AT_EIGHT.replace(hour=1)) == AT_EIGHT.replace(hour=23) - DAY


# --- To whom ----------------------------------------------------------------------------------


def test_nothing_is_sent_when_nothing_is_due(alice, bank):
    settle(alice)

    assert sweep(AT_EIGHT) == 0
    assert not SentMail.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"reminds_daily": False},
        {"snoozed_until": date(2026, 3, 4)},
        {"is_demo": True},
    ],
)
def test_nobody_is_written_to_who_does_not_want_it(reader, values):
    settle(reader, **values)

    assert sweep(AT_EIGHT) == 0


def test_a_snooze_ends_on_its_day(reader):
    settle(reader, snoozed_until=date(2026, 3, 3))

    assert sweep(AT_EIGHT) == 1


def test_not_in_a_break_not_when_all_is_done_not_to_closed_accounts(reader, bank):
    Break.objects.create(user=reader, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 3), created_at=NOW)
    restamp(reader)
    assert sweep(AT_EIGHT) == 0
    Break.objects.all().delete()
    restamp(reader)
    pausing.pause(user=reader, question=bank["chunking"], kind=Pause.Kind.SUSPENDED, now=NOW)
    assert sweep(AT_EIGHT) == 0
    pausing.resume(user=reader, question=bank["chunking"])
    reader.is_active = False
    reader.save(update_fields=["is_active"])
    assert sweep(AT_EIGHT) == 0


def test_on_a_site_with_real_mail_only_a_confirmed_address_is_written_to(reader, settings):
    settings.HAS_SMTP = True
    reader.emailaddress_set.update(verified=False)
    assert sweep(AT_EIGHT) == 0
    reader.emailaddress_set.update(verified=True)

    assert sweep(AT_EIGHT) == 1


# --- What -------------------------------------------------------------------------------------


def test_the_mail_says_what_waits_and_carries_the_way_out(reader, bank):
    Interview.objects.create(user=reader, on=date(2026, 3, 10), company="Acme", created_at=NOW)
    restamp(reader)
    sweep(AT_EIGHT)

    (sent,) = mail.outbox
    assert sent.to == ["alice@example.org"]
    assert "7 days to your interview at Acme." in sent.body
    assert "The first one: The title of" in sent.body
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in sent.body
    assert "alice" not in link


def test_the_weekly_report_comes_on_monday_with_the_week(reader, bank):
    settle(reader, reminds_daily=False, reports_weekly=True)
    rated(reader, bank["tool-calling"], 3, now=NOW, answer=answered(reader, bank["tool-calling"], now=NOW))
    assert sweep(AT_EIGHT) == 0

    assert sweep(AT_EIGHT + 6 * DAY) == 1  # Monday, 9 March

    assert "you answered 1 question on 1 day, in 5 minutes. 1 of them was new." in mail.outbox[0].body


# --- Once -------------------------------------------------------------------------------------


def test_once_a_day_however_often_the_sweep_runs(reader):
    assert [sweep(AT_EIGHT + timedelta(minutes=n)) for n in (0, 5, 90)] == [1, 0, 0]
    assert sweep(AT_EIGHT + DAY) == 1
    assert SentMail.objects.filter(sent_at=None).count() == 0


def test_a_mail_that_the_server_did_not_take_is_tried_again(reader, monkeypatch):
    def refuse(*_: Any) -> None:
        raise SMTPRecipientsRefused({})

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        assert sweep(AT_EIGHT) == 0
    assert not SentMail.objects.exists()

    assert sweep(AT_EIGHT + timedelta(minutes=5)) == 1


def test_a_mail_whose_end_is_unknown_is_not_sent_twice(reader, monkeypatch):
    def die(*_: Any) -> None:
        raise RuntimeError("lost in the middle")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", die)
        assert sweep(AT_EIGHT) == 0

    assert sweep(AT_EIGHT + timedelta(minutes=5)) == 0
    assert SentMail.objects.get().sent_at is None


def test_one_persons_trouble_does_not_stop_the_others(reader, bob, bank, monkeypatch):
    rated(bob, bank["chunking"], 1, now=NOW - 3 * DAY)
    settle(bob)
    real = letters.daily

    def broken(user: Any, now: datetime) -> Any:
        if user == reader:
            raise RuntimeError("this person's rows are odd")
        return real(user, now)

    monkeypatch.setattr(letters, "daily", broken)

    assert sweep(AT_EIGHT) == 1
    assert mail.outbox[0].to == ["bob@example.org"]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_the_same_moment_send_one_mail():
    bank = small_bank()
    alice = person("alice@example.org")
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    settle(alice)
    start, sent = threading.Barrier(4), []

    def run() -> None:
        try:
            start.wait()
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
    assert SentMail.objects.count() == 1


# --- Leaving ----------------------------------------------------------------------------------


def test_one_click_leaves_without_a_session_and_a_look_changes_nothing(reader):
    sweep(AT_EIGHT)
    path = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>").partition("/mail/")[2]
    stranger = Client(enforce_csrf_checks=True)

    assert "Switch off the daily reminder?" in stranger.get(f"/mail/{path}").content.decode()
    assert fresh(reader).profile.reminds_daily
    for _ in range(2):
        response = stranger.post(f"/mail/{path}", {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        assert not fresh(reader).profile.reminds_daily
    assert stranger.get("/mail/unsubscribe/made-up/").status_code == 404
    assert stranger.post(f"/mail/{path[:-2]}x/").status_code == 404


def test_a_link_switches_off_only_its_own_kind(reader):
    settle(reader, reports_weekly=True)

    Client().post(f"/mail/unsubscribe/{letters.token_of(reader, letters.WEEKLY)}/")

    assert (fresh(reader).profile.reminds_daily, fresh(reader).profile.reports_weekly) == (True, False)


# --- Page -------------------------------------------------------------------------------------


def test_the_settings_are_saved_and_a_bad_hour_is_refused(as_alice, alice):
    form = {"reminds_daily": "on", "reminder_hour": "19", "snoozed_until": "2099-01-01"}
    assert as_alice.post("/settings/reminders/", form).status_code == 302
    profile = fresh(alice).profile
    assert (profile.reminds_daily, profile.reminder_hour, profile.reports_weekly) == (True, 19, False)
    assert "Quiet until" in as_alice.get("/settings/reminders/").content.decode()

    assert as_alice.post("/settings/reminders/", {**form, "reminder_hour": "24"}).status_code == 400
    assert fresh(alice).profile.reminder_hour == 19


def test_a_sample_is_sent_at_once_three_times_an_hour(as_alice, alice, bank):
    rated(alice, bank["chunking"], 1, now=datetime.now(UTC) - 3 * DAY)
    for _ in range(5):
        as_alice.post("/settings/reminders/sample/")

    assert len(mail.outbox) == 3
    assert not SentMail.objects.exists()


# --- Calendar -----------------------------------------------------------------------------------


def events(text: bytes) -> dict[str, Any]:
    return {str(event["summary"]): event for event in Calendar.from_ical(text).walk("VEVENT")}


def test_the_link_opens_the_calendar_without_a_session_until_it_is_renewed(as_alice, alice, bank):
    as_alice.post("/settings/reminders/link/")
    page = as_alice.get("/settings/reminders/").content.decode()
    link = page.split('id="feed-link">')[1].split("<")[0]
    path = "/calendar/" + link.rpartition("/")[2]
    assert link not in as_alice.get("/settings/reminders/").content.decode()

    first = Client().get(path)
    assert first.headers["Content-Type"].startswith("text/calendar")
    assert Client().get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert Client(enforce_csrf_checks=True).post(path).status_code == 405
    as_alice.post("/settings/reminders/link/")
    assert Client().get(path).status_code == 404
    as_alice.post("/settings/reminders/link/remove/")
    assert fresh(alice).profile.feed_hash == ""
    assert Client().get("/calendar/.ics").status_code == 404


def test_the_calendar_holds_interviews_and_planned_days_and_names_no_question(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    user = settle(alice, time_zone="Europe/Berlin", reminder_hour=19, new_a_day=0)
    Interview.objects.create(user=user, on=date(2026, 3, 10), company="Acme, Inc.\nX", round="deep", created_at=NOW)
    restamp(user)

    content = feed.feed(user, NOW, "example.org")
    found = events(content)

    interview = next(event for name, event in found.items() if name.startswith("Interview: Acme"))
    assert interview.decoded("dtstart") == date(2026, 3, 10)
    practice = next(event for name, event in found.items() if name.startswith("Practice, about"))
    assert practice.decoded("dtstart") == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert b"title of" not in content
    assert feed.feed(user, NOW, "example.org") == content


def test_no_practice_is_planned_in_a_break(alice, bank):
    user = settle(alice)
    Break.objects.create(user=user, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 8), created_at=NOW)
    restamp(user)

    days = [day for day, _, _ in feed.planned(user, NOW.date())]

    assert days
    assert not any(date(2026, 3, 3) <= day <= date(2026, 3, 8) for day in days)
