"""After a refused form the first wrong field has the focus, and says what is wrong with it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.people import PASSWORD, new_address, sign_up
from tests.e2e.test_drafts import CHUNKING

FOCUSED = "() => document.activeElement.name || document.activeElement.getAttribute('role') || 'nothing'"


def focused(page: Page) -> str:
    page.wait_for_load_state("load")
    found: str = page.evaluate(FOCUSED)
    return found


def described(page: Page, name: str) -> str:
    """The text that a screen reader adds to the field's name."""
    field = page.locator(f"[name={name}]")
    expect(field).to_have_attribute("aria-invalid", "true")
    ids = (field.get_attribute("aria-describedby") or "").split()
    return " ".join(page.locator(f"[id='{each}']").inner_text() for each in ids)


def test_the_first_wrong_field_has_the_focus(page: Page):
    page.goto("/accounts/signup/")
    assert focused(page) == "nothing"
    page.fill("input[name=email]", new_address())
    page.fill("input[name=password1]", "password")
    page.locator("main form").get_by_role("button", name="Sign up").click()
    expect(page.locator("main .errorlist")).to_be_visible()
    assert focused(page) == "password1"
    assert "too common" in described(page, "password1")


def test_of_several_wrong_fields_it_is_the_first(page: Page):
    sign_up(page)
    page.goto("/account/profile/")
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.fill("input[name=time_zone]", "Atlantis")
    page.locator("select[name=target_level] option").first.evaluate("option => { option.value = 'boss' }")
    page.select_option("select[name=target_level]", "boss")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main .errorlist")).to_have_count(2)
    first = page.locator("[aria-invalid=true]").first.get_attribute("name")
    assert focused(page) == first
    assert page.locator("[autofocus]").count() == 1


def test_a_wrong_step_of_the_set_up_has_the_focus(page: Page):
    sign_up(page)
    page.goto("/welcome/3/")
    page.locator("main form").first.evaluate("form => form.noValidate = true")
    page.fill("input[name=minutes_a_day]", "1")
    page.get_by_role("button", name="Finish").click()
    expect(page.locator("main .errorlist")).to_be_visible()
    assert focused(page) == "minutes_a_day"
    page.goto("/welcome/")
    page.locator("main form").first.evaluate("form => { form.noValidate = true; form.target_level[1].checked = false }")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("main .errorlist")).to_be_visible()
    assert focused(page) == "target_level"


def test_an_error_of_the_whole_form_has_the_focus_itself(page: Page):
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "nobody@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.locator("form:has(input[name=password])").get_by_role("button", name="Log in").click()
    expect(page.locator("main .notice-danger").first).to_contain_text("do not belong together")
    assert focused(page) == "alert"


def test_it_works_without_scripts(new_context: Any):
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/accounts/signup/")
    page.fill("input[name=email]", new_address())
    page.fill("input[name=password1]", "password")
    page.locator("main form").get_by_role("button", name="Sign up").click()
    expect(page.locator("input[name=password1]")).to_be_focused()
    sign_up(page)
    page.goto(CHUNKING)
    page.fill("#id_text", "   ")
    page.locator("form:has(#id_text) button[type=submit]").first.click()
    expect(page.locator("#id_text")).to_be_focused()
    expect(page.locator("#id_text")).to_have_attribute("aria-invalid", "true")
