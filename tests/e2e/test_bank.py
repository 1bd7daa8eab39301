"""The bank in a real browser: typing refines one step back, filters stay open, notes survive, a collection leads on."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.e2e.people import sign_up
from tests.e2e.test_accessible import assert_accessible

QUESTIONS = ("How do you evaluate a RAG system", "Hybrid search")


def test_typing_a_search_is_one_step_of_the_history(new_context: Any):
    page = new_context().new_page()
    sign_up(page)
    page.goto("/questions/?level=mid")
    box = page.get_by_role("searchbox", name="Search the bank")
    for typed in ("reranking", "reranking passages", "reranking passages for an answer"):
        box.fill(typed)
        page.wait_for_url(lambda url, typed=typed: parse_qs(urlsplit(url).query).get("q") == [typed])
    assert parse_qs(urlsplit(page.url).query)["level"] == ["mid"], "the search keeps the filters"
    page.go_back()
    page.wait_for_url("**/questions/?level=mid")


def test_two_values_of_a_filter_are_chosen_by_keyboard_without_opening_it_again(new_context: Any):
    page = new_context().new_page()
    sign_up(page)
    page.goto("/questions/")
    page.locator("summary", has_text="Level").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Junior").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions/?level=junior")
    page.wait_for_function("document.activeElement?.dataset.value === 'junior'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions/?level=junior&level=mid")
    assert page.locator(".chosen .chip").count() == 2
    assert_accessible(page, "the bank with an open filter")


def test_notes_that_were_not_kept_survive_a_reload_and_kept_ones_are_told_from_them(new_context: Any):
    page = new_context().new_page()
    sign_up(page)
    page.goto("/questions/hybrid-search/")
    page.get_by_text("My notes").first.click()
    page.get_by_label("My notes").fill("Ask about weights.")
    page.reload()
    assert page.get_by_label("My notes").input_value() == "Ask about weights."
    assert page.get_by_text("not kept yet").is_visible()
    page.get_by_role("button", name="Keep notes").click()
    page.wait_for_load_state()
    page.reload()
    assert page.get_by_label("My notes").input_value() == "Ask about weights."
    assert page.get_by_text("not kept yet").is_hidden()


def test_a_collection_is_practised_from_question_to_question(new_context: Any):
    page = new_context().new_page()
    sign_up(page)
    page.goto("/questions/hybrid-search/collections/")
    page.get_by_label("New collection").fill("For Acme")
    page.get_by_role("button", name="Make it and put the question in").click()
    page.goto("/collections/")
    page.get_by_role("link", name="For Acme", exact=True).click()
    page.get_by_role("link", name="Practise what is due or new").click()
    page.get_by_text("1 of 1").wait_for()
    page.get_by_label("Your answer").fill(
        "Both lists are merged by reciprocal rank fusion, since their scores differ in scale."
    )
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="How did it go?").wait_for()
    assert page.get_by_role("link", name="For Acme").is_visible()
    page.keyboard.press("3")
    page.get_by_role("heading", name="“For Acme” is done for today.").wait_for()
    assert_accessible(page, "the end of a collection")
