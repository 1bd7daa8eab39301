"""Keys, focus and what is read out: a keyboard alone is enough, and it can be told to keep quiet."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import ANSWER, sign_up
from tests.plant import Plant

CHUNKING = "/questions/rag-chunking-strategies/"


def answer_a_question(page: Page) -> None:
    page.goto(CHUNKING)
    page.fill("#id_text", ANSWER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/answers/**")


def test_single_keys_rate_until_the_profile_switches_them_off(page: Page):
    sign_up(page)
    page.goto("/account/profile/")
    page.uncheck("input[name=has_shortcuts]")
    page.get_by_role("button", name="Save").click()
    answer_a_question(page)
    expect(page.locator("form[data-rate] kbd").first).to_be_hidden()
    address = page.url
    for key in ("1", "3", "b", "p", "?"):
        page.keyboard.press(key)
    assert page.url == address
    expect(page.locator("form[data-rate]")).to_be_visible()

    page.goto("/account/profile/")
    page.check("input[name=has_shortcuts]")
    page.get_by_role("button", name="Save").click()
    page.goto(address)
    page.keyboard.press("3")
    page.wait_for_url(lambda url: url != address)
    expect(page.locator("[data-toast]")).to_contain_text("Good")


def test_enter_does_nothing_outside_of_what_has_the_focus(page: Page):
    sign_up(page)
    answer_a_question(page)
    page.keyboard.press("2")
    page.wait_for_url(lambda url: "/answers/" not in url)
    page.go_back()
    page.reload()
    address = page.url
    page.locator("h1").click()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.url == address


def test_the_rating_and_the_coaching_are_read_out(page: Page):
    sign_up(page)
    answer_a_question(page)
    expect(page.locator("#live")).to_contain_text("Your coaching has arrived.", timeout=20_000)
    expect(page.locator("#live")).to_contain_text("%")
    page.keyboard.press("3")
    page.wait_for_url(lambda url: "/answers/" not in url)
    expect(page.locator("#live")).to_contain_text("It returns on")


def test_the_key_of_undo_undoes_where_it_is_offered(page: Page):
    sign_up(page)
    answer_a_question(page)
    address = page.url
    page.keyboard.press("3")
    page.wait_for_url("**/questions/**")
    expect(page.locator("[data-toast]")).to_contain_text("Good")
    page.keyboard.press("u")
    page.wait_for_url(address)
    expect(page.locator("form[data-rate]")).to_be_visible()


def test_the_answer_box_has_the_focus_when_it_is_empty_and_not_on_touch_screens(new_context: Any):
    page = new_context().new_page()
    email = sign_up(page)
    assert email
    page.goto(CHUNKING)
    expect(page.locator("#id_text")).to_be_focused()
    page.goto(CHUNKING + "#prompt")
    page.reload()
    expect(page.locator("#id_text")).not_to_be_focused()

    phone = new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}).new_page()
    sign_up(phone)
    phone.goto(CHUNKING)
    expect(phone.locator("#id_text")).not_to_be_focused()


def test_an_empty_answer_is_stopped_before_it_is_sent(page: Page):
    sign_up(page)
    page.goto(CHUNKING)
    page.get_by_role("button", name="Submit answer").click()
    assert page.url.endswith(CHUNKING)
    message: str = page.locator("#id_text").evaluate("area => area.validationMessage")
    assert "Write a sentence or two" in message
    page.fill("#id_text", "A sentence about overlap between neighbouring chunks.")
    assert page.locator("#id_text").evaluate("area => area.validity.valid")


def test_the_red_of_an_error_goes_when_the_field_is_mended(page: Page):
    sign_up(page)
    page.goto("/account/profile/")
    field = page.locator("input[name=time_zone]")
    field.fill("Atlantis")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("input[name=time_zone]")).to_have_attribute("aria-invalid", "true")
    page.locator("input[name=time_zone]").fill("Berlin")
    expect(page.locator("input[name=time_zone]")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field-invalid")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 640), (390, 700)])
def test_small_windows_neither_scroll_sideways_nor_cover_the_coaching(new_context: Any, site: Plant, width, height):
    page = new_context(viewport={"width": width, "height": height}).new_page()
    page.goto("/")
    assert sideways(page) == 0
    sign_up(page)
    answer_a_question(page)
    expect(page.locator("#live")).to_contain_text("arrived", timeout=20_000)
    assert sideways(page) == 0
    assert page.locator("form[data-rate]").evaluate("bar => getComputedStyle(bar).position") == "static"
    for path in ("/", CHUNKING, "/questions/", "/account/profile/"):
        page.goto(path)
        assert sideways(page) == 0, path


def sideways(page: Page) -> int:
    """How many pixels of the page lie beside the window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found
