"""The end of an account."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import rights
from accounts.invitations import invite
from accounts.models import ApiToken, Invitation, Profile, User
from accounts.tokens import create_token
from tests.accounts.conftest import is_logged_in, log_in, logged_in

pytestmark = pytest.mark.django_db


def test_it_removes_every_row_and_every_session(alice, bob, proven_alice):
    elsewhere = logged_in(alice)
    create_token(user=alice, label="script", now=timezone.now())
    invite(created_by=alice, email="", now=timezone.now())
    user_id = alice.pk
    page = proven_alice.get("/account/delete/").content.decode()
    assert "passkeys and API tokens" in page
    assert "answers, drafts, coaching" in page
    response = proven_alice.post("/account/delete/", {"email": "Alice@example.org"})
    assert response.status_code == 200
    assert "Your account is deleted" in response.content.decode()
    assert rows_of(user_id) == {}
    assert not Invitation.objects.exists()
    assert not is_logged_in(proven_alice)
    assert not is_logged_in(elsewhere)
    assert not any(session.get_decoded().get("_auth_user_id") == str(user_id) for session in Session.objects.all())
    assert log_in(Client(), "alice@example.org").status_code == 200
    assert User.objects.get() == bob


def rows_of(user_id: int) -> dict[str, int]:
    """Every table with a foreign key to the user, by what is left of theirs."""
    left = {}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.many_to_one and field.related_model is User:
                count = model._default_manager.filter(**{field.attname: user_id}).count()
                if count:
                    left[model._meta.label] = count
    return left


def test_the_address_must_be_typed(alice, proven_alice):
    response = proven_alice.post("/account/delete/", {"email": "bob@example.org"})
    assert "not the address of this account" in response.content.decode()
    assert "data-forget-drafts" not in response.content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


def test_it_needs_a_recent_proof_of_the_password(alice):
    client = Client()
    client.force_login(alice)
    for response in (client.get("/account/delete/"), client.post("/account/delete/", {"email": alice.email})):
        assert response["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.filter(pk=alice.pk).exists()


def test_when_one_app_fails_nothing_is_deleted(alice):
    def fail(user: User) -> int:
        raise RuntimeError("no")

    create_token(user=alice, label="script", now=timezone.now())
    before = dict(rights._holdings)
    rights.register(rights.Holding(app="broken", label="", export=lambda user: {}, erase=fail))
    try:
        with pytest.raises(RuntimeError):
            rights.erase_person(user=alice)
    finally:
        rights._holdings.clear()
        rights._holdings.update(before)
    assert ApiToken.objects.filter(user=alice).exists()
    assert Profile.objects.filter(user=alice).exists()


def test_the_export_holds_only_own_rows_and_no_secret(alice, bob):
    _, key = create_token(user=alice, label="mine", now=timezone.now())
    create_token(user=bob, label="of-bob", now=timezone.now())
    text = str(rights.export_person(user=alice))
    assert "alice@example.org" in text
    assert "mine" in text
    for foreign in ("bob@example.org", "of-bob", key, ApiToken.objects.get(label="mine").key_hash, alice.password):
        assert foreign not in text
