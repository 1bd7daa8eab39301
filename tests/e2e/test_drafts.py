"""What is typed survives a closed tab, a lost session and a lost connection, and nobody else finds it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.people import log_in, sign_up
from tests.plant import Plant, wait_for

CHUNKING = "/questions/rag-chunking-strategies/"
TYPED = "Half an answer about headings and paragraphs"


def keys(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(localStorage).filter(key => key.includes('draft'))")
    return found


def test_a_closed_tab_loses_nothing(new_context: Any):
    context = new_context()
    page = context.new_page()
    sign_up(page)
    page.goto(CHUNKING)
    page.locator("#id_text").press_sequentially(TYPED)
    wait_for(lambda: keys(page), "the local copy")
    page.close()
    again = context.new_page()
    again.goto(CHUNKING)
    expect(again.locator("#id_text")).to_have_value(TYPED)


def test_the_server_keeps_a_copy_for_another_computer(new_context: Any, site: Plant):
    page = new_context().new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", TYPED)
    wait_for(
        lambda: site.rows(
            "SELECT 1 FROM questions_draft d JOIN accounts_user u ON u.id = d.user_id "
            "WHERE u.email = %s AND d.text = %s",
            email,
            TYPED,
        ),
        "the server's copy",
    )
    other = new_context().new_page()
    log_in(other, email)
    other.goto(CHUNKING)
    expect(other.locator("#id_text")).to_have_value(TYPED)


def test_a_lost_session_keeps_the_text_and_brings_it_back_after_log_in(new_context: Any):
    context = new_context()
    page = context.new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", TYPED)
    wait_for(lambda: keys(page), "the local copy")
    context.clear_cookies()
    page.fill("#id_text", TYPED + ", typed after the session was lost")
    wait_for(lambda: "after the session" in page.evaluate("JSON.stringify(localStorage)"), "the local copy")
    log_in(page, email)
    page.goto(CHUNKING)
    expect(page.locator("#id_text")).to_have_value(TYPED + ", typed after the session was lost")


def test_a_lost_connection_keeps_the_text_here(new_context: Any):
    context = new_context()
    page = context.new_page()
    sign_up(page)
    page.goto(CHUNKING)
    page.route("**/draft/", lambda route: route.abort())
    page.fill("#id_text", TYPED)
    wait_for(lambda: keys(page), "the local copy")
    page.unroute("**/draft/")
    page.reload()
    expect(page.locator("#id_text")).to_have_value(TYPED)


def test_log_out_leaves_nothing_for_the_next_person(new_context: Any):
    context = new_context()
    page = context.new_page()
    sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", TYPED)
    wait_for(lambda: keys(page), "the local copy")
    page.locator("details:has(form[data-logout]) summary").click()
    page.locator("form[data-logout] button").click()
    page.wait_for_url(lambda url: CHUNKING not in url)
    assert keys(page) == []
    sign_up(page)
    page.goto(CHUNKING)
    expect(page.locator("#id_text")).to_have_value("")


def test_two_tabs_on_one_question_do_not_overwrite_each_other(new_context: Any, site: Plant):
    context = new_context()
    first = context.new_page()
    email = sign_up(first)
    first.goto(CHUNKING)
    second = context.new_page()
    second.goto(CHUNKING)

    def stored(text: str) -> Any:
        return site.rows(
            "SELECT 1 FROM questions_draft d JOIN accounts_user u ON u.id = d.user_id "
            "WHERE u.email = %s AND d.text = %s",
            email,
            text,
        )

    second.bring_to_front()
    second.fill("#id_text", "Written in the second tab")
    wait_for(lambda: stored("Written in the second tab"), "the second tab's draft")
    first.bring_to_front()
    first.fill("#id_text", "Written in the first tab")
    expect(first.locator("[data-other-version]")).to_be_visible(timeout=20_000)
    expect(first.locator("[data-other-text]")).to_contain_text("another version of this answer")
    assert stored("Written in the second tab")

    first.click("[data-other-swap]")
    expect(first.locator("#id_text")).to_have_value("Written in the second tab")
    first.click("[data-other-swap]")
    expect(first.locator("#id_text")).to_have_value("Written in the first tab")
    first.click("[data-other-drop]")
    wait_for(lambda: stored("Written in the first tab"), "the chosen draft")
