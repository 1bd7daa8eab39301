"""API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.tokens import TokenAuthentication, create_token, find_token, hash_key, revoke_token
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def make(user, **more):
    return create_token(user=user, label="script", now=timezone.now(), **more)


def authenticate(header: str | None):
    headers = {} if header is None else {"Authorization": header}
    return TokenAuthentication().authenticate(Request(RequestFactory().get("/api/v1/me/", headers=headers)))


def test_a_token_opens_the_api_as_its_owner(client, alice):
    _, key = make(alice)
    response = client.get("/api/v1/me/", headers={"Authorization": f"Token {key}"})
    assert response.status_code == 200
    assert alice.email in response.content.decode()


@pytest.mark.parametrize(
    "header", ["Token", "Token ", "Token a b", "Token nothing", "token " + "x" * 9000, "Token \xff"]
)
def test_a_bad_token_is_a_401_that_names_the_scheme(client, header):
    response = client.get("/api/v1/me/", headers={"Authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Token realm="api"'


def test_no_token_at_all_is_a_401(client):
    response = client.get("/api/v1/me/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Token realm="api"'


def test_a_bad_token_beside_a_good_session_is_still_refused(as_alice):
    assert as_alice.get("/api/v1/me/", headers={"Authorization": "Token nothing"}).status_code == 401


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer x"])
def test_other_schemes_are_left_to_others(header):
    assert authenticate(header) is None


def test_the_token_is_kept_as_a_hash_only(alice):
    token, key = make(alice)
    assert len(key) >= 43
    assert token.key_hash == hash_key(key)
    assert key not in str(ApiToken.objects.values().get())
    assert key.startswith(token.prefix)


@pytest.mark.parametrize("end", ["revoked", "expired", "barred", "deleted"])
def test_an_ended_token_opens_nothing(alice, end):
    token, key = make(alice, expires_at=timezone.now() - timedelta(seconds=1) if end == "expired" else None)
    if end == "revoked":
        revoke_token(token=token, now=timezone.now())
    if end == "barred":
        alice.is_active = False
        alice.save()
    if end == "deleted":
        alice.delete()
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Token {key}")


def test_the_owner_and_profile_come_with_the_token(alice, django_assert_num_queries):
    _, key = make(alice)
    with django_assert_num_queries(1):
        token = find_token(key=key, now=timezone.now())
        assert token is not None
        assert token.user.profile.time_zone == "UTC"


def last_used() -> datetime | None:
    return ApiToken.objects.get().last_used_at


def test_use_is_noted_at_most_once_an_hour(alice):
    _, key = make(alice)
    authenticate(f"Token {key}")
    first = last_used()
    assert first is not None
    authenticate(f"Token {key}")
    assert last_used() == first
    ApiToken.objects.update(last_used_at=first - timedelta(hours=2))
    authenticate(f"Token {key}")
    assert (last_used() or first) > first - timedelta(hours=2)


def test_a_token_is_made_on_the_security_page_and_shown_once(alice, proven_alice):
    page = proven_alice.post("/account/tokens/", {"label": "laptop", "days": "90"}).content.decode()
    token = ApiToken.objects.get()
    key = page.partition('id="token">')[2].partition("<")[0]
    assert token.key_hash == hash_key(key)
    assert (token.user, token.label) == (alice, "laptop")
    assert token.expires_at is not None
    assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)
    again = proven_alice.get("/account/security/").content.decode()
    assert token.prefix in again
    assert key not in again


def test_a_token_may_live_for_ever(proven_alice):
    proven_alice.post("/account/tokens/", {"label": "server", "days": "0"})
    assert ApiToken.objects.get().expires_at is None


@pytest.mark.parametrize(
    "data", [{"label": "", "days": "90"}, {"label": "x" * 61, "days": "90"}, {"label": "a", "days": "9999"}]
)
def test_a_bad_form_makes_no_token(proven_alice, data):
    assert proven_alice.post("/account/tokens/", data).status_code == 400
    assert not ApiToken.objects.exists()


def test_making_a_token_needs_a_recent_proof_of_the_password(alice):
    client = Client()
    client.force_login(alice)
    response = client.post("/account/tokens/", {"label": "thief", "days": "0"})
    assert response["Location"] == "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2F"
    assert not ApiToken.objects.exists()
    wrong = client.post(response["Location"], {"password": "guess", "next": "/account/tokens/"})
    assert "This is not your password" in wrong.content.decode()
    assert not ApiToken.objects.exists()
    done = client.post(response["Location"], {"password": PASSWORD, "next": "/account/tokens/"})
    assert done.status_code == 200
    assert ApiToken.objects.get().label == "thief"


def test_logging_in_alone_is_no_such_proof(as_alice):
    as_alice.post("/account/tokens/", {"label": "early", "days": "0"})
    assert not ApiToken.objects.exists()


def test_an_old_proof_of_the_password_is_not_enough(proven_alice, time_machine):
    time_machine.move_to(timezone.now() + timedelta(seconds=301))
    response = proven_alice.post("/account/tokens/", {"label": "later", "days": "0"})
    assert response["Location"] == "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2F"
    assert not ApiToken.objects.exists()


def test_a_revoked_token_leaves_the_page_and_the_api(client, alice, as_alice):
    token, key = make(alice)
    assert as_alice.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert client.get("/api/v1/me/", headers={"Authorization": f"Token {key}"}).status_code == 401
    assert token.prefix not in as_alice.get("/account/security/").content.decode()


def test_what_bob_asks_about_a_token_of_alice_is_answered_as_if_there_were_none(alice, as_bob):
    token, _ = make(alice)
    theirs = as_bob.post(f"/account/tokens/{token.pk}/revoke/")
    nobodys = as_bob.post(f"/account/tokens/{token.pk + 1000}/revoke/")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_get_neither_makes_nor_revokes(alice, as_alice):
    token, _ = make(alice)
    assert as_alice.get("/account/tokens/").status_code == 405
    assert as_alice.get(f"/account/tokens/{token.pk}/revoke/").status_code == 405
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_refused_token_is_logged_without_the_token(client, caplog):
    client.get("/api/v1/me/", headers={"Authorization": "Token onsite_secretvalue"})
    assert "api token refused" in caplog.text
    assert "secretvalue" not in caplog.text
