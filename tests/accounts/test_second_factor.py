"""Authenticator apps and recovery codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.utils import timezone

from tests.accounts.conftest import PASSWORD, is_logged_in, link_in, log_in, prove

pytestmark = pytest.mark.django_db

DONE = "/accounts/2fa/"


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def set_up_app(client) -> str:
    """Turns the app on and returns its secret."""
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="authenticator_secret">([A-Z2-7]+)<', page)
    assert secret, page
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret.group(1))})
    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    return secret.group(1)


@pytest.fixture
def secret(proven_alice, time_machine) -> str:
    time_machine.move_to(timezone.now(), tick=False)
    secret = set_up_app(proven_alice)
    time_machine.move_to(timezone.now() + timedelta(seconds=60), tick=False)
    return secret


def test_with_an_app_the_password_alone_does_not_log_in(alice, secret):
    client = Client()
    assert log_in(client, alice.email)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_logged_in(client)
    assert "Your second factor" in client.get("/accounts/2fa/authenticate/").content.decode()
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    assert not is_logged_in(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})["Location"] == "/"
    assert is_logged_in(client)


def test_a_code_works_once(alice, secret):
    code = code_for(secret)
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, alice.email)
        client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_logged_in(first)
    assert not is_logged_in(second)


def test_a_recovery_code_works_once(alice, proven_alice, secret):
    prove_with_code(proven_alice, secret)
    listing = proven_alice.get("/accounts/2fa/recovery-codes/download/").content.decode()
    code = listing.split()[0]
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, alice.email)
        client.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_logged_in(first)
    assert not is_logged_in(second)


def prove_with_code(client, secret):
    response = client.post("/accounts/2fa/reauthenticate/", {"code": code_for(secret), "next": "/account/security/"})
    assert response.status_code == 302


def test_a_password_reset_does_not_get_round_the_app(alice, secret, mailoutbox):
    client = Client()
    client.post("/accounts/password/reset/", {"email": alice.email})
    reset = next(message for message in mailoutbox if message.subject == "Reset your password")
    landing = client.get(link_in(reset))["Location"]
    client.post(landing, {"password1": "quite-another-password-1", "password2": "quite-another-password-1"})
    assert not is_logged_in(client)
    assert log_in(client, alice.email, "quite-another-password-1")["Location"] == "/accounts/2fa/authenticate/"
    assert not is_logged_in(client)


def test_an_app_is_set_up_only_with_a_right_code(proven_alice):
    page = proven_alice.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "Incorrect code" in page.content.decode()
    assert not Authenticator.objects.exists()


def test_the_picture_is_data_in_the_page_and_carries_the_name_of_the_site(proven_alice):
    page = proven_alice.get("/accounts/2fa/totp/activate/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "<svg style" not in page


def test_the_second_factor_page_tells_what_is_on(proven_alice, secret):
    page = proven_alice.get(DONE).content.decode()
    assert "You are asked for a code from your app" in page
    assert "10 of 10 codes are unused" in page


def test_the_app_can_be_removed_after_a_proof(alice, proven_alice, secret):
    prove_with_code(proven_alice, secret)
    assert "Remove the authenticator app?" in proven_alice.get("/accounts/2fa/totp/deactivate/").content.decode()
    assert proven_alice.post("/accounts/2fa/totp/deactivate/")["Location"] == DONE
    assert not Authenticator.objects.filter(user=alice).exists()


def test_the_app_cannot_be_removed_without_one(alice, secret):
    client = Client()
    client.force_login(alice)
    assert client.post("/accounts/2fa/totp/deactivate/")["Location"].startswith("/accounts/reauthenticate/")
    assert Authenticator.objects.filter(user=alice, type=Authenticator.Type.TOTP).exists()


def test_new_recovery_codes_replace_the_old(proven_alice, secret):
    prove_with_code(proven_alice, secret)
    old = proven_alice.get("/accounts/2fa/recovery-codes/download/").content
    assert "Make new recovery codes?" in proven_alice.get("/accounts/2fa/recovery-codes/generate/").content.decode()
    proven_alice.post("/accounts/2fa/recovery-codes/generate/")
    assert proven_alice.get("/accounts/2fa/recovery-codes/download/").content != old


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/recovery-codes/download/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/webauthn/keys/1/remove/",
        "/accounts/2fa/webauthn/keys/1/edit/",
        "/accounts/2fa/reauthenticate/",
        "/accounts/2fa/authenticate/",
    ],
)
def test_a_visitor_sees_none_of_it(client, path):
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_bob_cannot_touch_a_passkey_of_alice(alice, as_bob):
    prove(as_bob, PASSWORD)
    key = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "k", "credential": {}}
    )
    for action in ("remove", "edit"):
        theirs = as_bob.post(f"/accounts/2fa/webauthn/keys/{key.pk}/{action}/", {"name": "stolen"})
        nobodys = as_bob.post(f"/accounts/2fa/webauthn/keys/{key.pk + 99}/{action}/", {"name": "stolen"})
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
    key.refresh_from_db()
    assert key.data["name"] == "k"


def test_the_passkey_pages_hold_no_inline_script_that_would_run(client, proven_alice):
    for page in (client.get("/accounts/login/"), proven_alice.get("/accounts/2fa/webauthn/add/")):
        scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page.content.decode())
        assert scripts
        assert all('type="application/json"' in script for script in scripts)


def test_guessing_codes_is_limited(alice, secret, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "1000/m/ip,5/5m/key"}
    client = Client()
    log_in(client, alice.email)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    refused = client.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert not is_logged_in(client)
    assert "Too many" in refused.content.decode()
