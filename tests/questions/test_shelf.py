"""The bank's page: what a search shows as found, filters with several values, and what the address keeps."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from questions.bank.embeddings import local_encoder
from questions.bank.search import LEAST_NEARNESS, NEAREST, Hit, matching
from questions.bank.spelling import british
from questions.bank.state import local_model_name
from questions.bank.terms import exact_terms
from questions.bank.vectors import embed_bank
from questions.browse.filters import MOST_VALUES, read_filters
from questions.models import Question
from tests.cast import own_question


@pytest.fixture(autouse=True)
def _encoder_here(settings):
    settings.SEARCH_ENCODER = "here"


@pytest.fixture
def embedded(bank: dict[str, Question]) -> dict[str, Question]:
    embed_bank(local_model_name(), local_encoder, lambda done, total: None)
    return bank


def page(client: Client, query: str, **headers: Any) -> str:
    response = client.get(f"/questions/{query}", **headers)
    assert response.status_code == 200
    return response.content.decode()


def found(html: str) -> list[str]:
    return re.findall(r'class="bank-title"\s+href="/questions/([a-z0-9-]+)/"', html)


def hit(pk: int, nearness: float, *terms: str, likeness: float = 0.0) -> Hit:
    return Hit(question_id=pk, score=nearness, nearness=nearness, likeness=likeness, terms=terms)


def test_the_tail_of_a_search_is_no_match_and_an_exact_term_is_one():
    hits = [hit(1, 0.7), hit(2, 0.5), hit(3, 0.48), hit(4, 0.05, "hnsw")]

    assert [one.question_id for one in matching(hits)] == [1, 2, 4]
    assert [one.question_id for one in matching([hit(1, 0.4), hit(2, 0.29), hit(3, 0.27)])] == [1, 2]
    assert matching([hit(1, LEAST_NEARNESS - 0.01)]) == []
    assert matching([hit(1, 0.35, likeness=0.35)]) == [], "no word of the query stands in any question"
    assert len(matching([hit(1, 0.35, likeness=0.3)])) == 1
    assert matching([]) == []


def test_nonsense_is_answered_with_no_match_and_a_few_of_the_nearest(as_alice, embedded):
    html = page(as_alice, "?q=asdfgh+qwerty+zxcv")

    assert "No question matches “asdfgh qwerty zxcv”" in html
    assert len(found(html)) <= NEAREST


def test_a_search_by_meaning_finds_and_filters_narrow_it(as_alice, embedded):
    assert "hybrid-search" in found(page(as_alice, "?q=hybrid+search+over+documents"))
    assert found(page(as_alice, "?q=hybrid+search+over+documents&level=nobody")) == []


def test_several_values_of_one_filter_widen_and_two_filters_narrow(as_alice, bank):
    levels = {slug: question.level for slug, question in bank.items()}
    both = found(page(as_alice, "?level=junior&level=senior"))
    assert sorted(both) == sorted(slug for slug, level in levels.items() if level in {"junior", "senior"})

    narrowed = found(page(as_alice, "?level=junior&level=senior&category=rag"))
    assert sorted(narrowed) == sorted(slug for slug in both if bank[slug].category.slug == "rag")


def test_each_choice_counts_what_it_would_add_and_leads_to_it(as_alice, bank):
    html = page(as_alice, "?level=junior")
    choice = r'href="(\?level=junior&amp;level=mid)"[^>]*>\s*<span>.*?</span>\s*<span class="facet-count tnum">(\d+)<'
    ((address, count),) = re.findall(choice, html, re.S)
    assert int(count) == sum(question.level == "mid" for question in bank.values())
    assert len(found(page(as_alice, address.replace("&amp;", "&")))) == int(count) + len(found(html))


def test_own_questions_can_be_left_out(as_alice, alice, embedded):
    own = own_question(alice, title="Hybrid search at work")

    everything = found(page(as_alice, "?q=hybrid+search"))
    assert own.slug in everything
    assert own.slug not in found(page(as_alice, "?q=hybrid+search&mine=bank"))
    assert found(page(as_alice, "?mine=1")) == [own.slug]
    assert "The bank’s" in page(as_alice, "")


def test_who_has_no_own_questions_is_not_asked_whose(as_alice, bank):
    assert "The bank’s" not in page(as_alice, "")


def test_the_search_form_sends_the_filters_without_javascript(as_alice, bank):
    html = page(as_alice, "?level=junior&level=mid&sort=title")
    fields = re.findall(r'<input type="hidden"\s+name="(\w+)"\s+value="(\w+)"\s+form="bank-search">', html)
    assert fields == [("level", "junior"), ("level", "mid"), ("sort", "title")]
    assert 'id="bank-search"' in html


def test_typing_adds_one_step_to_the_history_and_an_empty_search_leaves_no_trace(as_alice, embedded):
    first = as_alice.get(
        "/questions/?q=hybrid&level=mid", headers={"hx-request": "true", "hx-current-url": "/questions/"}
    )
    assert first["HX-Push-Url"] == "/questions/?q=hybrid&level=mid"
    going_on = {"hx-request": "true", "hx-current-url": "http://testserver/questions/?q=hybrid&level=mid"}
    assert as_alice.get("/questions/?q=&level=mid", headers=going_on)["HX-Replace-Url"] == "/questions/?level=mid"
    assert "HX-Push-Url" not in as_alice.get("/questions/?q=hybrid")


def test_a_term_of_the_hidden_answer_is_named_as_that_and_one_in_sight_is_not(as_alice, embedded):
    Question.objects.filter(slug="chunking").update(main_terms=["hnsw"], terms=["hnsw"])
    Question.objects.filter(slug="hybrid-search").update(title="Tuning HNSW", main_terms=["hnsw"], terms=["hnsw"])

    html = page(as_alice, "?q=hnsw")

    assert found(html)[:2] == ["hybrid-search", "chunking"], "the one whose title says it comes first"
    assert html.count("Its answer is about HNSW") == 1
    assert "Tuning <mark>HNSW</mark>" in html


def test_capitals_of_code_are_no_acronyms_and_names_stay():
    text = (
        "Run `INSERT ON CONFLICT DO NOTHING` AND log 429.\n```sql\nSELECT tokens FROM runs\n```\nHNSW and `LoRA`, SQL."
    )
    assert exact_terms([text]) == ["429", "hnsw", "lora", "sql"]


@pytest.mark.parametrize(
    ("american", "ours"),
    [
        ("quantization of an optimizer", "quantisation of an optimiser"),
        ("Behavioral rounds, favorite colors", "Behavioural rounds, favourite colours"),
        ("analyze tokenized text", "analyse tokenised text"),
        ("labor, or a labeled ordinary author", "labour, or a labeled ordinary author"),
        ("HNSW for 3 doors", "HNSW for 3 doors"),
    ],
)
def test_american_spelling_is_read_as_the_banks(american, ours):
    assert british(american) == ours


def test_addresses_are_read_with_limits():
    filters = read_filters(
        QueryDict("level=mid&level=mid&level=%00&tag=a&tag=b&saved=yes&sort=up&page=0&q=%20a%20%20b")
    )
    assert filters.chosen == (("level", ("mid",)), ("tag", ("a", "b")), ("saved", ("1",)))
    assert (filters.q, filters.sort, filters.page) == ("a b", "", 1)
    assert filters.toggled("tag", "a") == "?q=a+b&level=mid&tag=b&saved=1"
    assert filters.toggled("category", "rag").startswith("?q=a+b&category=rag&level=mid")
    assert filters.cleared == "?q=a+b"
    many = read_filters(QueryDict("&".join(f"tag=t{number}" for number in range(100))))
    assert len(many.values("tag")) == MOST_VALUES


@pytest.mark.parametrize("address", ["http://[", "http://x/?q=a", "", "?"])
def test_whatever_page_a_browser_says_it_is_on(as_alice, embedded, address):
    response = as_alice.get("/questions/?q=chunks", headers={"HX-Request": "true", "HX-Current-URL": address})
    assert response.status_code == 200
    assert response.headers.get("HX-Replace-Url" if "q=" in address else "HX-Push-Url") == "/questions/?q=chunks"
