"""Signing up."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Profile, User
from tests.accounts.conftest import PASSWORD, is_logged_in, link_in, log_in, sign_up

pytestmark = pytest.mark.django_db


def test_without_a_mail_server_a_newcomer_is_logged_in_at_once_and_comes_to_the_set_up(client):
    response = sign_up(client, "new@example.org", time_zone="Asia/Tokyo")
    assert (response.status_code, response["Location"]) == (302, "/welcome/")
    user = User.objects.get(email="new@example.org")
    assert user.profile.time_zone == "Asia/Tokyo"
    assert user.check_password(PASSWORD)
    assert is_logged_in(client)


def test_the_set_up_hands_on_to_where_the_newcomer_was_going(client):
    response = sign_up(client, "new@example.org", query="?next=/practice/next/")
    assert response["Location"] == "/welcome/?next=%2Fpractice%2Fnext%2F"


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "x" * 60])
def test_an_unknown_time_zone_leaves_the_default(client, zone):
    sign_up(client, "new@example.org", time_zone=zone)
    assert Profile.objects.get().time_zone == "UTC"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short7!", "too short"),
        ("password", "too common"),
        ("new@example.org", "too similar"),
        ("x1" * 65, "At most 128"),
    ],
)
def test_a_weak_or_endless_password_is_refused_with_the_reason(client, password, why):
    response = sign_up(client, "new@example.org", password)
    assert response.status_code == 200
    assert why in response.content.decode()
    assert not User.objects.exists()


def test_a_password_of_128_characters_is_taken(client):
    sign_up(client, "new@example.org", "ab3-" * 32)
    assert is_logged_in(client)


def test_an_address_is_unique_in_any_case(client, alice):
    response = sign_up(client, "ALICE@Example.org")
    assert response.status_code == 200
    assert "There is an account with this address already" in response.content.decode()
    assert User.objects.count() == 1


def test_with_a_mail_server_the_address_is_confirmed_before_the_first_log_in(client, with_smtp, mailoutbox):
    response = sign_up(client, "new@example.org", query="?next=/practice/next/")
    assert response["Location"] == "/accounts/confirm-email/"
    assert not is_logged_in(client)
    link = link_in(mailoutbox[0])
    assert "Is <strong>new@example.org</strong> your address?" in client.get(link).content.decode()
    assert not is_logged_in(client)  # opening the link is not yet confirming
    client.post(link)
    response = log_in(client, "new@example.org")
    assert response.status_code == 302
    assert is_logged_in(client)


def test_a_confirmation_link_cannot_be_changed_into_another(client, with_smtp, mailoutbox):
    sign_up(client, "new@example.org")
    link = link_in(mailoutbox[0])
    broken = link[:-4] + ("AA" if link[-4:-2] != "AA" else "BB") + link[-2:]
    assert "This link does not work" in Client().get(broken).content.decode()
    assert Client().post(broken).status_code == 404


def test_the_page_names_the_terms_and_asks_for_one_password(client):
    page = client.get("/accounts/signup/").content.decode()
    assert page.count('type="password"') == 1
    assert 'href="/terms/"' in page
    assert 'href="/privacy/"' in page
    assert 'autocomplete="new-password"' in page


def test_a_filled_form_keeps_the_address_but_not_the_password(client):
    page = sign_up(client, "new@example.org", "short").content.decode()
    assert "new@example.org" in page
    assert 'value="short"' not in page


def test_sign_up_needs_the_csrf_token(db):
    strict = Client(enforce_csrf_checks=True)
    assert sign_up(strict, "new@example.org").status_code == 403
    assert not User.objects.exists()


def test_nobody_signs_up_as_an_operator(client):
    sign_up(client, "new@example.org", is_staff="1", is_superuser="1", is_active="0")
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)


def test_when_the_mail_server_is_away_the_newcomer_is_told_and_can_try_again(client, with_smtp, settings, mailoutbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    response = sign_up(client, "new@example.org")
    assert response["Location"] == "/accounts/confirm-email/"
    assert "could not be sent" in client.get(response["Location"]).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "confirm_email": None}
    log_in(client, "new@example.org")
    assert [message.to for message in mailoutbox] == [["new@example.org"]]
