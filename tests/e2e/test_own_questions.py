"""Own questions in a real browser: typed, brought from a file, collected, shared by link, taken by somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.people import sign_up
from tests.e2e.test_accessible import assert_accessible

FILE = (
    "title,prompt,key_points\n"
    '"Reranking at work","Why do we rerank passages before a model?","3: Both are read together | It is slow"\n'
    '"A wrong row","It has no points",""\n'
)


def test_a_file_becomes_a_collection_that_somebody_else_takes(new_context: Any):
    alice = new_context().new_page()
    sign_up(alice)
    alice.goto("/questions/own/")
    alice.get_by_role("link", name="Import a file").click()
    alice.set_input_files("input[type=file]", {"name": "acme.csv", "mimeType": "text/csv", "buffer": FILE.encode()})
    alice.get_by_role("button", name="Read the file").click()
    alice.get_by_text("there is nothing to grade by").wait_for()
    assert_accessible(alice, "the preview of a file")
    alice.get_by_role("button", name="Import", exact=True).click()
    alice.get_by_role("heading", name="acme").wait_for()
    alice.get_by_role("link", name="Add questions").click()
    alice.get_by_role("button", name="Add: How do you evaluate a RAG system").click()
    alice.get_by_role("button", name="In the collection: How do you evaluate a RAG system").wait_for()
    alice.get_by_role("link", name="acme").click()
    alice.get_by_role("button", name="Move up: How do you evaluate a RAG system").click()
    alice.locator("ol .row:first-child").get_by_text("How do you evaluate a RAG system").wait_for()
    alice.get_by_role("button", name="Make a link").click()
    link = alice.locator("#link").inner_text()

    bob = new_context().new_page()
    bob.goto(link)
    assert "Why do we rerank passages before" in bob.locator("main").inner_text()
    assert "read together" not in bob.locator("main").inner_text()
    assert_accessible(bob, "a shared collection")
    sign_up(bob)
    bob.goto(link)
    bob.get_by_role("link", name="Add to my collections").click()
    bob.get_by_role("button", name="Add it").click()
    bob.get_by_text("1 of them as private cop").wait_for()
    assert bob.locator("ol .row").count() == 2


TWELVE = "front,back\n" + "".join(f"What is number {n}?,It is {n}. It is more.\n" for n in range(1, 13))


def import_twelve(page: Any) -> None:
    sign_up(page)
    page.goto("/questions/own/import/")
    page.set_input_files("input[type=file]", {"name": "long.csv", "mimeType": "text/csv", "buffer": TWELVE.encode()})
    page.get_by_role("button", name="Read the file").click()
    page.wait_for_url("**/preview/")


def first_title(page: Any) -> str:
    return str(page.locator("ol .row .own-title").first.inner_text())


@pytest.mark.parametrize("has_script", [True, False])
def test_the_keyboard_orders_a_long_collection_and_takes_a_slip_back(new_context: Any, has_script: bool):
    page = new_context(java_script_enabled=has_script).new_page()
    import_twelve(page)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("heading", name="long").wait_for()

    page.get_by_role("button", name="Move to the top: What is number 9?").press("Enter")
    page.locator("ol .row:first-child").get_by_text("number 9?").wait_for()
    focused = page.locator(":focus")
    assert focused.get_attribute("aria-label") == "Move to the top: What is number 9?"
    place = page.get_by_label("Place of What is number 9?")
    place.fill("12")
    place.press("Enter")
    page.locator("ol .row:last-child").get_by_text("number 9?").wait_for()
    assert focused.get_attribute("aria-label") == "Place of What is number 9?, now 12 of 12"

    page.get_by_role("button", name="Take out: What is number 4?").press("Enter")
    page.get_by_text("Taken out: What is number 4?").wait_for()
    assert page.locator("#collection-count").inner_text().startswith("11 questions")
    assert focused.get_attribute("id") == "put-back"
    if has_script:  # axe needs it too
        assert_accessible(page, "a collection with an undo")
    focused.press("Enter")
    page.get_by_text("Taken out").wait_for(state="detached")
    assert page.get_by_label("Place of What is number 4?, now 4 of 12").count() == 1
    assert focused.get_attribute("aria-label") == "Take out: What is number 4?"


@pytest.mark.parametrize("has_script", [True, False])
def test_a_row_opens_and_its_tick_counts(new_context: Any, has_script: bool):
    page = new_context(java_script_enabled=has_script).new_page()
    import_twelve(page)
    page.get_by_text("What is number 3?").first.click()
    page.locator("details[open] .import-body p", has_text="It is 3. It is more.").wait_for()
    page.get_by_label("Import: What is number 3?").uncheck()
    if has_script:
        assert_accessible(page, "an opened row of the preview")
        page.locator("#ticked").get_by_text("11", exact=True).wait_for()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Imported: 11 questions.").wait_for()
    assert page.get_by_text("What is number 3?").count() == 0


def test_a_question_that_is_there_already_is_offered_before_it_is_kept(new_context: Any):
    page = new_context().new_page()
    sign_up(page)
    page.goto("/questions/own/new/")
    page.get_by_label("Title").fill("BM25 plus vectors")
    prompt = "Vector search misses exact codes. How do you combine keyword and vector search, and merge both lists?"
    page.get_by_label("Question", exact=True).fill(prompt)
    page.get_by_label("Key points").fill("3: Both lists are merged by rank\nRecall is measured")
    page.get_by_label("Category").select_option("rag")
    page.get_by_role("button", name="Keep this question").click()
    page.get_by_role("link", name="When and how do you combine keyword and vector search?").wait_for()
    page.get_by_role("button", name="Save it anyway").click()
    page.get_by_text("1 question that only you see").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_own_questions_and_collections(new_context: Any, scheme: str, width: int):
    page = new_context(color_scheme=scheme, viewport={"width": width, "height": 844}).new_page()
    sign_up(page)
    paths = ["/questions/own/", "/questions/own/new/", "/questions/own/import/", "/collections/"]
    for path in [*paths, "/questions/rag-chunking-strategies/collections/"]:
        page.goto(path)
        assert_accessible(page, path)
    page.goto("/collections/")
    page.get_by_label("Name").fill("For Acme")
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url("**/collections/*/")
    address = page.url
    for path in ("", "add/", "edit/", "delete/"):
        page.goto(address + path)
        assert_accessible(page, f"a collection's {path}")
