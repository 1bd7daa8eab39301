"""Every page, light and dark, wide and narrow: axe finds nothing serious, nothing overflows, no request leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.people import ANSWER, sign_up

VISITOR = [
    *("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"),
    *(
        "/privacy/",
        "/terms/",
        "/api/v1/docs/",
        "/nowhere/",
        "/guide/",
        "/guide/how-to-answer/",
        "/guide/what-changes-by-level/",
    ),
]
MEMBER = [
    *("/", "/welcome/", "/welcome/2/", "/welcome/3/", "/questions/", "/questions/?category=rag"),
    *("/questions/rag-chunking-strategies/", "/questions/shipped-an-ai-feature/", "/practice/next/"),
    *("/questions/?q=stop+it+from+making+things+up", "/questions/?q=BM25&level=mid&state=new", "/questions/?q=zzzz"),
    *("/questions/coverage/", "/questions/rag-chunking-strategies/similar/", "/guide/", "/guide/how-to-answer/"),
    *("/account/profile/", "/account/security/", "/account/delete/", "/accounts/email/", "/accounts/password/change/"),
    *("/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/sessions/"),
    *("/accounts/logout/", "/questions/nowhere/"),
    *("/plan/", "/interviews/new/", "/readiness/", "/readiness/deep/rag/", "/checklist/", "/progress/", "/paused/"),
    *("/settings/practice/", "/settings/breaks/", "/settings/reminders/", "/settings/memory/"),
]
SERIOUS = {"serious", "critical"}


def assert_accessible(page: Page, path: str) -> None:
    results = Axe().run(page)
    faults = [
        f"{path}: {item['id']}: {item['help']}: {item['nodes'][0]['html'][:200]}"
        for item in results.response["violations"]
        if item["impact"] in SERIOUS
    ]
    assert faults == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{path} is {overflow} pixels too wide"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_a_visitor(new_context: Any, scheme: str, width: int):
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 844}).new_page()
    for path in VISITOR:
        page.goto(path)
        assert_accessible(page, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_a_member(new_context: Any, scheme: str, width: int):
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 844}).new_page()
    sign_up(page)
    for path in MEMBER:
        page.goto(path)
        assert_accessible(page, path)
    page.goto("/questions/rag-chunking-strategies/")
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    page.wait_for_selector("#coaching:not([hx-trigger])")
    assert_accessible(page, "a coached answer")
    for summary in page.locator("main summary").all():  # samples, notes, report: what is folded
        summary.click()
    assert_accessible(page, "a coached answer, unfolded")
    page.keyboard.press("3")
    page.wait_for_url(lambda url: "/answers/" not in url)
    page.goto("/")
    assert_accessible(page, "the dashboard after an answer")
    for path in ("/progress/", "/readiness/", "/readiness/deep/rag/", "/questions/rag-chunking-strategies/history/"):
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        assert_accessible(page, f"{path} after an answer")
    page.goto("/interviews/new/")
    page.fill("#id_on", (datetime.now(UTC) + timedelta(days=20)).date().isoformat())
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/plan/")
    assert_accessible(page, "the plan")
    page.goto("/questions/rag-chunking-strategies/attempts/")
    assert_accessible(page, "the attempts at a question")
