"""Every mail that allauth can send is ours, as text and as HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import allauth
import pytest
from django.test import RequestFactory

from accounts.adapter import AccountAdapter
from accounts.models import User

KINDS = sorted(
    str(path.relative_to(Path(allauth.__file__).parent / "templates")).removesuffix("_subject.txt")
    for path in (Path(allauth.__file__).parent / "templates").rglob("email/*_subject.txt")
)


def values() -> dict[str, object]:
    return {
        "user": User(email="alice@example.org"),
        "activate_url": "http://evil.example/accounts/confirm-email/KEY/",
        "password_reset_url": "http://evil.example/accounts/password/reset/key/1-KEY/",
        "signup_url": "/accounts/signup/",
        "timestamp": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "ip": "198.51.100.7",
        "user_agent": "<script>alert(1)</script> & cURL",
        "from_email": "old@example.org",
        "to_email": "new@example.org",
        "deleted_email": "old@example.org",
        "code": "ABCDEF",
    }


def test_all_kinds_are_found():
    assert len(KINDS) >= 19


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_has_a_subject_a_text_and_an_html_version_and_loads_nothing(kind, mailoutbox, settings):
    settings.SITE_URL = "https://prep.example.org"
    AccountAdapter(RequestFactory().get("/")).send_mail(kind, "alice@example.org", values())
    (message,) = mailoutbox
    ((html, mimetype),) = message.alternatives
    text = str(message.body)
    assert mimetype == "text/html"
    assert 5 < len(message.subject) < 70
    assert "Onsite" in text
    assert "Onsite" in html
    for body in (text, html):
        assert "{{" not in body
        assert "{%" not in body
        assert "evil.example" not in body
    assert "alice" not in (text + html).replace("alice@example.org", "")  # no greeting made of the address
    assert not re.search(r"<(img|link|script|iframe)\b|url\(|@import", html)
    assert not re.findall(r'href="(?!https://prep\.example\.org/)[^"]*"', html)
    assert set(re.findall(r"https?://[^/\s\"<]+", text + html)) == {"https://prep.example.org"}


def test_the_text_is_not_html_and_the_html_is_escaped(mailoutbox):
    AccountAdapter(RequestFactory().get("/")).send_mail("account/email/password_changed", "a@example.org", values())
    assert "<script>alert(1)</script> & cURL" in str(mailoutbox[0].body)
    assert "&lt;script&gt;" in mailoutbox[0].alternatives[0].content
