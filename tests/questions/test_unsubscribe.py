"""Leaving a mail by one click (RFC 8058) without a session, taking it back once, and the settings page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail, signing
from django.test import Client

from accounts.models import Profile, User
from questions.models import SentMail
from questions.practice import letters, reminders, subscriptions
from questions.practice.subscriptions import DAILY, WEEKLY, token_of
from tests.cast import NOW, fresh, rated

DAY = timedelta(days=1)
PAGE = "/settings/reminders/"


@pytest.fixture
def reader(alice) -> User:
    Profile.objects.filter(user=alice).update(reminds_daily=True, reports_weekly=True)
    return fresh(alice)


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True)


def wishes(user: User) -> tuple[bool, bool]:
    profile = fresh(user).profile
    return profile.reminds_daily, profile.reports_weekly


def address_of(user: User, kind: str = DAILY) -> str:
    return f"/mail/unsubscribe/{token_of(user, kind)}/"


# --- Leaving ----------------------------------------------------------------------------------


def test_the_header_of_a_mail_leads_to_the_way_out(reader, bank, stranger):
    rated(reader, bank["chunking"], 1, now=NOW - 3 * DAY)
    letter = letters.daily(reader, NOW)
    assert letter is not None
    sent = letters.message(reader, letter)
    link = sent.extra_headers["List-Unsubscribe"].strip("<>")

    response = stranger.post(link.removeprefix("http://localhost:8000"), {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert not response.cookies
    assert wishes(reader) == (False, True)


def test_a_look_changes_nothing(reader, stranger):
    response = stranger.get(address_of(reader))

    assert "Switch off the daily reminder?" in response.content.decode()
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "alice" not in response.content.decode().lower()
    assert wishes(reader) == (True, True)


def test_a_link_switches_off_only_its_own_kind_and_more_than_once_is_no_error(reader, stranger):
    for _ in range(2):
        assert stranger.post(address_of(reader, WEEKLY)).status_code == 200
        assert wishes(reader) == (True, False)


def test_a_link_is_good_for_ever(reader, stranger, monkeypatch):
    address = address_of(reader)
    monkeypatch.setattr("django.core.signing.time.time", lambda: 4_000_000_000.0)

    assert stranger.post(address).status_code == 200
    assert wishes(reader) == (False, True)


def test_what_we_did_not_sign_is_not_found(reader, stranger):
    token = token_of(reader, DAILY)
    foreign = signing.dumps([reader.pk, DAILY], salt="another")
    for wrong in (token[:-2] + "xx", "made-up", foreign, "a:b:c", "ü", token.partition(":")[0]):
        for method in (stranger.get, stranger.post):
            assert method(f"/mail/unsubscribe/{wrong}/").status_code == 404

    assert wishes(reader) == (True, True)


def test_the_link_of_a_deleted_account_is_not_found(reader, stranger):
    address = address_of(reader)
    User.objects.filter(pk=reader.pk).delete()

    assert stranger.post(address).status_code == 404


# --- Coming back ------------------------------------------------------------------------------


def way_back(response) -> str:
    return response.content.decode().split('action="/mail/subscribe-again/')[1].split('"')[0]


def test_leaving_can_be_taken_back_once(reader, stranger):
    address = "/mail/subscribe-again/" + way_back(stranger.post(address_of(reader)))
    assert stranger.get(address).status_code == 405
    assert wishes(reader) == (False, True)

    assert "switched on again" in stranger.post(address).content.decode()
    assert wishes(reader) == (True, True)
    Profile.objects.filter(user=reader).update(reminds_daily=False)

    assert stranger.post(address).status_code == 410
    assert wishes(reader) == (False, True)


def test_the_way_back_is_over_after_a_day(reader, stranger, monkeypatch):
    address = "/mail/subscribe-again/" + way_back(stranger.post(address_of(reader)))
    later = datetime.now(UTC).timestamp() + DAY.total_seconds() + 60
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert stranger.post(address).status_code == 410
    assert wishes(reader) == (False, True)


def test_what_was_off_before_has_no_way_back_and_the_way_out_is_none(reader, stranger):
    stranger.post(address_of(reader))

    assert "subscribe-again" not in stranger.post(address_of(reader)).content.decode()
    assert stranger.post(f"/mail/subscribe-again/{token_of(reader, DAILY)}/").status_code == 404
    assert wishes(reader) == (False, True)


# --- Page -------------------------------------------------------------------------------------


def test_the_settings_are_saved_and_a_bad_hour_is_refused(as_alice, alice):
    form = {"reminds_daily": "on", "reminder_hour": "19", "snoozed_until": "2099-01-01"}
    assert as_alice.post(PAGE, form).status_code == 302
    profile = fresh(alice).profile
    assert (profile.reminds_daily, profile.reminder_hour, profile.reports_weekly) == (True, 19, False)
    assert "Quiet until" in as_alice.get(PAGE).content.decode()

    assert as_alice.post(PAGE, {**form, "reminder_hour": "24"}).status_code == 400
    assert fresh(alice).profile.reminder_hour == 19


def test_a_day_that_is_over_is_refused_with_what_to_do_and_an_old_snooze_is_not_shown(as_alice, alice):
    Profile.objects.filter(user=alice).update(snoozed_until="2020-01-01")
    page = as_alice.get(PAGE).content.decode()
    assert "Quiet until" not in page.split("<form")[0]
    assert "2020-01-01" not in page

    response = as_alice.post(PAGE, {"reminder_hour": "8", "snoozed_until": "2020-01-01"})

    assert response.status_code == 400
    assert "Choose a day after today" in response.content.decode()


def test_whoever_is_quiet_can_wake_up_at_once(as_alice, as_bob, alice):
    Profile.objects.filter(user=alice).update(snoozed_until="2099-01-01", reminds_daily=True)
    as_bob.post(f"{PAGE}wake/")
    assert fresh(alice).profile.snoozed_until is not None

    as_alice.post(f"{PAGE}wake/")

    assert fresh(alice).profile.snoozed_until is None
    assert fresh(alice).profile.reminds_daily
    assert "Wake up now" not in as_alice.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("has_smtp", "is_verified", "is_demo", "said"),
    [
        (False, False, False, "This site sends no real e-mail"),
        (True, False, False, "before you confirm it"),
        (True, True, True, "A demonstration account gets no mail"),
    ],
)
def test_the_page_says_why_no_mail_comes(as_alice, alice, settings, has_smtp, is_verified, is_demo, said):
    settings.HAS_SMTP = has_smtp
    alice.emailaddress_set.update(verified=is_verified)
    Profile.objects.filter(user=alice).update(is_demo=is_demo)

    assert said in as_alice.get(PAGE).content.decode()


def test_a_sample_is_sent_at_once_three_times_an_hour(as_alice, alice, bank):
    rated(alice, bank["chunking"], 1, now=datetime.now(UTC) - 3 * DAY)
    for _ in range(5):
        as_alice.post(f"{PAGE}sample/")

    assert len(mail.outbox) == 3
    assert not SentMail.objects.exists()
    assert "3 samples an hour can be sent" in as_alice.get(PAGE).content.decode()


def test_no_sample_goes_to_an_address_that_is_not_confirmed_or_to_a_demonstration(as_alice, alice, bank, settings):
    settings.HAS_SMTP = True
    rated(alice, bank["chunking"], 1, now=datetime.now(UTC) - 3 * DAY)
    alice.emailaddress_set.update(verified=False)
    as_alice.post(f"{PAGE}sample/")
    alice.emailaddress_set.update(verified=True)
    Profile.objects.filter(user=alice).update(is_demo=True)
    as_alice.post(f"{PAGE}sample/")

    assert not mail.outbox
    assert not reminders.can_be_mailed(fresh(alice))


def test_the_kinds_of_links_and_of_mails_are_the_same():
    assert set(subscriptions.SWITCHES) == set(SentMail.Kind.values)
