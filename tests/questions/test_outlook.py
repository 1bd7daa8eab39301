"""The outlook: stopping never beats following, numbers come from rows, and the page costs no more with a long bank."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Profile
from questions.models import Break, Card, Interview
from questions.practice import memory
from questions.practice.calendar import policy_of, today_of
from questions.practice.outlook import outlook
from questions.practice.stamps import restamp
from tests.cast import NOW, client_of, fresh, known, make_question, rated

DAY = timedelta(days=1)
TODAY = NOW.date()


def dated(user, days: int = 14, **values) -> Interview:
    interview = Interview.objects.create(user=user, on=TODAY + days * DAY, created_at=NOW, **values)
    restamp(user)
    return interview


def settle(user, **values):
    Profile.objects.filter(user=user).update(**values)
    return fresh(user)


def test_with_nothing_practised_nothing_is_recalled_and_the_plan_is_worth_something(alice, bank):
    found = outlook(alice, dated(alice), TODAY)

    assert (found.now, found.stopped) == (0, 0)
    assert 0.4 < found.followed < 1
    assert found.margin < 0.1
    assert found.unseen == 0
    assert {row.slug: row.by_then for row in found.coverage} == {"rag": 2, "agents": 2, "behavioural": 2}


def test_the_figures_of_today_are_those_of_the_cards(alice, bank):
    for question in (bank["chunking"], bank["tool-calling"]):
        rated(alice, question, 3, now=NOW - 4 * DAY)
    weights = {"rag": 0.5, "agents": 0.5}
    found = outlook(alice, dated(alice, 10, weights=weights), TODAY)
    card = Card.objects.get(question=bank["chunking"])
    known_now = memory.Memory(card.stability, card.difficulty, card.last_study_day)
    policy = policy_of(alice.profile)

    # Each category holds two questions, of which one is known.
    assert found.now == pytest.approx(memory.retrievability(known_now, TODAY, policy) / 2)
    assert found.stopped == pytest.approx(memory.retrievability(known_now, TODAY + 10 * DAY, policy) / 2)
    assert found.stopped < found.now < found.followed


def test_few_minutes_leave_questions_unseen_and_the_page_names_them(alice, bank):
    for n in range(30):
        make_question(bank["chunking"].category, f"more-{n}", position=10 + n)
    user = settle(alice, minutes_a_day=6, new_a_day=1)
    found = outlook(user, dated(user, 7), TODAY)

    assert found.unseen > 20
    assert found.without[0].slug == "rag"


def test_a_missed_day_costs_and_never_gains(alice, bank):
    for n in range(40):
        make_question(bank["chunking"].category, f"more-{n}", position=10 + n)
    user = settle(alice, minutes_a_day=12)

    assert outlook(user, dated(user, 3), TODAY).missed_day > 0.01
    assert outlook(user, dated(user, 0), TODAY).missed_day == 0


def test_a_break_before_the_day_lowers_what_the_plan_reaches(alice, bob, bank):
    for n in range(40):
        make_question(bank["chunking"].category, f"more-{n}", position=10 + n)
    Break.objects.create(user=bob, starts_on=TODAY + DAY, ends_on=TODAY + 8 * DAY, created_at=NOW)

    free, away = (outlook(user, dated(user, 10), TODAY).followed for user in (alice, bob))

    assert away < free - 0.02


def test_the_outlook_stands_until_something_changes(alice, bank):
    interview = dated(alice)
    first = outlook(alice, interview, TODAY)
    with CaptureQueriesContext(connection) as queries:
        assert outlook(alice, interview, TODAY) == first
    assert len(queries) == 1
    rated(alice, bank["chunking"], 4)

    assert outlook(alice, interview, TODAY).now > first.now


def test_the_page_costs_the_same_queries_with_a_long_history(alice, bank):
    today = today_of(alice.profile, timezone.now())
    Interview.objects.create(user=alice, on=today + 9 * DAY, created_at=timezone.now())
    costs = []
    for count in (2, 60):
        for n in range(count):
            extra = make_question(bank["chunking"].category, f"long-{count}-{n}")
            known(alice, extra, last=today - 5 * DAY, due_on=today - DAY)
        restamp(fresh(alice))
        browser = client_of(alice)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/plan/").status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 14


def test_the_page_says_why_each_question_is_there(as_alice, alice, bank):
    today = today_of(alice.profile, timezone.now())
    Interview.objects.create(user=alice, on=today + 9 * DAY, created_at=timezone.now(), company="Acme")

    page = as_alice.get("/plan/").content.decode()

    for words in ("If you follow the plan", "If you stop today", "If it were today", "Missing tomorrow costs"):
        assert words in page
    assert "New: your first on RAG. +0." in page
    assert "It never changes when a question is due." in page
