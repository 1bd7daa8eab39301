"""Search on trial: 120 queries of somebody who saw the prompts alone, and exact terms, against a running site.

The queries (tests/questions/queries.yaml) were written by a reader who saw neither titles nor answers, and share no
content word with the title of the question that they are about; they were committed before the first measurement, and
none is ever removed. MRR@10: mean of one over the rank of the wanted question, 0 beyond the tenth.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
import yaml
from playwright.sync_api import APIRequestContext

from questions.bank import loading
from questions.bank.reading import read_bank
from questions.coach.words import content_words, stem_of
from tests.e2e.people import sign_up

QUERIES = Path(__file__).parent.parent / "questions" / "queries.yaml"
LEAST_MRR = 0.75
EXACT = ("HNSW", "RRF", "LoRA", "BM25", "429")
TITLE = re.compile(r'class="bank-title"\s+href="/questions/([a-z0-9-]+)/"[^>]*>(.*?)</a>', re.DOTALL)


def queries() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    return rows


@pytest.fixture
def reader(new_context: Any) -> APIRequestContext:
    page = new_context().new_page()
    sign_up(page)
    context: APIRequestContext = page.context.request
    return context


def found(reader: APIRequestContext, query: str) -> list[tuple[str, str]]:
    """Slugs and titles of the page that answers the query, best first."""
    response = reader.get(f"/questions/?q={quote_plus(query)}")
    assert response.status == 200
    text = response.text()
    assert "Search by meaning is resting" not in text, "no worker embedded the query"
    return [(slug, html.unescape(re.sub("<[^>]+>", "", title))) for slug, title in TITLE.findall(text)]


def test_queries_are_120_about_as_many_questions_and_share_no_word_with_a_title():
    titles = {question.slug: question.title for question in read_bank(loading.CONTENT).questions}
    rows = queries()
    assert len(rows) == len({row["question"] for row in rows}) == 120
    for row in rows:
        shared = stems(row["query"]) & stems(titles[row["question"]])
        assert not shared, f"{row['query']!r} says {shared} of its question's title"


def stems(text: str) -> set[str]:
    return {stem_of(word) for word in content_words(text)}


def test_paraphrases_find_their_question(reader: APIRequestContext):
    ranks = {}
    for row in queries():
        slugs = [slug for slug, _ in found(reader, row["query"])[:10]]
        ranks[row["query"]] = slugs.index(row["question"]) + 1 if row["question"] in slugs else 0
    mrr = sum(1 / rank for rank in ranks.values() if rank) / len(ranks)
    first = sum(rank == 1 for rank in ranks.values())
    print(
        f"\nSearch: MRR@10 {mrr:.3f}, first {first}, not among ten {sum(not r for r in ranks.values())} of {len(ranks)}"
    )
    assert mrr >= LEAST_MRR, sorted(ranks.items(), key=lambda item: (item[1] == 0, item[1]))[first:]


@pytest.mark.parametrize("term", EXACT)
def test_an_exact_term_hits_first(reader: APIRequestContext, term: str):
    files = {question.slug: question for question in read_bank(loading.CONTENT).questions}
    first, _ = found(reader, term)[0]
    question = files[first]
    said = [question.title, question.prompt, *(point.text for point in question.key_points)]
    assert any(re.search(rf"\b{term}\b", text) for text in said), first
