"""Every page of allauth that can be reached is one of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

pytestmark = pytest.mark.django_db

# Pages of features that are off: their addresses are not routed, or lead away before a page is shown.
UNREACHABLE = {
    "account/confirm_email_verification_code.html",
    "account/confirm_login_code.html",
    "account/confirm_password_reset_code.html",
    "account/confirm_phone_verification_code.html",
    "account/email.html",
    "account/phone_change.html",
    "account/request_login_code.html",
    "account/signup_by_passkey.html",
    "mfa/trust.html",
    "mfa/webauthn/signup_form.html",
    "socialaccount/login_redirect.html",
}


def test_every_reachable_page_is_ours():
    import allauth

    theirs = Path(allauth.__file__).parent / "templates"
    pages = {
        str(path.relative_to(theirs))
        for folder in ("account", "mfa", "usersessions", "socialaccount")
        for path in (theirs / folder).rglob("*.html")
        if not re.match(r"base|snippets", path.name) and "snippets" not in path.parts and path.name != "base.html"
    }
    ours = settings.BASE_DIR / "templates"
    missing = {page for page in pages - UNREACHABLE if not _file_of(page).is_relative_to(ours)}
    assert missing == set()


def _file_of(page: str) -> Path:
    template: Any = get_template(page)
    return Path(template.origin.name)


def test_the_unreachable_pages_have_no_address():
    names = {pattern.name for pattern in _patterns(get_resolver().url_patterns) if pattern.name}
    assert names.isdisjoint(
        {
            "account_request_login_code",
            "account_signup_by_passkey",
            "account_verify_phone",
            "account_change_phone",
            "account_confirm_password_reset_code",
            "mfa_trust",
            "mfa_signup_webauthn",
        }
    )


def test_the_log_in_code_page_leads_away(client):
    assert client.get("/accounts/login/code/confirm/")["Location"] == "/accounts/login/"


def _patterns(entries):
    for entry in entries:
        if hasattr(entry, "url_patterns"):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/inactive/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/nonsense/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/done/",
        "/accounts/password/reset/key/1-x-y/",
        "/accounts/3rdparty/login/cancelled/",
        "/accounts/3rdparty/login/error/",
        "/accounts/invite/refused/",
        "/accounts/invite/unknown/",
        "/privacy/",
        "/terms/",
    ],
)
def test_a_visitors_page_obeys_the_content_policy(client, path):
    assert_obeys(client.get(path))


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/logout/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
        "/accounts/sessions/",
        "/accounts/3rdparty/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        "/account/profile/",
        "/account/security/",
        "/account/delete/",
        "/welcome/",
        "/welcome/2/",
        "/welcome/3/",
    ],
)
def test_a_members_page_obeys_the_content_policy(proven_alice, path):
    assert_obeys(proven_alice.get(path))


def assert_obeys(response):
    html = response.content.decode()
    assert response.status_code in {200, 401, 404, 409}, response
    assert html.count("<h1") == 1
    assert 'lang="en"' in html
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    assert "no-store" in response["Cache-Control"]
    for form in re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL):
        assert "csrfmiddlewaretoken" in form
