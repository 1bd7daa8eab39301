"""The operator's pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiToken, Invitation, SitePage, User
from accounts.people import create_person
from accounts.tokens import create_token
from tests.accounts.conftest import PASSWORD, logged_in, sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db):
    return logged_in(create_person(email="op@example.org", password=PASSWORD, is_operator=True))


def test_a_visitor_is_sent_to_the_log_in_of_the_site(client):
    response = client.get("/admin/login/?next=/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert "username" not in response.content.decode()


def test_a_member_is_refused(as_alice):
    assert as_alice.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("model", ["user", "apitoken", "invitation", "sitepage"])
def test_every_list_and_form_opens(operator, alice, model):
    create_token(user=alice, label="t", now=timezone.now())
    SitePage.objects.create(slug="terms", body="x")
    operator.post("/admin/accounts/invitation/add/", {"email": ""})
    assert operator.get(f"/admin/accounts/{model}/").status_code == 200
    kinds: dict[str, Any] = {"user": User, "apitoken": ApiToken, "invitation": Invitation, "sitepage": SitePage}
    row = kinds[model].objects.first()
    page = operator.get(f"/admin/accounts/{model}/{row.pk}/change/")
    assert page.status_code == 200
    if model == "apitoken":
        assert row.key_hash not in page.content.decode()
    if model == "user":
        assert row.password not in page.content.decode()


def test_the_operator_invites_and_sees_the_link_once(operator, client, settings):
    settings.SIGNUP_MODE = "invite"
    page = operator.post(
        "/admin/accounts/invitation/add/", {"email": "carol@example.org"}, follow=True
    ).content.decode()
    link = re.search(r"http://localhost:8000(/accounts/invite/[\w-]+/)", page)
    assert link
    assert link.group(0) not in operator.get("/admin/accounts/invitation/").content.decode()
    row = Invitation.objects.get()
    assert row.created_by == User.objects.get(email="op@example.org")
    client.get(link.group(1))
    assert sign_up(client, "carol@example.org")["Location"] == "/welcome/"


def test_the_operator_revokes_tokens(operator, alice):
    token, _ = create_token(user=alice, label="t", now=timezone.now())
    operator.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_staff_without_all_rights_cannot_give_them(alice, bob):
    from django.contrib.auth.models import Permission

    alice.is_staff = True
    alice.save()
    for name in ("view_user", "change_user", "view_profile", "change_profile"):
        alice.user_permissions.add(Permission.objects.get(codename=name))
    client = logged_in(alice)
    form = {
        "name": "Changed",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "profile-TOTAL_FORMS": "0",
        "profile-INITIAL_FORMS": "0",
    }
    client.post(f"/admin/accounts/user/{bob.pk}/change/", form)
    bob.refresh_from_db()
    assert (bob.is_staff, bob.is_superuser) == (False, False)
