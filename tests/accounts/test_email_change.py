"""Changing the e-mail address."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import PASSWORD, link_in, log_in, sign_up

pytestmark = pytest.mark.django_db


def ask(client, email):
    return client.post("/accounts/email/", {"email": email, "action_add": "1"})


def test_the_new_address_counts_once_it_is_confirmed(alice, proven_alice, mailoutbox):
    assert ask(proven_alice, "alice@new.example")["Location"] == "/accounts/email/"
    page = proven_alice.get("/accounts/email/").content.decode()
    assert "alice@new.example" in page
    assert "Not confirmed" in page
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    proven_alice.post(link_in(mailoutbox[0]))
    alice.refresh_from_db()
    assert alice.email == "alice@new.example"
    assert log_in(Client(), "alice@new.example").status_code == 302
    assert log_in(Client(), "alice@example.org").status_code == 200


def test_the_old_address_hears_of_the_change(alice, proven_alice, mailoutbox):
    ask(proven_alice, "alice@new.example")
    proven_alice.post(link_in(mailoutbox[0]))
    told = [message for message in mailoutbox if message.to == ["alice@example.org"]]
    assert [message.subject for message in told] == ["Your address has changed"]


def test_a_change_can_be_taken_back(alice, proven_alice):
    ask(proven_alice, "alice@new.example")
    proven_alice.post("/accounts/email/", {"email": "alice@new.example", "action_remove": "1"})
    assert [row.email for row in EmailAddress.objects.filter(user=alice)] == ["alice@example.org"]


def test_the_message_can_be_sent_again(proven_alice, mailoutbox, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "confirm_email": None}
    ask(proven_alice, "alice@new.example")
    proven_alice.post("/accounts/email/", {"email": "alice@new.example", "action_send": "1"})
    assert [message.to for message in mailoutbox] == [["alice@new.example"]] * 2


def test_a_taken_address_is_refused(proven_alice, bob):
    assert "There is an account with this address" in ask(proven_alice, bob.email).content.decode()


def test_bob_cannot_touch_the_addresses_of_alice(alice, as_bob):
    for action in ("action_remove", "action_primary", "action_send"):
        as_bob.post("/accounts/email/", {"email": alice.email, action: "1"})
    row = EmailAddress.objects.get(user=alice)
    assert (row.email, row.primary, row.verified) == (alice.email, True, True)


def test_a_change_needs_a_recent_proof_of_the_password(alice, mailoutbox):
    client = Client()
    client.force_login(alice)
    response = ask(client, "thief@example.org")
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert mailoutbox == []
    response = client.post(response["Location"], {"password": PASSWORD, "next": "/accounts/email/"})
    assert response.status_code == 302
    assert mailoutbox[0].to == ["thief@example.org"]  # what was asked for is done now


def test_the_page_is_for_members(client):
    assert client.get("/accounts/email/")["Location"] == "/accounts/login/?next=/accounts/email/"


def test_two_people_may_each_correct_an_address_they_never_confirmed():
    for number in (1, 2):
        person = Client()
        sign_up(person, f"typo{number}@example.org")
        person.post("/accounts/reauthenticate/", {"password": PASSWORD})
        response = person.post("/accounts/email/", {"action_add": "", "email": f"right{number}@example.org"})
        assert response.status_code == 302
        user = User.objects.get(email=f"right{number}@example.org")
        row = EmailAddress.objects.get(user=user)
        assert (row.email, row.verified) == (f"right{number}@example.org", False)
    assert not User.objects.filter(email="").exists()
    assert mail.outbox[-1].to == ["right2@example.org"]
