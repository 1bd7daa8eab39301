"""What a search says beside its results: a word spelled otherwise, a category by its name, what is only near."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from questions.bank.embeddings import local_encoder
from questions.bank.query_vectors import read_query
from questions.bank.search import Hit, matching, search
from questions.bank.state import local_model_name
from questions.bank.vectors import embed_bank
from questions.browse import wording
from questions.browse.wording import category_named, respelled
from questions.models import Question


@pytest.fixture(autouse=True)
def _fresh_words(settings):
    settings.SEARCH_ENCODER = "here"
    wording._bank_words.cache_clear()


@pytest.fixture
def titled(bank: dict[str, Question]) -> dict[str, Question]:
    """The small bank with titles and prompts that differ."""
    texts: dict[str, Any] = {
        "chunking": ("How do you choose a chunk size?", "A retrieval service splits manuals. How do you split them?"),
        "hybrid-search": ("Hybrid search", "When do keywords find what embeddings miss, and how do you fuse the two?"),
        "agent-memory": ("What does an agent remember?", "Your agent forgets between sessions. What do you store?"),
        "tool-calling": ("Hallucinated tools", "The model calls a tool that does not exist. What do you do?"),
        "hard-decision": ("A hallucination in production", "Tell me how an invented answer reached a customer."),
    }
    for slug, (title, prompt) in texts.items():
        Question.objects.filter(slug=slug).update(title=title, prompt=prompt)
    embed_bank(local_model_name(), local_encoder, lambda done, total: None)
    return {question.slug: question for question in Question.objects.all()}


def page(client: Client, query: str) -> str:
    response = client.get(f"/questions/?q={query}")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_a_title_that_holds_every_word_of_a_short_query_matches(alice, titled):
    hits = matching(search(alice, read_query("hallucination")))

    assert {titled["tool-calling"].pk, titled["hard-decision"].pk} <= {hit.question_id for hit in hits}
    assert [hit.in_title for hit in hits][:2] == [True, True], "and comes first"
    assert not any(hit.in_title for hit in search(alice, read_query("hallucination in a chunk of tool calls")))


def test_beside_few_matches_stands_what_is_like_the_best_of_them(as_alice, titled):
    shown = page(as_alice, "hallucination")
    matches, _, near = shown.partition("Similar to “")

    assert "2 questions for “hallucination”" in shown
    assert re.findall(r'href="/questions/([a-z-]+)/"\s+hx-boost', matches) == ["hard-decision", "tool-calling"]
    assert near.startswith("A hallucination in production”")
    assert re.findall(r'href="/questions/([a-z-]+)/"\s+hx-boost', near) != []
    assert "Close in meaning" not in near


def test_a_misspelt_word_is_put_as_the_bank_knows_it(titled):
    assert respelled("chunk halucination") == "chunk hallucination"
    assert respelled("retreival servise") == "retrieval service"


@pytest.mark.parametrize(
    "query",
    [
        "hallucinations",  # another form of a known word
        "behavior",  # American spelling
        "pinecone",  # unknown, and nothing is like it
        "aget",  # too short to be sure
        "HNSW 429 pass^k",
        "",
        "a retreival service that splits the manuals of forty products",  # who types so much is not stopped
    ],
)
def test_what_is_no_misspelling_is_left_alone(titled, query):
    assert respelled(query) == ""


def test_the_page_offers_the_other_spelling_and_keeps_the_filters(as_alice, titled):
    shown = page(as_alice, "halucination&level=mid")

    assert 'Did you mean <a href="?q=hallucination&level=mid">hallucination</a>?' in shown


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("behavioral", "behavioural"),
        ("behavioural interview questions", "behavioural"),
        ("RAG", "rag"),
        ("agents", "agents"),
        ("rag latency", None),
        ("interview questions", None),
        ("", None),
    ],
)
def test_a_category_is_known_by_its_name(bank, query, slug):
    named = category_named(query)
    assert (named[0] if named else None) == slug


def test_the_page_leads_to_the_category(as_alice, titled):
    assert 'There is a whole category: <a href="?category=behavioural">Behavioural</a>' in page(as_alice, "behavioral")


def test_only_hits_in_the_title_or_near_enough_match():
    far = Hit(question_id=1, score=0.1, nearness=0.1, likeness=0.05, terms=())
    assert matching([far]) == []
    assert matching([Hit(question_id=1, score=0.3, nearness=0.1, likeness=0.05, terms=(), in_title=True)]) != []
