"""With a mail server, nobody can find out who has an account."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import log_in, sign_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_smtp")]

VARYING = {"Content-Security-Policy", "Content-Length", "Expires"}


def seen(response, *addresses):
    """What an outsider sees, without the values that differ on every request."""
    body = response.content.decode()
    for address in addresses:
        body = body.replace(address, "ADDRESS")
    body = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', r"\1", body)
    headers = {key: value for key, value in response.headers.items() if key not in VARYING}

    return response.status_code, headers, body


def test_signing_up_with_a_known_address_looks_like_a_new_one(alice, mailoutbox):
    known, fresh = Client(), Client()
    answers = [
        seen(sign_up(known, alice.email), alice.email),
        seen(sign_up(fresh, "new@example.org"), "new@example.org"),
    ]
    assert answers[0] == answers[1]
    assert [message.to for message in mailoutbox] == [[alice.email], ["new@example.org"]]
    assert mailoutbox[0].subject == "You have an account already"
    pages = [
        seen(known.get("/accounts/confirm-email/"), alice.email),
        seen(fresh.get("/accounts/confirm-email/"), "new@example.org"),
    ]
    assert pages[0] == pages[1]
    assert User.objects.count() == 2


def test_a_weak_password_is_refused_alike(alice):
    known = seen(sign_up(Client(), alice.email, "password"), alice.email)
    fresh = seen(sign_up(Client(), "new@example.org", "password"), "new@example.org")
    assert known == fresh


def test_resetting_a_known_and_an_unknown_address_looks_the_same(alice, mailoutbox):
    answers = [
        seen(Client().post("/accounts/password/reset/", {"email": email}), email)
        for email in (alice.email, "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert [message.subject for message in mailoutbox] == ["Reset your password", "No account with this address"]


def test_a_failed_log_in_looks_the_same(alice):
    answers = [seen(log_in(Client(), email, "wrong-password"), email) for email in (alice.email, "nobody@example.org")]
    assert answers[0] == answers[1]


def test_an_unconfirmed_account_does_not_show_with_a_wrong_password(mailoutbox):
    sign_up(Client(), "new@example.org")
    answers = [
        seen(log_in(Client(), email, "wrong-password"), email) for email in ("new@example.org", "nobody@example.org")
    ]
    assert answers[0] == answers[1]


def test_changing_to_a_taken_address_looks_like_changing_to_a_free_one(proven_alice, bob, mailoutbox):
    answers = []
    for email in (bob.email, "free@example.org"):
        response = proven_alice.post("/accounts/email/", {"email": email, "action_add": "1"})
        answers.append((response.status_code, response["Location"]))
    assert answers == [(302, "/accounts/email/")] * 2


class CountingHasher(MD5PasswordHasher):
    """Hashing is what takes time at sign-up and log-in, so its count must not tell who exists."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.count += 1
        return super().encode(password, salt)


@pytest.mark.parametrize(
    "act",
    [
        lambda email: sign_up(Client(), email),
        lambda email: log_in(Client(), email, "wrong-password"),
        lambda email: Client().post("/accounts/password/reset/", {"email": email}),
    ],
    ids=["sign-up", "log-in", "reset"],
)
def test_a_known_address_costs_as_many_hashes_as_an_unknown_one(alice, settings, act):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_enumeration.CountingHasher"]
    alice.set_password("four-plain-unrelated-words")
    alice.save()
    assert _hashes(lambda: act(alice.email)) == _hashes(lambda: act("nobody@example.org"))


def _hashes(act) -> int:
    before = CountingHasher.count
    act()
    return CountingHasher.count - before
