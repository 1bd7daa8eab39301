"""Log-in through another site, with a real provider of OpenID Connect that the environment names."""

from __future__ import annotations

import html
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Request

from tests.e2e.conftest import Watcher
from tests.faults.conftest import small_bank
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIDProvider
from tests.plant import Plant

PASSWORD = "a long and plain passphrase"


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIDProvider]:
    with OpenIDProvider() as running:
        yield running


@pytest.fixture(scope="module")
def plant(provider: OpenIDProvider) -> Iterator[Plant]:
    folder = Path(tempfile.mkdtemp(prefix="sites-"))
    built = Plant(
        folder,
        "sites",
        {
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_SERVER_URL": provider.url,
            "OIDC_NAME": "Example ID",
        },
    )
    try:
        built.build(bank=small_bank(folder / "bank"))
        built.start_web()
        yield built
    finally:
        built.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def with_settings(plant: Plant) -> Iterator[Any]:
    """Starts the web server again with further settings; afterwards with the usual ones."""
    usual = dict(plant.settings)

    def restart(**further: str) -> None:
        plant.settings = {**usual, **further}
        plant.kill("web")
        plant.start_web()

    yield restart
    restart()


class Visitor:
    """A browser without scripts: cookies, forms and redirects. `page` is what it sees."""

    def __init__(self, plant: Plant) -> None:
        self.client = httpx.Client(base_url=plant.url, follow_redirects=True, timeout=30)
        self.page = ""
        self.path = ""

    def get(self, path: str) -> None:
        self._see(self.client.get(path))

    def submit(self, action: str, **fields: str) -> None:
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', self.page, re.DOTALL)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form[0] if form else self.page)
        assert token, self.page
        data = {"csrfmiddlewaretoken": token[1], **fields}
        self._see(self.client.post(action, data=data))
        if onwards := re.search(r'http-equiv="refresh"\s+content="0; url=([^"]+)"', self.page):
            self._see(self.client.get(html.unescape(onwards[1])))

    def come_through_the_provider(self, process: str = "login") -> None:
        address = f"/accounts/oidc/sso/login/?process={process}"
        self.get(address)
        assert "Example ID" in self.page
        self.submit(address)

    def is_member(self) -> bool:
        return self.client.get("/account/security/", follow_redirects=False).status_code == 200

    def _see(self, response: httpx.Response) -> None:
        self.page, self.path = response.text, response.url.path


def somebody(**claims: Any) -> dict[str, Any]:
    mark = secrets.token_hex(6)
    return {"sub": mark, "email": f"{mark}@example.org", "email_verified": True, "name": "Ada Example", **claims}


def sign_up(plant: Plant, email: str) -> Visitor:
    visitor = Visitor(plant)
    visitor.get("/accounts/signup/")
    visitor.submit("/accounts/signup/", email=email, password1=PASSWORD)
    assert visitor.is_member()
    return visitor


def users(plant: Plant, email: str) -> list[tuple[Any, ...]]:
    return plant.rows("SELECT id, name, password FROM accounts_user WHERE email = %s", email)


