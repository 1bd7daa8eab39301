"""The session player by keyboard alone: hints, focus mode, the clock, two devices, and what a screen reader hears."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import ANSWER, log_in, sign_up
from tests.e2e.test_accessible import assert_accessible
from tests.plant import Plant, wait_for

CHUNKING = "/questions/rag-chunking-strategies/"
TYPED = "Half an answer about headings and paragraphs"


def stored(site: Plant, email: str, text: str) -> Any:
    return site.rows(
        "SELECT 1 FROM questions_draft d JOIN accounts_user u ON u.id = d.user_id WHERE u.email = %s AND d.text = %s",
        email,
        text,
    )


def test_a_whole_round_by_keyboard_alone(page: Page, site: Plant):
    email = sign_up(page)
    page.keyboard.press("p")
    page.wait_for_url("**/questions/**")
    address = page.url
    expect(page.locator("#id_text")).to_be_focused()
    page.keyboard.type(TYPED)
    page.keyboard.press("Escape")
    expect(page.locator("#id_text")).not_to_be_focused()
    page.keyboard.press("h")
    expect(page.locator("[data-hint-step]")).to_have_count(1)
    expect(page.locator("#live")).to_contain_text("Hint 1: A good answer makes")
    page.keyboard.press("w")
    expect(page.locator("#id_text")).to_be_focused()
    page.keyboard.type(", and what overlap costs.")
    expect(page.locator("#id_text")).to_have_value(TYPED + ", and what overlap costs.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    expect(page.locator("form[data-rate]")).to_contain_text("You opened 1 hint, so at most Good is suggested.")
    page.keyboard.press("1")
    page.wait_for_url(lambda url: "/answers/" not in url)
    expect(page.locator("[data-toast]")).to_contain_text("Again")
    assert page.url != address
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_url(address)
    expect(page.locator("main")).to_contain_text("it is not rated again")
    expect(page.locator("#id_text")).to_have_value("")
    page.keyboard.type("A second try, from memory.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    expect(page.locator("form[data-rate]")).to_have_count(0)
    page.keyboard.press("n")
    page.wait_for_url("**/questions/**")
    assert page.url != address
    counts = site.rows(
        "SELECT (SELECT count(*) FROM questions_answer a WHERE a.user_id = u.id), "
        "(SELECT count(*) FROM questions_review r WHERE r.user_id = u.id) FROM accounts_user u WHERE u.email = %s",
        email,
    )
    assert [tuple(row) for row in counts] == [(2, 1)]


def test_one_key_says_that_one_cannot_answer(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.wait_for_url("**/revealed/")
    expect(page.locator(".rate-button.is-suggested")).to_contain_text("Again")
    page.keyboard.press("1")
    page.wait_for_url(lambda url: "/revealed/" not in url)
    expect(page.locator("[data-toast]")).to_contain_text("Again")


def test_a_question_can_be_skipped_by_its_key(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.wait_for_url(lambda url: CHUNKING not in url)
    expect(page.locator("[data-toast]")).to_contain_text("comes last today")


def test_hints_open_without_losing_what_is_typed_and_stay_open(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    expect(page.locator("#hints")).to_contain_text("Each hint takes one step off the suggested rating")
    page.fill("#id_text", TYPED)
    button = page.locator("button[data-hint]")
    button.focus()
    for count in (1, 2, 3):
        page.keyboard.press("Enter")
        expect(page.locator("[data-hint-step]")).to_have_count(count)
        expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-hint-step]").last).to_be_focused()
    expect(page.locator("#hints")).to_contain_text("All hints are open, so at most Again is suggested.")
    expect(page.locator("#id_text")).to_have_value(TYPED)
    page.reload()
    expect(page.locator("[data-hint-step]")).to_have_count(4)
    expect(page.locator("#id_text")).to_have_value(TYPED)
    assert_accessible(page, "a question with all its hints")


def test_without_scripts_a_hint_keeps_what_is_typed(new_context: Any):
    page = new_context().new_page()
    email = sign_up(page)
    plain = new_context(java_script_enabled=False).new_page()
    log_in(plain, email)
    plain.goto(CHUNKING)
    plain.fill("#id_text", TYPED)
    plain.click("button[data-hint]")
    plain.wait_for_url("**/#hints")
    expect(plain.locator("[data-hint-step]")).to_have_count(1)
    expect(plain.locator("#id_text")).to_have_value(TYPED)


def test_focus_mode_hides_all_but_the_question_and_is_remembered(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.locator("#live")).to_contain_text("Focus mode is on")
    for hidden in (".topbar", ".crumbs", ".beside", ".ask .meta"):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in ("#prompt", "#id_text", "#hints", "[data-submit]"):
        expect(page.locator(shown)).to_be_visible()
    expect(page.get_by_role("button", name="Leave focus mode")).to_be_visible()
    assert_accessible(page, "focus mode")
    page.reload()
    expect(page.locator(".topbar")).to_be_hidden()
    page.goto("/questions/")
    expect(page.locator(".topbar")).to_be_visible()  # no way out there, so nothing is hidden
    page.goto(CHUNKING)
    page.locator("#id_text").focus()
    page.keyboard.press("Escape")  # out of the box
    expect(page.locator(".topbar")).to_be_hidden()
    page.keyboard.press("Escape")  # out of focus mode
    expect(page.locator(".topbar")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("Focus mode is off")
    page.get_by_role("button", name="Focus mode").click()
    expect(page.locator(".topbar")).to_be_hidden()
    page.get_by_role("button", name="Leave focus mode").click()
    page.reload()
    expect(page.locator(".topbar")).to_be_visible()


def test_the_clock_pauses_and_says_once_that_the_time_to_aim_for_has_come(page: Page):
    sign_up(page)
    page.clock.install()
    page.goto(CHUNKING)
    clock = page.locator("[data-timer-clock]")
    target = int(page.get_attribute("[data-timer-bar]", "max") or 0)
    page.fill("#id_text", TYPED)
    page.keyboard.press("Escape")
    page.clock.run_for(30_000)
    expect(clock).to_have_text("0:30")
    page.keyboard.press("t")
    expect(page.locator("[data-timer-state]")).to_have_text("Paused")
    expect(page.locator("#live")).to_contain_text("Paused")
    expect(page.locator("#id_text")).to_have_js_property("readOnly", True)
    expect(page.locator("#id_text")).to_have_value(TYPED)
    expect(page.locator("#prompt")).to_be_visible()
    page.clock.run_for(60_000)
    expect(clock).to_have_text("0:30")
    assert_accessible(page, "paused")
    page.keyboard.press("t")
    expect(page.locator("#id_text")).to_have_js_property("readOnly", False)
    for _ in range(target // 60 + 1):
        page.keyboard.press("Shift")  # somebody is there
        page.clock.run_for(60_000)
    expect(page.locator("#live")).to_contain_text("the time to aim for. You can go on.")
    expect(page.locator("[data-timer][data-reached]")).to_be_visible()
    page.evaluate("document.getElementById('live').textContent = ''")
    page.clock.run_for(60_000)
    expect(page.locator("#live")).to_have_text("")


def test_the_clock_stops_when_nobody_is_there_and_goes_on_with_them(page: Page):
    sign_up(page)
    page.clock.install()
    page.goto(CHUNKING)
    page.keyboard.press("Shift")
    page.clock.run_for(20 * 60_000)
    expect(page.locator("[data-timer-state]")).to_have_text("Stopped after 5 quiet minutes")
    expect(page.locator("[data-timer-clock]")).to_have_text("5:00")
    expect(page.locator("#id_text")).to_have_js_property("readOnly", False)
    page.keyboard.type("Back")
    page.clock.run_for(3_000)
    expect(page.locator("[data-timer-state]")).to_have_text("")
    expect(page.locator("[data-timer-clock]")).to_have_text("5:03")


def test_a_paused_answer_can_be_submitted(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.get_by_role("button", name="Pause", exact=False).first.click()
    page.get_by_role("button", name="Submit answer").click()
    page.wait_for_url("**/answers/**")


def test_an_empty_box_is_still_stopped_while_paused(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.locator("[data-timer-pause]").click()
    page.get_by_role("button", name="Submit answer").click()
    assert page.url.endswith(CHUNKING)
    assert "Write a sentence" in page.locator("#id_text").evaluate("area => area.validationMessage")


def test_another_device_opens_the_answer_read_only_and_can_take_over(new_context: Any, site: Plant):
    laptop = new_context().new_page()
    email = sign_up(laptop)
    laptop.goto(CHUNKING)
    laptop.fill("#id_text", TYPED)
    wait_for(lambda: stored(site, email, TYPED), "the laptop's draft")
    laptop.reload()
    expect(laptop.locator("[data-lock]")).to_be_hidden()  # never out of one's own

    phone = new_context(viewport={"width": 390, "height": 844}).new_page()
    log_in(phone, email)
    phone.goto(CHUNKING)
    expect(phone.locator("[data-lock]")).to_contain_text("on another device, saved")
    expect(phone.locator("#id_text")).to_have_js_property("readOnly", True)
    expect(phone.locator("#id_text")).to_have_value(TYPED)
    expect(phone.locator("[data-submit]")).to_be_disabled()
    expect(phone.locator("#live")).to_contain_text("read-only here")
    assert_accessible(phone, "written elsewhere")
    phone.keyboard.press("Control+Enter")
    assert phone.url.endswith(CHUNKING)

    phone.get_by_role("button", name="Go on here").click()
    expect(phone.locator("#id_text")).to_have_js_property("readOnly", False)
    expect(phone.locator("[data-lock]")).to_be_hidden()
    expect(phone.locator("#id_text")).to_have_value(TYPED)
    phone.fill("#id_text", TYPED + ", gone on with on the phone")
    wait_for(lambda: stored(site, email, TYPED + ", gone on with on the phone"), "the phone's draft")

    laptop.reload()
    expect(laptop.locator("[data-lock]")).to_be_visible()


def test_whoever_comes_back_by_a_link_goes_on_at_once(new_context: Any, site: Plant):
    page = new_context().new_page()
    email = sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", TYPED)
    page.goto("/questions/")
    wait_for(lambda: stored(site, email, TYPED), "the draft")
    page.goto(CHUNKING)
    expect(page.locator("#id_text")).to_have_value(TYPED)
    expect(page.locator("[data-timer]")).to_be_visible()
    expect(page.locator("#id_text")).to_have_js_property("readOnly", False)


def test_a_second_tab_gives_way_while_the_first_is_open_and_not_after(new_context: Any, site: Plant):
    context = new_context()
    first = context.new_page()
    email = sign_up(first)
    first.goto(CHUNKING)
    first.fill("#id_text", TYPED)
    wait_for(lambda: stored(site, email, TYPED), "the first tab's draft")
    second = context.new_page()
    second.goto(CHUNKING)
    expect(second.locator("[data-lock]")).to_contain_text("in another tab of this browser")
    first.close()
    second.reload()
    expect(second.locator("[data-timer]")).to_be_visible()
    expect(second.locator("[data-lock]")).to_be_hidden()
    expect(second.locator("#id_text")).to_have_js_property("readOnly", False)


def test_every_key_of_the_player_stands_in_the_list_of_keys(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    used = set(page.evaluate("[...document.querySelectorAll('main [data-key]')].map(node => node.dataset.key)"))
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")
    used |= set(page.evaluate("[...document.querySelectorAll('main [data-key]')].map(node => node.dataset.key)"))
    assert {"w", "h", "t", "x", "f", "s", "1", "4"} <= used
    page.keyboard.press("?")
    listed = set(page.locator("#keyboard-help kbd").all_inner_texts())
    assert used <= listed


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_player_is_accessible_on_a_phone(new_context: Any, scheme: str):
    page = new_context(color_scheme=scheme, viewport={"width": 390, "height": 844}).new_page()
    sign_up(page)
    page.goto(CHUNKING)
    page.click("button[data-hint]")
    expect(page.locator("[data-hint-step]")).to_have_count(1)
    page.click("[data-timer-pause]")
    assert_accessible(page, "paused, with a hint")
    page.click("[data-focus-toggle]")
    assert_accessible(page, "focus mode")
