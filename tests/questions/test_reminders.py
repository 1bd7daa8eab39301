"""Reminders: at the chosen local hour, only if something is due, to whom they may go, and what they say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Profile
from accounts.zones import known_zones
from questions import tasks
from questions.models import Break, Card, Interview, Pause, SentMail
from questions.practice import letters, pausing, reminders
from questions.practice.reminders import due_moment, moment_on
from questions.practice.stamps import restamp
from tests.cast import NOW, answered, fresh, known, make_question, person, rated

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AT_EIGHT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # a Tuesday


def sweep(now: datetime) -> int:
    return reminders.sweep(now).sent


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
    profile = settle(alice, time_zone=zone, reminder_hour=hour, day_starts_at_hour=0).profile

    assert moment_on(day, profile.zone, hour) == expected
    assert due_moment(profile, expected - timedelta(minutes=1)) is None
    assert due_moment(profile, expected) == expected
    assert due_moment(profile, expected + timedelta(hours=2, minutes=59)) == expected
    assert due_moment(profile, expected + 3 * HOUR) is None


def test_in_every_zone_each_date_has_one_moment_far_from_the_next():
    days = [date(2026, 1, 1) + n * DAY for n in range(366)]
    for name in sorted(known_zones()):
        zone = ZoneInfo(name)
        for hour in (0, 2, 3, 23):
            moments = [moment_on(day, zone, hour) for day in days]
            gaps = {after - before for before, after in pairwise(moments)}

            assert gaps <= {22 * HOUR, 23 * HOUR, 23.5 * HOUR, DAY, 24.5 * HOUR, 25 * HOUR, 26 * HOUR}, (name, hour)


def test_a_late_hour_is_still_found_after_midnight_but_not_on_the_next_study_day(alice):
    at_23 = AT_EIGHT.replace(hour=23) - DAY
    after_midnight = AT_EIGHT.replace(hour=1)

    assert due_moment(settle(alice, reminder_hour=23).profile, after_midnight) == at_23
    assert due_moment(settle(alice, reminder_hour=23, day_starts_at_hour=0).profile, after_midnight) is None


def test_a_worker_that_comes_back_late_at_night_does_not_send_twice_on_a_study_day(reader):
    settle(reader, reminder_hour=3)  # the day starts at four

    sent = [sweep(AT_EIGHT.replace(day=3 + day, hour=hour, minute=30)) for day in (0, 1) for hour in (3, 4, 5)]

    assert sent == [1, 0, 0, 1, 0, 0]
    assert sweep(AT_EIGHT.replace(day=6, hour=4)) == 0  # the study day of 03:00 is over


# --- To whom ----------------------------------------------------------------------------------


def test_nothing_is_sent_when_nothing_is_due(alice, bank):
    settle(alice)

    assert sweep(AT_EIGHT) == 0
    assert not SentMail.objects.exists()


def test_new_questions_alone_are_a_reason_only_before_an_interview(alice, bank):
    settle(alice)
    assert sweep(AT_EIGHT) == 0
    Interview.objects.create(user=alice, on=date(2026, 3, 20), created_at=NOW)
    restamp(alice)

    assert sweep(AT_EIGHT) == 1
    assert mail.outbox[0].subject.startswith("4 questions for today")


@pytest.mark.parametrize(
    "values",
    [
        {"reminds_daily": False},
        {"snoozed_until": date(2026, 3, 4)},
        {"is_demo": True},
        {"reminder_hour": 9},
        {"reminder_hour": 4},
        {"time_zone": "Asia/Tokyo"},
    ],
)
def test_nobody_is_written_to_who_does_not_want_it_now(reader, values):
    settle(reader, **values)

    assert sweep(AT_EIGHT) == 0
    assert reminders.send_due(reader.pk, AT_EIGHT) == 0


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
    reader.is_active = True
    reader.save(update_fields=["is_active"])
    assert sweep(AT_EIGHT) == 1


def test_whoever_has_practised_already_is_left_alone(reader, bank):
    settle(reader, new_a_day=0)
    rated(reader, bank["chunking"], 3, now=AT_EIGHT - HOUR)

    assert sweep(AT_EIGHT) == 0


def test_on_a_site_with_real_mail_only_a_confirmed_address_is_written_to(reader, settings):
    settings.HAS_SMTP = True
    reader.emailaddress_set.update(verified=False)
    assert sweep(AT_EIGHT) == 0
    reader.emailaddress_set.update(verified=True)

    assert sweep(AT_EIGHT) == 1


def test_whoever_switches_off_while_a_sweep_runs_gets_nothing_more(reader, bob, bank, monkeypatch):
    rated(bob, bank["chunking"], 1, now=NOW - 3 * DAY)
    settle(bob)
    real = letters.daily

    def meanwhile(user: Any, now: datetime) -> Any:
        settle(bob, reminds_daily=False)
        return real(user, now)

    monkeypatch.setattr(letters, "daily", meanwhile)

    assert sweep(AT_EIGHT) == 1
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]


# --- What -------------------------------------------------------------------------------------


def test_the_mail_says_what_waits_and_carries_the_way_out(reader, bank):
    Interview.objects.create(user=reader, on=date(2026, 3, 10), company="Acme <b>", created_at=NOW)
    restamp(reader)
    sweep(AT_EIGHT)

    sent: Any = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert sent.to == ["alice@example.org"]
    assert "7 days to your interview at Acme <b>." in sent.body
    assert "Acme &lt;b&gt;" in sent.alternatives[0][0]
    assert "The first one: The title of" in sent.body
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in sent.body
    assert "alice" not in link
    assert sent.subject == "4 questions for today, about 24 minutes"


def test_the_weekly_report_comes_on_monday_with_the_week(reader, bank):
    settle(reader, reminds_daily=False, reports_weekly=True)
    # Lost an interval of three weeks; lost a short one; reached one; kept one.
    for slug, interval, rating in (
        ("failed-project", 25, 1),
        ("hard-decision", 5, 1),
        ("agent-memory", 15, 4),
        ("hybrid-search", 40, 3),
    ):
        known(reader, bank[slug], due_on=NOW.date(), last=NOW.date() - interval * DAY)
        rated(reader, bank[slug], rating, now=NOW)
    after_the_week = make_question(bank["chunking"].category, "after-the-week")
    known(reader, after_the_week, due_on=date(2026, 3, 16))
    rated(reader, bank["tool-calling"], 3, now=NOW, answer=answered(reader, bank["tool-calling"], now=NOW))
    assert sweep(AT_EIGHT) == 0  # a Tuesday

    assert sweep(AT_EIGHT + 6 * DAY) == 1  # Monday, 9 March

    text = mail.outbox[0].body
    assert mail.outbox[0].subject == "Your week: 1 answer, 5 minutes"
    assert "you answered 1 question on 1 day, in 5 minutes. 1 of them was new." in text
    assert "1 question now stays away for three weeks or more. 1 that did has to be learnt again." in text
    assert "Most ratings were in Agents (2) and Behavioural (2)." in text
    due = Card.objects.filter(user=reader, due_on__lte=date(2026, 3, 15)).count()
    assert f"In the next seven days {due} questions come back, about {6 * due} minutes." in text


def test_on_monday_both_mails_come_and_each_only_where_it_is_wanted(reader, bob, bank):
    settle(reader, reports_weekly=True)
    rated(bob, bank["chunking"], 1, now=NOW - 3 * DAY)
    settle(bob)

    assert sweep(AT_EIGHT + 6 * DAY) == 3
    assert sorted((row.user_id, row.kind) for row in SentMail.objects.all()) == [
        (reader.pk, "daily"),
        (reader.pk, "weekly"),
        (bob.pk, "daily"),
    ]


def test_no_weekly_report_where_nothing_was_done_and_nothing_is_due(alice, bank):
    settle(alice, reminds_daily=False, reports_weekly=True)

    assert sweep(AT_EIGHT + 6 * DAY) == 0


# --- How much ---------------------------------------------------------------------------------


def counted(call: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def test_a_person_costs_the_same_however_long_their_history(reader, bank):
    category = bank["chunking"].category
    few = counted(lambda: reminders.send_due(reader.pk, AT_EIGHT))
    for n in range(40):
        known(reader, make_question(category, f"more-{n}"), due_on=AT_EIGHT.date() + DAY)
    restamp(reader)
    many = counted(lambda: reminders.send_due(reader.pk, AT_EIGHT + DAY))

    assert len(mail.outbox) == 2
    assert few == many <= 14


def test_people_whose_hour_it_is_not_cost_nothing(reader):
    sweep(AT_EIGHT)
    before = counted(lambda: sweep(AT_EIGHT + HOUR))
    others: list[dict[str, Any]] = [{"reminder_hour": 20}, {"time_zone": "Asia/Tokyo"}, {"is_demo": True}]
    for n, values in enumerate(others):
        settle(person(f"p{n}@example.org"), **values)
    closed = settle(person("closed@example.org"))
    closed.is_active = False
    closed.save(update_fields=["is_active"])

    assert counted(lambda: sweep(AT_EIGHT + HOUR)) == before
    settle(reader, reminder_hour=20)
    Profile.objects.filter(is_demo=False).exclude(user=reader).update(reminder_hour=20)
    assert counted(lambda: sweep(AT_EIGHT + HOUR)) == 1


def test_people_who_have_their_mail_are_not_looked_at_again(reader):
    sweep(AT_EIGHT)

    assert counted(lambda: sweep(AT_EIGHT + HOUR)) == 2


def test_many_people_are_written_to_in_portions_one_task_after_the_other(bank, db, monkeypatch):
    monkeypatch.setattr(reminders, "AT_ONCE", 2)
    people = [person(f"p{n}@example.org") for n in range(5)]
    for user in people:
        rated(user, bank["chunking"], 1, now=NOW - 3 * DAY)
        settle(user)
    rung: list[int] = []
    monkeypatch.setattr(tasks.send_reminders, "apply_async", lambda args, **_: rung.append(args[0]))
    monkeypatch.setattr("questions.tasks.timezone.now", lambda: AT_EIGHT)

    sent = [tasks.send_reminders()]
    while len(rung) == len(sent):
        sent.append(tasks.send_reminders(rung[-1]))

    assert sent == [2, 2, 1]
    assert rung == [people[1].pk, people[3].pk]
    assert sorted(sent.to[0] for sent in mail.outbox) == [user.email for user in people]


def test_rows_that_no_sweep_asks_for_are_removed(reader):
    sweep(AT_EIGHT)
    reminders.forget_old(AT_EIGHT + 89 * DAY)
    assert SentMail.objects.exists()

    reminders.forget_old(AT_EIGHT + 90 * DAY)

    assert not SentMail.objects.exists()
