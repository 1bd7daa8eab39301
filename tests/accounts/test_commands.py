"""create_admin, create_token and invite."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.tokens import create_token, find_token
from tests.accounts.conftest import PASSWORD, log_in, sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    monkeypatch.delenv("ONSITE_ADMIN_PASSWORD", raising=False)


def run(*arguments) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_create_admin_makes_an_operator_with_a_password_that_is_printed(with_smtp):
    output = run("create_admin", "Op@Example.org")
    password = output.strip().rpartition("Password: ")[2]
    user = User.objects.get(email="op@example.org")
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert EmailAddress.objects.get(user=user).verified
    client = Client()
    assert log_in(client, "op@example.org", password)["Location"] == "/"
    assert client.get("/admin/").status_code == 200


def test_create_admin_takes_the_password_of_the_environment_and_does_not_print_it(monkeypatch):
    monkeypatch.setenv("ONSITE_ADMIN_PASSWORD", PASSWORD)
    assert PASSWORD not in run("create_admin", "op@example.org")
    assert User.objects.get().check_password(PASSWORD)


def test_create_admin_refuses_a_weak_password(monkeypatch):
    monkeypatch.setenv("ONSITE_ADMIN_PASSWORD", "password")
    with pytest.raises(CommandError, match="too common"):
        run("create_admin", "op@example.org")
    assert not User.objects.exists()


def test_create_admin_promotes_who_is_there_and_may_run_again(alice):
    for _ in range(2):
        assert "Password" not in run("create_admin", "ALICE@example.org")
    alice.refresh_from_db()
    assert alice.is_superuser
    assert alice.check_password(PASSWORD)
    assert User.objects.count() == 1


def test_who_registered_the_operators_address_first_gets_nothing():
    thief = Client()
    sign_up(thief, "op@example.org")
    user = User.objects.get()
    _token, key = create_token(user=user, label="thief", now=timezone.now())
    output = run("create_admin", "op@example.org")
    assert "without confirming" in output
    user.refresh_from_db()
    assert user.is_superuser
    assert not user.check_password(PASSWORD)
    assert thief.get("/admin/").status_code == 302
    assert find_token(key=key, now=timezone.now()) is None
    password = output.strip().rpartition("Password: ")[2]
    assert user.check_password(password)


def test_create_token_prints_it_alone_on_the_last_line(alice):
    key = run("create_token", alice.email, "--label", "cron").splitlines()[-1]
    token = find_token(key=key, now=timezone.now())
    assert token is not None
    assert (token.user, token.label) == (alice, "cron")


def test_create_token_makes_the_account_only_when_asked():
    with pytest.raises(CommandError, match="--create"):
        run("create_token", "new@example.org")
    assert not User.objects.exists()
    key = run("create_token", "new@example.org", "--create").splitlines()[-1]
    token = find_token(key=key, now=timezone.now())
    assert token is not None
    assert not token.user.has_usable_password()


@pytest.mark.parametrize("command", ["create_admin", "create_token", "invite"])
def test_a_bad_address_is_refused(command):
    with pytest.raises(CommandError):
        run(command, "not an address", *(["--create"] if command == "create_token" else []))
    assert not User.objects.exists()
    assert not Invitation.objects.exists()


def test_invite_prints_a_link_that_works(client, settings):
    settings.SIGNUP_MODE = "invite"
    link = run("invite", "carol@example.org").strip()
    assert link.startswith("http://localhost:8000/accounts/invite/")
    client.get(link.removeprefix("http://localhost:8000"))
    assert sign_up(client, "carol@example.org")["Location"] == "/welcome/"
