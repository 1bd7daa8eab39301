"""Passkeys, with the authenticator that Chromium itself plays."""

from __future__ import annotations

from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.people import PASSWORD, log_in, sign_up

ADD = "/accounts/2fa/webauthn/add/"
KEYS = "/accounts/2fa/webauthn/"


class Device:
    """The authenticator of one page: it keeps passkeys and confirms its holder unless told otherwise."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        made = self.cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.id: str = made["authenticatorId"]

    def count(self) -> int:
        return len(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def turns_away(self) -> None:
        """The holder is not recognised any more: each ceremony fails."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})


def prove(page: Page) -> None:
    """Answers the question for the password where it comes."""
    if "/reauthenticate/" in page.url:
        page.fill("input[name=password]", PASSWORD)
        page.locator("main form").get_by_role("button", name="Confirm").click()
        page.wait_for_url(lambda url: "/reauthenticate/" not in url)


def add(page: Page, *, name: str, alone: bool) -> None:
    page.goto(ADD)
    prove(page)
    page.fill("input[name=name]", name)
    page.locator("input[name=passwordless]").set_checked(alone)
    page.get_by_role("button", name="Add the passkey").click()
    page.wait_for_url("**/recovery-codes/**")


def log_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main form").get_by_role("button", name="Log out").click()
    page.wait_for_url("**/")


def use_passkey(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()


def test_a_passkey_is_added_logs_in_alone_and_is_removed(page: Page):
    email = sign_up(page)
    held = Device(page)
    add(page, name="My laptop", alone=True)
    assert held.count() == 1

    log_out(page)
    use_passkey(page)
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto("/account/security/")
    expect(page.locator("main")).to_contain_text(email)

    page.goto(KEYS)
    expect(page.locator("main")).to_contain_text("My laptop")
    expect(page.locator("main")).to_contain_text("Logs in without the password")
    page.get_by_role("link", name="Remove").click()
    prove(page)
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("main")).to_contain_text("You have no passkeys yet")

    log_out(page)
    use_passkey(page)  # the device still has it, the site does not
    expect(page.locator("[data-toast]")).to_be_visible()
    page.goto("/account/security/")
    page.wait_for_url("**/accounts/login/**")


def test_a_passkey_as_second_factor_follows_the_password(page: Page):
    email = sign_up(page)
    Device(page)
    add(page, name="Security key", alone=False)
    log_out(page)
    log_in(page, email)
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    page.goto("/account/security/")
    assert "/account/security/" not in page.url.partition("?")[0]  # the password alone opens nothing

    page.goto("/accounts/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto("/account/security/")
    expect(page.locator("main")).to_contain_text(email)


def test_a_ceremony_that_fails_says_so_and_changes_nothing(page: Page):
    sign_up(page)
    held = Device(page)
    held.turns_away()
    page.goto(ADD)
    prove(page)
    page.locator("input[name=passwordless]").check()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.locator("[data-passkey-error]")).to_be_visible()
    assert held.count() == 0
    page.goto(KEYS)
    expect(page.locator("main")).to_contain_text("You have no passkeys yet")
