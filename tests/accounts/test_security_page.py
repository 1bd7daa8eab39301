"""The security page and the sessions."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tasks import clear_sessions
from accounts.templatetags.browsers import browser_name
from accounts.tokens import create_token
from tests.accounts.conftest import is_logged_in, logged_in

pytestmark = pytest.mark.django_db


def test_it_leads_to_everything_that_protects_an_account(as_alice):
    page = as_alice.get("/account/security/").content.decode()
    for path in (
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/sessions/",
        "/account/delete/",
    ):
        assert f'href="{path}"' in page
        assert as_alice.get(path).status_code in {200, 302}
    assert 'href="/accounts/3rdparty/"' not in page  # no provider is set up


def test_a_person_without_a_password_may_set_one(alice, as_alice):
    alice.set_unusable_password()
    alice.save()
    as_alice.force_login(alice)
    assert 'href="/accounts/password/set/"' in as_alice.get("/account/security/").content.decode()
    assert as_alice.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    assert as_alice.post("/accounts/password/set/", {"password1": "brand-new-words-7"}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("brand-new-words-7")


def test_its_queries_do_not_grow_with_the_tokens(alice, as_alice):
    with CaptureQueriesContext(
        connection,
    ) as few:
        as_alice.get("/account/security/")
    for number in range(30):
        create_token(user=alice, label=f"t{number}", now=timezone.now())
    with CaptureQueriesContext(connection) as many:
        as_alice.get("/account/security/")
    assert len(many) == len(few)


def test_sessions_are_listed_and_the_others_can_be_ended(alice, as_alice):
    elsewhere = logged_in(alice)
    page = as_alice.get("/accounts/sessions/").content.decode()
    assert page.count("From 127.0.0.1") == 2
    assert page.count("This one") == 1
    as_alice.post("/accounts/sessions/")
    assert not is_logged_in(elsewhere)
    assert is_logged_in(as_alice)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "curl/8.5"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_by_its_name(user_agent, name):
    assert browser_name(user_agent) == name


def test_nobody_sees_the_sessions_of_another(as_alice, as_bob):
    assert as_bob.get("/accounts/sessions/").content.decode().count("From 127.0.0.1") == 1


def test_ended_sessions_are_cleared_away(alice, as_alice):
    kept = logged_in(alice)
    Session.objects.filter(session_key=as_alice.session.session_key).delete()
    clear_sessions()
    assert [row.session_key for row in UserSession.objects.all()] == [kept.session.session_key]
