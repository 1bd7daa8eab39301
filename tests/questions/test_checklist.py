"""The checklist ticks itself from evidence, by hand where nothing can be seen, and each item says what is missing."""

from __future__ import annotations

from datetime import timedelta

from questions.models import Category, ChecklistTick, Question
from questions.practice.checklist import ITEMS, states
from tests.cast import NOW, answered, known, make_question, rated

DAY = timedelta(days=1)
TODAY = NOW.date()


def state(user, slug: str, today=TODAY):
    return next(row for row in states(user, today) if row.item.slug == slug)


def test_there_are_twelve_items_and_none_is_done_at_first(alice, bank):
    found = states(alice, TODAY)

    assert len(found) == len(ITEMS) == 12
    assert not any(row.is_done for row in found)
    assert all(row.missing for row in found)


def test_a_category_is_mastered_by_enough_questions_that_are_known_today(alice, bank):
    category = bank["chunking"].category
    for n in range(6):
        make_question(category, f"more-{n}")
    questions = list(Question.objects.filter(category=category))
    assert len(questions) == 8
    for question in questions[:7]:
        known(alice, question, stability=200, last=TODAY - 2 * DAY)
    assert state(alice, "rag-whiteboard").missing == "1 more question on RAG."
    known(alice, questions[7], stability=200, last=TODAY - 2 * DAY)

    done = state(alice, "rag-whiteboard")

    assert done.is_shown
    assert done.evidence.startswith("8 of 8 questions practised, expected recall ")
    later = state(alice, "rag-whiteboard", TODAY + 900 * DAY)
    assert not later.is_shown
    assert "Recall of 80 %" in later.missing


def test_designs_count_when_they_were_answered_and_passed(alice, bank):
    Question.objects.filter(slug__in=["chunking", "hybrid-search"]).update(kind="design")
    rated(alice, bank["chunking"], 1, answer=answered(alice, bank["chunking"]))
    assert state(alice, "designs").evidence.startswith("0 of 2")
    rated(alice, bank["chunking"], 2, now=NOW + DAY, answer=answered(alice, bank["chunking"], now=NOW + DAY))
    assert not state(alice, "designs").is_shown
    rated(alice, bank["hybrid-search"], 3, answer=answered(alice, bank["hybrid-search"]))

    assert state(alice, "designs").is_shown


def test_stories_and_coding_show_evidence_and_wait_for_the_persons_own_tick(alice, bank):
    Question.objects.filter(slug="hard-decision").update(kind="behavioural")
    Category.objects.filter(slug="agents").update(slug="llm-coding")
    rated(alice, bank["hard-decision"], 3, answer=answered(alice, bank["hard-decision"]))
    rated(alice, bank["tool-calling"], 3, answer=answered(alice, bank["tool-calling"], seconds=6 * 60))
    rated(alice, bank["agent-memory"], 3, answer=answered(alice, bank["agent-memory"], seconds=6 * 60 + 1))

    assert state(alice, "stories").evidence.startswith("1 of 4")
    assert state(alice, "timed-coding").evidence.startswith("1 of 5")
    assert not state(alice, "stories").is_done


def test_an_item_is_ticked_and_unticked_by_the_same_button(as_alice, as_bob, alice, bank):
    assert as_alice.post("/checklist/company/").headers["Location"] == "/checklist/#company"
    page = as_alice.get("/checklist/").content.decode()
    assert "Ticked by you" in page
    assert "<strong>1 of 12</strong>" in page
    assert "Ticked by you" not in as_bob.get("/checklist/").content.decode()

    as_alice.post("/checklist/company/")
    assert not ChecklistTick.objects.exists()
    assert as_alice.post("/checklist/no-such-item/").status_code == 404
