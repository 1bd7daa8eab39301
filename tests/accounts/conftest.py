"""The fixed cast: Alice owns, Bob does not."""

from __future__ import annotations

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import User
from accounts.people import create_person

PASSWORD = "four-plain-unrelated-words"


@pytest.fixture
def alice(db) -> User:
    return create_person(email="alice@example.org", password=PASSWORD)


@pytest.fixture
def bob(db) -> User:
    return create_person(email="bob@example.org", password=PASSWORD)


@pytest.fixture
def as_alice(alice) -> Client:
    return logged_in(alice)


@pytest.fixture
def as_bob(bob) -> Client:
    return logged_in(bob)


@pytest.fixture
def with_smtp(settings) -> None:
    """What prep.settings decides when EMAIL_HOST is set."""
    settings.HAS_SMTP = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_PREVENT_ENUMERATION = True


@pytest.fixture
def proven_alice(as_alice: Client) -> Client:
    """Alice, who has just proven again that she knows the password."""
    prove(as_alice)
    return as_alice


def logged_in(user: User) -> Client:
    """Through the real form."""
    client = Client()
    response = log_in(client, user.email)
    assert response.status_code == 302, response.content[:2000]
    return client


def log_in(client: Client, email: str, password: str = PASSWORD, **more):
    return client.post("/accounts/login/", {"login": email, "password": password}, **more)


def prove(client: Client, password: str = PASSWORD, to: str = "/account/security/"):
    return client.post("/accounts/reauthenticate/", {"password": password, "next": to})


def sign_up(client: Client, email: str, password: str = PASSWORD, query: str = "", **more):
    return client.post("/accounts/signup/" + query, {"email": email, "password1": password, **more})


def link_in(message: EmailMessage) -> str:
    """The path of the first link in the mail."""
    found = re.search(r"https?://[^/\s]+(/\S+)", str(message.body))
    assert found, message.body
    return found.group(1)


def is_logged_in(client: Client) -> bool:
    return client.get("/account/security/").status_code == 200
