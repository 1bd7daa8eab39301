"""A forgotten password."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tokens import create_token
from tests.accounts.conftest import PASSWORD, is_logged_in, link_in, log_in

pytestmark = pytest.mark.django_db

NEW = "quite-another-password-1"


def ask(client, email, **more):
    return client.post("/accounts/password/reset/", {"email": email}, **more)


def use(client, link, password=NEW):
    landing = client.get(link)
    assert landing.status_code == 302
    return client.post(landing["Location"], {"password1": password, "password2": password})


def test_the_link_sets_a_new_password_once_and_ends_every_session(client, alice, as_alice, mailoutbox):
    assert ask(client, alice.email)["Location"] == "/accounts/password/reset/done/"
    link = link_in(mailoutbox[0])
    assert use(client, link)["Location"] == "/accounts/password/reset/key/done/"
    assert not is_logged_in(as_alice)
    assert log_in(Client(), alice.email, PASSWORD).status_code == 200
    assert log_in(Client(), alice.email, NEW).status_code == 302
    assert "This link does not work" in Client().get(link).content.decode()


def test_a_reset_revokes_every_api_token_and_the_mail_says_so(client, alice, bob, mailoutbox):
    keys = [create_token(user=alice, label=f"t{number}", now=timezone.now())[1] for number in range(2)]
    of_bob = create_token(user=bob, label="t", now=timezone.now())[1]
    ask(client, alice.email)
    assert opens_api(keys[0])  # asking alone changes nothing: anybody can ask
    done = client.get(use(client, link_in(mailoutbox[0]))["Location"])
    assert [opens_api(key) for key in (*keys, of_bob)] == [False, False, True]
    assert "all API tokens are revoked" in done.content.decode()
    notice = mailoutbox[-1]
    assert notice.subject == "Your password was reset"
    for text in (notice.body, notice.alternatives[0].content):
        assert "all API tokens are revoked" in text


def test_a_refused_reset_revokes_nothing(client, alice, mailoutbox):
    key = create_token(user=alice, label="t", now=timezone.now())[1]
    ask(client, alice.email)
    use(client, link_in(mailoutbox[0]), "password")
    assert opens_api(key)


def opens_api(key: str) -> bool:
    return Client().get("/api/v1/me/", headers={"Authorization": f"Token {key}"}).status_code == 200


def test_a_weak_new_password_is_refused(client, alice, mailoutbox):
    ask(client, alice.email)
    assert "too common" in use(client, link_in(mailoutbox[0]), "password").content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_made_up_link_does_not_work(client, alice):
    assert "This link does not work" in client.get("/accounts/password/reset/key/1-abc-def/").content.decode()


def test_the_link_dies_when_the_password_changes_otherwise(client, alice, mailoutbox):
    ask(client, alice.email)
    alice.set_password(NEW)
    alice.save()
    assert "This link does not work" in client.get(link_in(mailoutbox[0])).content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1"},
        {"X-Forwarded-Host": "evil.example"},
        {"Host": "127.0.0.1:666", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"Forwarded": "host=evil.example"},
    ],
)
def test_links_in_mails_lead_to_the_site_whatever_the_headers_say(client, alice, mailoutbox, settings, headers):
    settings.SITE_URL = "https://prep.example.org"
    ask(client, alice.email, headers=headers)
    text = mailoutbox[0].body + mailoutbox[0].alternatives[0].content
    assert "https://prep.example.org/accounts/password/reset/key/" in text
    assert "evil.example" not in text
    assert "127.0.0.1" not in text


def test_a_host_that_is_not_ours_is_refused(client, alice, mailoutbox):
    assert ask(client, alice.email, headers={"Host": "evil.example"}).status_code == 400
    assert mailoutbox == []


def test_a_person_who_is_barred_gets_no_link(client, alice, with_smtp, mailoutbox):
    alice.is_active = False
    alice.save()
    ask(client, alice.email)
    assert "/password/reset/key/" not in mailoutbox[0].body


def test_without_a_mail_server_the_page_says_where_the_mail_is(client, settings):
    settings.MAILBOX_KEY = "k"
    page = client.get("/accounts/password/reset/done/").content.decode()
    assert "in the terminal and in the mailbox" in page


def test_with_a_mail_server_the_page_speaks_of_spam_only(client, with_smtp):
    page = client.get("/accounts/password/reset/done/").content.decode()
    assert "terminal" not in page
    assert "spam" in page


def test_resets_for_one_address_are_limited(client, alice, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "reset_password": "100/m/ip,2/m/key"}
    assert [ask(client, alice.email).status_code for _ in range(3)] == [302, 302, 429]
