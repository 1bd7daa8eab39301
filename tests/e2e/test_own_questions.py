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
    assert alice.locator("ol .row-main a").first.inner_text().startswith("How do you evaluate a RAG system")
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


def test_a_question_that_is_there_already_is_offered_before_it_is_kept(new_context: Any):
    page = new_context().new_page()
    sign_up(page)
    page.goto("/questions/own/new/")
    page.get_by_label("Title").fill("BM25 plus vectors")
    prompt = "Vector search misses exact codes. How do you combine keyword and vector search, and merge both lists?"
    page.get_by_label("Question", exact=True).fill(prompt)
    page.get_by_label("Key points").fill("3: Both lists are merged by rank\nRecall is measured")
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
