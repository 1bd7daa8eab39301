"""The cast and the small bank as fixtures."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from questions.models import Question
from tests import cast


@pytest.fixture
def alice(db) -> User:
    return cast.person("alice@example.org", name="Alice Example")


@pytest.fixture
def bob(db) -> User:
    return cast.person("bob@example.org")


@pytest.fixture
def bank(db) -> dict[str, Question]:
    return cast.small_bank()


@pytest.fixture
def question(bank) -> Question:
    return bank["chunking"]


@pytest.fixture
def as_alice(alice) -> Client:
    return cast.client_of(alice)


@pytest.fixture
def as_bob(bob) -> Client:
    return cast.client_of(bob)


@pytest.fixture
def api(alice) -> cast.TokenClient:
    """The API as Alice's program."""
    return cast.TokenClient(alice)


@pytest.fixture
def api_of_bob(bob) -> cast.TokenClient:
    return cast.TokenClient(bob)


@pytest.fixture
def stranger(db) -> cast.TokenClient:
    return cast.TokenClient(None)
