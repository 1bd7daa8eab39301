"""Changing the password: what ends with the old one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tokens import create_token
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PATH = "/accounts/password/change/"
DATA = {"oldpassword": PASSWORD, "password1": "another-set-of-words-8"}


@pytest.fixture
def token(alice) -> ApiToken:
    return create_token(user=alice, label="script", now=timezone.now())[0]


def is_revoked(token: ApiToken) -> bool:
    return ApiToken.objects.get(pk=token.pk).revoked_at is not None


def test_the_page_offers_to_revoke_the_tokens_and_proposes_it(as_alice, token):
    page = as_alice.get(PATH).content.decode()
    assert "Revoke my API tokens as well" in page
    assert "1 token opens the API without the password" in page
    assert " checked" in page.partition('name="revokes_tokens"')[2].partition(">")[0]


def test_without_a_working_token_there_is_nothing_to_offer(as_alice, token):
    ApiToken.objects.update(revoked_at=timezone.now())
    assert "revokes_tokens" not in as_alice.get(PATH).content.decode()


def test_with_the_tick_every_token_ends_and_the_mail_says_so(as_alice, as_bob, bob, token, mailoutbox):
    other = create_token(user=bob, label="script", now=timezone.now())[0]
    assert as_alice.post(PATH, {**DATA, "revokes_tokens": "on"}).status_code == 302
    assert (is_revoked(token), is_revoked(other)) == (True, False)
    for text in (mailoutbox[-1].body, mailoutbox[-1].alternatives[0].content):
        assert "No API token opens the account." in text


def test_without_the_tick_they_stay_and_the_mail_says_how_many(as_alice, token, mailoutbox):
    assert as_alice.post(PATH, DATA).status_code == 302
    assert not is_revoked(token)
    for text in (mailoutbox[-1].body, mailoutbox[-1].alternatives[0].content):
        assert "1 API token still works: you can revoke it on the security page." in " ".join(text.split())


def test_a_refused_change_revokes_nothing(as_alice, token):
    as_alice.post(PATH, {**DATA, "oldpassword": "a guess", "revokes_tokens": "on"})
    assert not is_revoked(token)
