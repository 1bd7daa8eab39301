"""Logging in and out, and what guards it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.accounts.conftest import PASSWORD, is_logged_in, link_in, log_in, logged_in

pytestmark = pytest.mark.django_db

EVIL = [
    "//evil.example",
    "///evil.example",
    "https://evil.example/",
    "https:evil.example",
    "http:/\\evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "%0d%0aLocation:%20https://evil.example",
    "/%0d%0a\r\nSet-Cookie:a=b",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "http://localhost:9/",
    "ftp://testserver/",
    "practice/next/",
]


def test_the_right_password_logs_in_and_leads_to_the_dashboard(client, alice):
    response = log_in(client, "Alice@Example.org")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_logged_in(client)


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, alice):
    wrong = log_in(client, alice.email, "not-the-password")
    unknown = log_in(Client(), "nobody@example.org", "not-the-password")
    sentence = "This address and password do not belong together."
    assert sentence in wrong.content.decode()
    assert sentence in unknown.content.decode()
    assert not is_logged_in(client)


def test_a_closed_account_cannot_log_in_and_its_sessions_end(alice, as_alice):
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert not is_logged_in(as_alice)
    client = Client()
    assert log_in(client, alice.email)["Location"] == "/accounts/inactive/"
    assert not is_logged_in(client)
    assert client.get("/accounts/inactive/").status_code == 200


@pytest.mark.parametrize("target", EVIL)
@pytest.mark.parametrize("where", ["query", "body"])
def test_next_never_leaves_the_site(client, alice, target, where):
    data = {"login": alice.email, "password": PASSWORD, **({"next": target} if where == "body" else {})}
    query = {"next": target} if where == "query" else {}
    response = client.post("/accounts/login/", data, query_params=query)
    assert (response.status_code, response["Location"]) == (302, "/")
    response = client.post("/accounts/logout/", {"next": target} if where == "body" else {}, query_params=query)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "Set-Cookie" not in response.headers


def test_next_may_be_any_path_of_the_site(client, alice):
    data = {"login": alice.email, "password": PASSWORD, "next": "/questions/?category=rag"}
    assert client.post("/accounts/login/", data)["Location"] == "/questions/?category=rag"


def test_a_member_who_opens_the_log_in_page_is_sent_on(as_alice):
    assert as_alice.get("/accounts/login/", {"next": "//evil.example"})["Location"] == "/"


def test_the_session_key_changes_at_log_in_and_dies_at_log_out(client, alice):
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies["session-8000" if "session-8000" in client.cookies else next(iter(client.cookies))] = planted
    log_in(client, alice.email)
    key = client.session.session_key
    assert key != planted
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies.update(client.cookies)
    thief.cookies[_session_cookie()] = key
    assert not is_logged_in(thief)
    thief.cookies[_session_cookie()] = planted
    assert not is_logged_in(thief)


def _session_cookie() -> str:
    from django.conf import settings

    return str(settings.SESSION_COOKIE_NAME)


def test_a_get_does_not_log_out(as_alice):
    page = as_alice.get("/accounts/logout/")
    assert "Log out?" in page.content.decode()
    assert is_logged_in(as_alice)


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(alice, as_alice):
    elsewhere = logged_in(alice)
    data = {"oldpassword": PASSWORD, "password1": "another-set-of-words-8"}
    assert as_alice.post("/accounts/password/change/", data)["Location"] == "/account/security/"
    assert is_logged_in(as_alice)
    assert not is_logged_in(elsewhere)


def test_the_password_is_changed_only_with_the_current_one(alice, as_alice):
    data = {"oldpassword": "a guess", "password1": "another-set-of-words-8"}
    assert "not your current password" in as_alice.post("/accounts/password/change/", data).content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_sixth_wrong_try_on_one_account_is_refused_whatever_the_headers_say(client, alice, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "1000/m/ip,5/5m/key"}
    statuses = [
        log_in(client, alice.email, "wrong", headers={"X-Forwarded-For": f"198.51.100.{n}", "Host": host}).status_code
        for n, host in enumerate(["localhost", "127.0.0.1", "localhost", "127.0.0.1", "localhost", "127.0.0.1"])
    ]
    assert statuses == [200] * 5 + [429]
    refused = log_in(client, alice.email)
    assert refused.status_code == 429  # the right password does not help a guesser
    assert "wait five minutes" in refused.content.decode()
    assert log_in(Client(), "somebody.else@example.org", "wrong").status_code == 200


ELSEWHERE: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def limits(settings):
    """The limits as they are by default: the settings of the tests lift them."""

    def set_to(**rates: str) -> None:
        usual = {"login_failed": "10/m/ip,5/5m/key,20/h/key", "login_failed_account": "100/h/key"}
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, **usual, **rates}

    set_to()
    return set_to


def test_a_guesser_does_not_lock_the_owner_out_at_another_address(client, alice, limits):
    statuses = [log_in(client, alice.email, "wrong").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert log_in(Client(), alice.email, **ELSEWHERE).status_code == 302
    assert log_in(client, alice.email).status_code == 429  # the owner's success opens nothing for the guesser


def test_neighbours_in_one_ipv6_network_are_one_address(alice, limits):
    statuses = [log_in(Client(), alice.email, "wrong", REMOTE_ADDR=f"2001:db8::{n}").status_code for n in range(1, 7)]
    assert statuses == [200] * 5 + [429]
    assert log_in(Client(), alice.email, REMOTE_ADDR="2001:db8:1::1").status_code == 302


def test_guessing_from_many_addresses_is_bounded_and_a_reset_by_mail_opens_the_account(alice, limits, mailoutbox):
    limits(login_failed_account="12/h/key")
    statuses = [log_in(Client(), alice.email, "wrong", REMOTE_ADDR=f"198.51.100.{n}").status_code for n in range(13)]
    assert statuses == [200] * 12 + [429]
    owner = Client()
    refused = log_in(owner, alice.email, **ELSEWHERE)
    assert refused.status_code == 429
    assert "Reset the password" in refused.content.decode()
    assert log_in(Client(), "bob@example.org", "wrong", **ELSEWHERE).status_code == 200
    owner.post("/accounts/password/reset/", {"email": alice.email}, **ELSEWHERE)
    landing = owner.get(link_in(mailoutbox[0]), **ELSEWHERE)["Location"]
    owner.post(landing, {"password1": "another-set-of-words-8"}, **ELSEWHERE)
    assert log_in(owner, alice.email, "another-set-of-words-8", **ELSEWHERE).status_code == 302


def test_one_address_alone_cannot_use_up_what_the_account_allows(client, alice, limits, time_machine):
    start = timezone.now()
    tries = 0
    for minute in range(0, 60, 5):
        time_machine.move_to(start + timedelta(minutes=minute, seconds=1), tick=False)
        tries += sum(log_in(client, alice.email, "wrong").status_code == 200 for _ in range(6))
    assert tries == 20
    assert log_in(Client(), alice.email, **ELSEWHERE).status_code == 302


def test_the_right_password_uses_nothing_up(client, alice, limits):
    limits(login_failed_account="2/h/key")
    for _ in range(4):
        assert log_in(Client(), alice.email).status_code == 302


@pytest.mark.parametrize(("proxies", "statuses"), [(0, [200] * 5 + [429]), (1, [200] * 6)])
def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(alice, limits, settings, proxies, statuses):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    sent = [
        log_in(Client(), alice.email, "wrong", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(6)
    ]
    assert sent == statuses


def test_what_is_forged_before_a_trusted_proxy_does_not_count(alice, limits, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    sent = [
        log_in(Client(), alice.email, "wrong", headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.7"}).status_code
        for n in range(6)
    ]
    assert sent == [200] * 5 + [429]


def test_wrong_tries_at_many_accounts_from_one_machine_are_refused(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "10/m/ip,1000/5m/key"}
    statuses = [log_in(client, f"user{n}@example.org", "wrong").status_code for n in range(11)]
    assert statuses == [200] * 10 + [429]


def test_a_flood_of_log_ins_from_one_machine_is_refused(client, alice, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "30/m/ip"}
    statuses = [client.post("/accounts/login/", {}).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert client.get("/accounts/login/").status_code == 200  # reading the page is free


def test_the_session_cookie_is_hidden_from_scripts(client, alice):
    log_in(client, alice.email)
    cookie = client.cookies[_session_cookie()]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_session_loads_its_user_and_profile_in_one_query(alice, django_assert_num_queries):
    from accounts.backends import EmailBackend

    with django_assert_num_queries(1):
        user = EmailBackend().get_user(alice.pk)
        assert user is not None
        assert user.profile.time_zone == "UTC"


def test_a_missing_profile_is_made_when_its_owner_comes_back(alice, as_alice):
    alice.profile.delete()
    assert is_logged_in(as_alice)
    alice.refresh_from_db()
    assert alice.profile.minutes_a_day == 25


def test_log_ins_are_logged_without_secrets(client, alice, caplog):
    caplog.set_level("INFO", logger="accounts")
    log_in(client, alice.email, "my-wrong-guess")
    log_in(client, alice.email)
    assert "log-in failed" in caplog.text
    assert f"user {alice.pk} logged in" in caplog.text
    for secret in ("my-wrong-guess", PASSWORD, alice.email):
        assert secret not in caplog.text
