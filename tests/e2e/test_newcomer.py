"""A newcomer's whole first visit, in a real browser against a whole running site."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.people import ANSWER, PASSWORD, new_address, sign_up
from tests.plant import Plant

CHUNKING = "/questions/rag-chunking-strategies/"


def test_from_sign_up_to_a_rated_question_on_the_dashboard(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Start practising").first.click()
    email = new_address()
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.locator("form:has(input[name=password1])").get_by_role("button", name="Sign up").click()
    for _ in range(3):
        page.wait_for_url("**/welcome/**")
        page.get_by_role("button", name=re.compile("Continue|Next|Finish|Done|Start")).first.click()
    page.wait_for_url(lambda url: "/welcome/" not in url)

    page.goto("/")
    page.get_by_role("link", name="Practise").last.click()
    page.wait_for_url("**/questions/**")
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")

    coaching = page.locator("#coaching")
    expect(coaching).not_to_have_attribute("hx-trigger", re.compile("every"), timeout=20_000)
    quotes = [text.strip('“”" \n') for text in coaching.locator("blockquote").all_inner_texts()]
    assert quotes, "the coaching quotes nothing"
    said = " ".join(ANSWER.split())
    for quote in quotes:
        assert " ".join(quote.split()) in said
    expect(coaching).to_contain_text("coverage estimate")

    page.keyboard.press("3")
    page.wait_for_url(lambda url: "/answers/" not in url)
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Good")
    toast.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/answers/**")
    expect(page.locator("form[data-rate]")).to_be_visible()

    page.locator("form[data-rate] button[value='4']").click()
    page.wait_for_url(lambda url: "/answers/" not in url)
    page.goto("/")
    expect(page.get_by_text("Last coaching")).to_be_visible()
    expect(page.get_by_text("1 answer so far")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Choosing a chunking strategy")


def test_without_javascript_everything_but_the_live_parts_works(new_context: Any, site: Plant):
    page = new_context(java_script_enabled=False).new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.get_by_role("button", name="Submit answer").click()
    page.wait_for_url("**/answers/**")
    answer = page.url
    expect(page.get_by_role("heading", name="A strong answer", exact=True)).to_be_visible()
    for _ in range(60):
        page.goto(answer)
        if "coverage estimate" in page.inner_text("main"):
            break
        page.wait_for_timeout(500)
    assert page.locator("#coaching blockquote").count() > 0
    page.locator("form[data-rate] button[value='3']").click()
    page.wait_for_url(lambda url: "/answers/" not in url)
    expect(page.locator("[data-toast]")).to_contain_text("Good")
    page.goto(answer)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/answers/**")
    page.locator("form[data-rate] button[value='1']").click()
    page.goto("/")
    expect(page.get_by_text("1 answer so far")).to_be_visible()
    page.goto("/account/profile/")
    page.get_by_role("button", name=re.compile("Save")).first.click()
    assert email.partition("@")[0] in page.content()


def test_an_empty_answer_is_refused_with_what_to_do(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", "   ")
    # The browser stops it by itself (test_keys): this is for one that does not.
    page.locator("form[data-editor]").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Submit answer").click()
    expect(page.locator("main")).to_contain_text("The answer is empty")


def test_who_cannot_answer_may_look_and_only_rate_low(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.get_by_role("button", name="I can’t answer this yet").click()
    page.wait_for_url("**/revealed/")
    expect(page.get_by_role("heading", name="A strong answer", exact=True)).to_be_visible()
    expect(page.locator("form[data-rate] button[value='3']")).to_be_disabled()
    page.keyboard.press("1")
    page.wait_for_url(lambda url: "/revealed/" not in url)
    expect(page.locator("[data-toast]")).to_contain_text("Again")
