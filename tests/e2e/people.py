"""What people do on the site, in words that tests can use."""

from __future__ import annotations

import itertools

from playwright.sync_api import Page

PASSWORD = "a long and plain passphrase"
ANSWER = (
    "I split along the structure of the document, headings and paragraphs first, so that one chunk holds one complete "
    "idea. I keep a small overlap between neighbours. Before I change the size I measure recall at k on a labelled set "
    "of real questions, because retrieval quality is what the size is for.\n\n"
    "In production I watch cost and latency, and I compare answers with an evaluation set on each release."
)
_numbers = itertools.count(1)


def new_address(name: str = "newcomer") -> str:
    return f"{name}{next(_numbers)}@example.org"


def sign_up(page: Page, email: str | None = None) -> str:
    """A new account whose first-run set-up is skipped; ends on the dashboard."""
    email = email or new_address()
    page.goto("/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.locator("form:has(input[name=password1])").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/welcome/**")
    page.goto("/")
    return email


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.locator("form:has(input[name=password])").get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)
