"""What is submitted without a connection is kept here, sent once when it is back, and never as somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.people import ANSWER, log_in, sign_up
from tests.e2e.test_accessible import assert_accessible
from tests.plant import Plant, wait_for

CHUNKING = "/questions/rag-chunking-strategies/"
OTHER = "/questions/hybrid-search/"
KEPT = "Kept on this computer; it is sent when the connection is back."
LATER = "An answer that was written on the train, about headings and overlap."


def answers(site: Plant, email: str, text: str = LATER) -> int:
    rows = site.rows(
        "SELECT count(*) FROM questions_answer a JOIN accounts_user u ON u.id = a.user_id "
        "WHERE u.email = %s AND a.text = %s",
        email,
        text,
    )
    return int(rows[0][0])


def reviews(site: Plant, email: str) -> list[int]:
    rows = site.rows(
        "SELECT r.rating FROM questions_review r JOIN accounts_user u ON u.id = r.user_id WHERE u.email = %s", email
    )
    return [row[0] for row in rows]


def kept(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "Object.keys(localStorage).filter(key => key.includes(':outbox:'))"
        ".flatMap(key => JSON.parse(localStorage.getItem(key)))"
    )
    return found


def submit_offline(context: BrowserContext, page: Page, path: str = CHUNKING, text: str = LATER) -> None:
    page.goto(path)
    page.fill("#id_text", text)
    context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-editor] [data-kept]")).to_contain_text(KEPT)


def test_an_answer_submitted_offline_is_sent_once_and_leads_to_its_page(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    expect(page.locator("#live")).to_have_text(KEPT)
    expect(page.locator("#id_text")).to_have_value(LATER)
    expect(page.locator("#id_text")).to_have_js_property("readOnly", True)
    expect(page.locator("[data-submit]")).to_be_disabled()
    assert_accessible(page, "a kept answer")
    assert answers(site, email) == 0
    context.set_offline(False)
    page.wait_for_url("**/answers/**")
    expect(page.locator("[data-own-answer]")).to_contain_text("written on the train")
    assert answers(site, email) == 1
    assert kept(page) == []
    page.goto(CHUNKING)
    expect(page.locator("#id_text")).to_have_value("")
    expect(page.locator("[data-other-version]")).to_be_hidden()


def test_it_can_be_taken_back_changed_and_submitted_again(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    page.get_by_role("button", name="Change it").click()
    expect(page.locator("#id_text")).to_be_focused()
    assert kept(page) == []
    page.fill("#id_text", LATER + " And how I measure it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-editor] [data-kept]")).to_contain_text(KEPT)
    context.set_offline(False)
    page.wait_for_url("**/answers/**")
    assert answers(site, email) == 0
    assert answers(site, email, LATER + " And how I measure it.") == 1


def test_a_closed_browser_sends_it_from_the_next_page_and_says_so(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/questions/")
    toast = again.locator("#messages [data-toast]")
    expect(toast).to_contain_text("has been sent")
    assert answers(site, email) == 1
    toast.get_by_role("link", name="Read the coaching").click()
    again.wait_for_url("**/answers/**")


def test_the_question_itself_shows_the_kept_answer_until_it_is_sent(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    page.route("**/answer/", lambda route: route.abort())
    context.set_offline(False)
    page.goto("/questions/")
    expect(page.locator("[data-outbox]")).to_contain_text("kept on this computer")
    assert_accessible(page, "a page with something to send")
    page.goto(CHUNKING)
    expect(page.locator("#id_text")).to_have_value(LATER)
    expect(page.locator("#id_text")).to_have_js_property("readOnly", True)
    assert answers(site, email) == 0
    page.unroute("**/answer/")
    page.reload()
    page.wait_for_url("**/answers/**")
    assert answers(site, email) == 1


def test_two_tabs_send_it_once(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    first, second = context.new_page(), context.new_page()
    email = sign_up(first)
    second.goto("/questions/")
    posts: list[str] = []
    context.on("request", lambda request: posts.append(request.url) if request.url.endswith("/answer/") else None)
    submit_offline(context, first)
    expect(second.locator("[data-outbox]")).to_be_visible()
    context.set_offline(False)
    first.wait_for_url(lambda url: "/answers/" in url or url.endswith(CHUNKING))
    wait_for(lambda: answers(site, email) == 1, "the answer")
    expect(second.locator("[data-outbox]")).to_be_hidden()
    wait_for(lambda: kept(second) == [], "an empty outbox")
    assert answers(site, email) == 1
    assert len(posts) == 1


def test_a_reply_that_is_lost_does_not_make_two_answers(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)

    def lose_the_reply(route: Route) -> None:
        route.fetch()  # the server has it, the browser never hears
        route.abort()

    page.route("**/answer/", lose_the_reply, times=1)
    with page.expect_event("requestfailed"):
        context.set_offline(False)
    assert answers(site, email) == 1
    assert kept(page)
    page.reload()
    page.wait_for_url("**/answers/**")
    assert answers(site, email) == 1


def test_an_ordinary_submit_that_gets_lost_is_sent_from_the_next_page(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.route("**/answer/", lambda route: route.abort())
    page.fill("#id_text", LATER)
    with page.expect_event("requestfailed"):
        page.keyboard.press("Control+Enter")
    page.unroute("**/answer/")
    page.goto("/questions/")
    expect(page.locator("#messages [data-toast]")).to_contain_text("has been sent")
    assert answers(site, email) == 1


def test_an_ordinary_submit_leaves_nothing_behind(new_context: Any, site: Plant):
    page = new_context(is_cut_off=True).new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    wait_for(lambda: kept(page) == [], "an empty outbox")
    assert answers(site, email, ANSWER) == 1


def test_a_rating_made_offline_is_sent_once_and_leads_on(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    page.wait_for_selector("#coaching:not([hx-trigger])")
    address = page.url
    context.set_offline(True)
    page.keyboard.press("3")
    expect(page.locator("[data-rate] [data-kept]")).to_contain_text("Good. " + KEPT)
    page.get_by_role("button", name="Change it").click()
    page.keyboard.press("2")
    expect(page.locator("[data-rate] [data-kept]")).to_contain_text("Hard. " + KEPT)
    page.keyboard.press("n")
    assert page.url == address
    assert reviews(site, email) == []
    context.set_offline(False)
    page.wait_for_url(lambda url: url != address)
    expect(page.locator("[data-toast]").first).to_contain_text("Hard")
    assert reviews(site, email) == [2]


def test_a_rating_of_an_earlier_study_day_is_refused_with_what_to_do(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    page.wait_for_selector("#coaching:not([hx-trigger])")
    page.locator("[name=study_day]").evaluate("field => field.value = '2020-01-01'")
    context.set_offline(True)
    page.keyboard.press("3")
    expect(page.locator("[data-rate] [data-kept]")).to_be_visible()
    context.set_offline(False)
    expect(page.locator("[data-rate] [data-refused]")).to_contain_text("A new study day has begun")
    assert reviews(site, email) == []
    assert kept(page) == []


def test_a_refusal_keeps_the_text_and_says_what_to_do(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    page.evaluate(
        "for (const key of Object.keys(localStorage)) if (key.includes(':outbox:')) localStorage.setItem(key, "
        "localStorage.getItem(key).replace('on the train', 'on the \\\\u0000 train'))"
    )
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto("/questions/")
    banner = again.locator("[data-outbox]")
    expect(banner).to_contain_text("was not taken. Null characters are not allowed")
    assert_accessible(again, "a refused answer")
    banner.get_by_role("link", name="Open the question").click()
    again.wait_for_url("**" + CHUNKING)
    expect(again.locator("[data-refused]")).to_contain_text("Your text is in the box")
    expect(again.locator("#id_text")).to_have_value(
        "An answer that was written on the \0 train, about headings and overlap."
    )
    assert answers(site, email) == 0
    again.fill("#id_text", LATER)
    again.keyboard.press("Control+Enter")
    again.wait_for_url("**/answers/**")
    assert answers(site, email) == 1


def test_too_many_answers_wait_for_their_time(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    sign_up(page)
    submit_offline(context, page)
    page.route(
        "**/answer/", lambda route: route.fulfill(status=429, headers={"Retry-After": "40"}, body="<main></main>")
    )
    context.set_offline(False)
    expect(page.locator("[data-editor] [data-kept]")).to_contain_text("The site takes it in 40 seconds")
    assert kept(page)[0]["state"] == "waiting"


def test_a_lost_session_keeps_it_until_the_same_person_is_back(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    context.clear_cookies()
    context.set_offline(False)
    expect(page.locator("[data-editor] [data-kept]")).to_contain_text("kept on this computer")
    assert answers(site, email) == 0
    log_in(page, email)
    wait_for(lambda: answers(site, email) == 1, "the answer")


def test_somebody_else_who_logs_in_never_sends_it(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    page.close()
    context.clear_cookies()
    context.set_offline(False)
    other = context.new_page()
    second = sign_up(other)
    other.goto(CHUNKING)
    expect(other.locator("#id_text")).to_have_value("")
    expect(other.locator("[data-outbox]")).to_be_hidden()
    assert answers(site, email) == answers(site, second) == 0


def log_out(page: Page) -> None:
    page.locator("details:has(form[data-logout]) summary").click()
    page.locator("form[data-logout] button").click()


def test_log_out_asks_before_it_deletes_what_was_not_sent(new_context: Any, site: Plant):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    email = sign_up(page)
    submit_offline(context, page)
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.route("**/answer/", lambda route: route.abort())
    again.goto("/questions/")
    log_out(again)
    dialog = again.locator("#outbox-log-out")
    expect(dialog).to_contain_text("Your answer to “")
    assert_accessible(again, "log out with something unsent")
    dialog.get_by_role("button", name="Stay logged in").click()
    assert kept(again)
    log_out(again)
    dialog.get_by_role("button", name="Delete it and log out").click()
    again.wait_for_url(lambda url: "/questions/" not in url)
    assert kept(again) == []
    again.unroute("**/answer/")
    log_in(again, email)
    again.goto("/questions/")
    assert answers(site, email) == 0


def test_nothing_else_leaves_the_page_while_offline(new_context: Any):
    context = new_context(is_cut_off=True)
    page = context.new_page()
    sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", LATER)
    context.set_offline(True)
    page.keyboard.press("Escape")
    for key in ("x", "s", "p"):
        page.keyboard.press(key)
    expect(page.locator("[data-toast]")).to_have_count(1)
    expect(page.locator("[data-toast]")).to_contain_text("You are offline")
    page.keyboard.press("h")
    expect(page.locator("#hints")).to_contain_text("The hint needs the connection")
    assert page.url.endswith(CHUNKING)
    expect(page.locator("#id_text")).to_have_value(LATER)
    context.set_offline(False)


@pytest.mark.parametrize("count", [2])
def test_several_answers_go_in_their_order(new_context: Any, site: Plant, count: int):
    context = new_context(is_cut_off=True)
    email = ""
    pages = [context.new_page() for _ in range(count)]
    email = sign_up(pages[0])
    for page, path in zip(pages, (CHUNKING, OTHER), strict=True):
        page.goto(path)
        page.fill("#id_text", f"{LATER} {path}")
    context.set_offline(True)
    for page in pages:
        page.bring_to_front()
        page.locator("#id_text").press("Control+Enter")
        expect(page.locator("[data-editor] [data-kept]")).to_contain_text(KEPT)
    for page in pages:
        page.close()
    context.set_offline(False)
    context.new_page().goto("/questions/")
    wait_for(lambda: all(answers(site, email, f"{LATER} {path}") == 1 for path in (CHUNKING, OTHER)), "both answers")
    order = site.rows(
        "SELECT a.text FROM questions_answer a JOIN accounts_user u ON u.id = a.user_id "
        "WHERE u.email = %s ORDER BY a.id",
        email,
    )
    assert [row[0] for row in order] == [f"{LATER} {CHUNKING}", f"{LATER} {OTHER}"]
