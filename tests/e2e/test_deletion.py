"""What this browser kept of an account goes with the account, and not before."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.people import PASSWORD, sign_up
from tests.e2e.test_drafts import CHUNKING, TYPED, keys
from tests.plant import wait_for


def test_local_drafts_stay_until_the_deletion_has_happened(page: Page):
    email = sign_up(page)
    page.goto(CHUNKING)
    page.locator("#id_text").press_sequentially(TYPED)
    wait_for(lambda: keys(page), "the local copy")
    page.goto("/account/delete/")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form").get_by_role("button", name="Confirm").click()
    page.fill("input[name=email]", "somebody.else@example.org")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("main")).to_contain_text("not the address of this account")
    assert keys(page)
    page.fill("input[name=email]", email)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    assert TYPED not in page.evaluate("JSON.stringify(localStorage)")
    assert keys(page) == []