def test_a_new_person_signs_up_in_a_browser_under_the_content_policy(
    chrome: Browser, plant: Plant, provider: OpenIDProvider
):
    class Both(Watcher):
        def note_request(self, request: Request) -> None:
            if not request.url.startswith(provider.url):
                super().note_request(request)

    provider.person = somebody()
    context = chrome.new_context(base_url=plant.url)
    watcher = Both(context, plant.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Continue with Example ID").click()
    page.get_by_role("button", name="Continue to Example ID").click()
    page.wait_for_url("**/welcome/**")
    context.close()
    assert watcher.faults == []
    ((_, name, password),) = users(plant, provider.person["email"])
    assert name == "Ada Example"
    assert password.startswith("!")


def test_a_returning_person_is_the_same_person(plant: Plant, provider: OpenIDProvider):
    provider.person = somebody()
    Visitor(plant).come_through_the_provider()
    again = Visitor(plant)
    again.come_through_the_provider()
    assert again.is_member()
    assert again.path == "/"
    assert len(users(plant, provider.person["email"])) == 1


def test_the_way_back_leads_to_where_the_person_was_going(plant: Plant, provider: OpenIDProvider):
    provider.person = somebody()
    Visitor(plant).come_through_the_provider()
    again = Visitor(plant)
    address = "/accounts/oidc/sso/login/?process=login&next=/questions/"
    again.get(address)
    again.submit(address)
    assert again.path == "/questions/"
    evil = Visitor(plant)
    address = "/accounts/oidc/sso/login/?process=login&next=https://evil.example/"
    evil.get(address)
    evil.submit(address)
    assert evil.path == "/"


def test_somebody_who_turns_back_at_the_provider_is_not_logged_in(plant: Plant, provider: OpenIDProvider):
    provider.person = None
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert "Log-in cancelled" in visitor.page
    assert not visitor.is_member()


def test_an_answer_that_nobody_asked_for_is_refused(plant: Plant, provider: OpenIDProvider):
    provider.person = somebody()
    visitor = Visitor(plant)
    visitor.get("/accounts/oidc/sso/login/callback/?code=stolen&state=made-up")
    assert "The other site did not confirm you" in visitor.page
    assert not visitor.is_member()


def test_a_local_account_with_the_same_address_is_not_taken_over(plant: Plant, provider: OpenIDProvider):
    provider.person = somebody()
    email = provider.person["email"]
    sign_up(plant, email)
    (before,) = users(plant, email)
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert not visitor.is_member()
    visitor.submit("/accounts/3rdparty/signup/", email=email)
    assert "Log in to it first, then connect Example ID" in html.unescape(visitor.page)
    assert not visitor.is_member()
    assert users(plant, email) == [before]
    assert plant.rows("SELECT 1 FROM socialaccount_socialaccount WHERE uid = %s", provider.person["sub"]) == []


def test_with_a_mail_server_the_page_does_not_tell_that_the_account_exists(
    plant: Plant, provider: OpenIDProvider, with_settings: Any
):
    provider.person = somebody()
    email = provider.person["email"]
    sign_up(plant, email)
    with_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT="9")
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert visitor.path == "/accounts/confirm-email/"
    assert not visitor.is_member()
    assert plant.rows("SELECT 1 FROM socialaccount_socialaccount WHERE uid = %s", provider.person["sub"]) == []


def test_with_a_mail_server_an_address_that_the_provider_did_not_verify_opens_nothing_yet(
    plant: Plant, provider: OpenIDProvider, with_settings: Any
):
    with_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT="9")
    provider.person = somebody(email_verified=False)
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert not visitor.is_member()
    provider.person = somebody(email_verified=True)
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert visitor.is_member()


def test_a_member_connects_the_provider_and_then_comes_through_it(plant: Plant, provider: OpenIDProvider):
    email = f"{secrets.token_hex(6)}@example.org"
    member = sign_up(plant, email)
    member.get("/accounts/reauthenticate/?next=/accounts/3rdparty/")
    member.submit("/accounts/reauthenticate/", password=PASSWORD, next="/accounts/3rdparty/")
    provider.person = somebody()
    member.come_through_the_provider(process="connect")
    assert "Example ID" in member.page
    assert users(plant, provider.person["email"]) == []
    again = Visitor(plant)
    again.come_through_the_provider()
    again.get("/account/security/")
    assert email in again.page


def test_a_person_without_an_address_at_the_provider_is_asked_for_one(plant: Plant, provider: OpenIDProvider):
    provider.person = {"sub": secrets.token_hex(6)}
    email = f"{provider.person['sub']}@example.org"
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert "One more thing" in visitor.page
    visitor.submit("/accounts/3rdparty/signup/", email=email)
    assert visitor.path == "/welcome/"
    assert len(users(plant, email)) == 1


def test_closed_sign_up_refuses_newcomers_and_lets_members_in(
    plant: Plant, provider: OpenIDProvider, with_settings: Any
):
    known = somebody()
    provider.person = known
    Visitor(plant).come_through_the_provider()
    with_settings(SIGNUP="closed")
    provider.person = somebody()
    visitor = Visitor(plant)
    visitor.come_through_the_provider()
    assert "Sign-up is closed" in visitor.page
    assert users(plant, provider.person["email"]) == []
    provider.person = known
    member = Visitor(plant)
    member.come_through_the_provider()
    assert member.is_member()


def test_with_sign_up_by_invitation_the_link_lets_one_newcomer_in(
    plant: Plant, provider: OpenIDProvider, with_settings: Any
):
    with_settings(SIGNUP="invite")
    link = plant.manage("invite").strip().splitlines()[-1]
    provider.person = somebody()
    uninvited = Visitor(plant)
    uninvited.come_through_the_provider()
    assert "Sign-up is closed" in uninvited.page
    invited = Visitor(plant)
    invited.get(link)
    invited.come_through_the_provider()
    assert invited.is_member()
    provider.person = somebody()
    second = Visitor(plant)
    second.get(link)
    second.come_through_the_provider()
    assert not second.is_member()
