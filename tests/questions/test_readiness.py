"""Readiness: numbers come from rows that can be opened, there is none without data, and one thing raises it most."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from questions.models import Card, Category, Interview
from questions.practice import memory
from questions.practice.calendar import policy_of, today_of
from questions.practice.readiness import readiness, rows_behind
from tests.cast import NOW, client_of, known, make_question, rated

DAY = timedelta(days=1)
TODAY = NOW.date()


def round_of(user, slug: str, today=TODAY):
    return next(row for row in readiness(user, today) if row.round.slug == slug)


def test_without_an_answer_there_is_no_number_and_a_first_thing_to_do(alice, bank):
    found = round_of(alice, "deep")

    assert found.recall is None
    assert all(row.recall is None for row in found.categories)
    assert found.next_thing is not None
    assert (found.next_thing.kind, found.next_thing.category_slug) == ("new", "rag")


def test_a_number_is_the_mean_of_the_rows_that_it_opens(alice, bank):
    for question, rating in ((bank["chunking"], 3), (bank["hybrid-search"], 4)):
        rated(alice, question, rating, now=NOW - 6 * DAY)
    policy = policy_of(alice.profile)
    expected = [
        memory.retrievability(memory.Memory(card.stability, card.difficulty, card.last_study_day), TODAY, policy)
        for card in Card.objects.all()
    ]

    found = rows_behind(alice, "deep", "rag", TODAY)

    assert found is not None
    _, category, rows = found
    assert [row.recall for row in rows] == pytest.approx(sorted(expected))
    assert category.recall == pytest.approx(sum(expected) / 2)
    assert (category.practised, category.target, category.is_few) == (2, 2, True)


def test_a_round_weighs_its_categories_and_counts_no_more_than_each_needs(alice, bank):
    Category.objects.filter(slug="agents").update(slug="evaluation")
    for question in (bank["chunking"], bank["tool-calling"]):
        rated(alice, question, 3, now=NOW - 6 * DAY)
    for n in range(12):
        known(alice, make_question(bank["chunking"].category, f"more-{n}"))

    found = round_of(alice, "deep")
    rag, evaluation = (next(row for row in found.categories if row.slug == slug) for slug in ("rag", "evaluation"))

    assert rag.recall is not None
    assert evaluation.recall is not None
    shares = rag.share + evaluation.share
    assert found.recall == pytest.approx((rag.share * rag.recall + evaluation.share * evaluation.recall) / shares)
    assert (rag.practised, rag.target) == (13, 8)
    assert found.counted == 8 + 1


def test_a_dated_round_is_looked_at_on_its_day(alice, bank):
    rated(alice, bank["chunking"], 3, now=NOW - 2 * DAY)
    before = round_of(alice, "deep").recall
    Interview.objects.create(user=alice, on=TODAY + 30 * DAY, round="deep", created_at=NOW)

    found = round_of(alice, "deep")

    assert found.is_dated
    assert before is not None
    assert found.recall is not None
    assert found.recall < before
    assert not round_of(alice, "design").is_dated


def test_when_all_is_covered_the_weakest_are_offered_once_more(alice, bank):
    for slug in ("chunking", "hybrid-search", "tool-calling", "agent-memory", "hard-decision", "failed-project"):
        rated(alice, bank[slug], 2 if slug == "chunking" else 4, now=NOW - 9 * DAY)

    thing = round_of(alice, "deep").next_thing

    assert thing is not None
    assert (thing.kind, thing.question_id) == ("review", bank["chunking"].pk)


def test_the_page_says_no_data_and_never_zero_percent(as_alice, bank):
    page = as_alice.get("/readiness/").content.decode()

    assert page.count("No data yet.") == 5
    assert '<strong class="tnum">0 %</strong>' not in page


def test_the_page_costs_the_same_with_many_cards(alice, bank):
    costs = []
    for count in (12, 80):
        for n in range(count):
            known(alice, make_question(bank["chunking"].category, f"long-{count}-{n}"))
        browser = client_of(alice)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/readiness/").status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 8


def test_rows_are_ones_own_and_unknown_rounds_are_not_found(as_alice, as_bob, alice, bank):
    rated(alice, bank["chunking"], 3, now=timezone.now())
    today_of(alice.profile, timezone.now())

    assert "The title of chunking" in as_alice.get("/readiness/deep/rag/").content.decode()
    assert "The title of chunking" not in as_bob.get("/readiness/deep/rag/").content.decode()
    for path in ("/readiness/nope/rag/", "/readiness/deep/nope/", "/readiness/recruiter/rag/"):
        assert as_alice.get(path).status_code == 404
