"""What comes next: an answer that waits for its rating, then what is due, then what is new; and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Profile
from questions.models import Answer, Category, Question
from questions.practice import queue
from questions.practice.queue import next_item, standing
from tests.cast import NOW, answered, fresh, rated

DAY = timedelta(days=1)
TODAY = NOW.date()


def settle(user, **values):
    Profile.objects.filter(user=user).update(**values)
    return fresh(user)


def slug_next(user, now=NOW) -> str | None:
    item = next_item(user, now)
    return item.question.slug if item else None


def test_an_answer_that_waits_for_its_rating_comes_first(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 5 * DAY)
    answer = answered(alice, bank["tool-calling"])

    item = next_item(alice, NOW)

    assert item is not None
    assert (item.question, item.answer_id) == (bank["tool-calling"], answer.pk)
    assert "rate it" in item.reason


def test_an_answer_that_was_rated_does_not_come_again(alice, bank):
    rated(alice, bank["tool-calling"], 3, answer=answered(alice, bank["tool-calling"]))

    assert slug_next(alice) != "tool-calling"


def test_a_second_answer_to_a_question_that_was_rated_today_does_not_wait_for_a_rating(alice, bank):
    rated(alice, bank["tool-calling"], 3)
    answered(alice, bank["tool-calling"])

    item = next_item(alice, NOW)

    assert item is not None
    assert item.answer_id is None


def test_yesterdays_unrated_answer_does_not_block_today(alice, bank):
    answered(alice, bank["tool-calling"], now=NOW - DAY)

    item = next_item(alice, NOW)

    assert item is not None
    assert item.answer_id is None


def test_what_is_due_comes_before_what_is_new_and_the_longest_due_first(alice, bank):
    rated(alice, bank["hard-decision"], 1, now=NOW - 2 * DAY)
    rated(alice, bank["chunking"], 1, now=NOW - 5 * DAY)

    item = next_item(alice, NOW)

    assert item is not None
    assert item.question == bank["chunking"]
    assert item.reason == "Due for 4 days."


def test_another_category_than_the_last_one_goes_first(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 9 * DAY)
    rated(alice, bank["tool-calling"], 1, now=NOW - 3 * DAY)
    rated(alice, bank["hybrid-search"], 3, answer=answered(alice, bank["hybrid-search"]))

    assert slug_next(alice) == "tool-calling"


def test_the_same_category_comes_when_there_is_nothing_else(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 9 * DAY)
    rated(alice, bank["hybrid-search"], 3, answer=answered(alice, bank["hybrid-search"]))
    user = settle(alice, new_a_day=0)

    assert slug_next(user) == "chunking"


@pytest.mark.parametrize(
    ("days", "reason"),
    [(0, "Due today."), (1, "Due since yesterday."), (2, "Due for 2 days."), (30, "Due for 30 days.")],
)
def test_the_reason_says_for_how_long_it_is_due(days, reason):
    assert queue.due_reason(TODAY - days * DAY, TODAY) == reason


def test_a_question_rated_today_is_not_due_today_whatever_its_date_says(alice, bank):
    review = rated(alice, bank["chunking"], 1)
    assert review.due_on == TODAY + DAY

    assert standing(alice, TODAY).due_count == 0
    assert standing(alice, TODAY + DAY).due_count == 1


def test_new_questions_come_from_the_category_that_is_furthest_behind_its_weight(alice, bank):
    first = next_item(alice, NOW)
    assert first is not None
    assert first.question.category.slug == "rag"
    assert first.reason == "New: your first on RAG."
    rated(alice, bank["chunking"], 4)
    rated(alice, bank["tool-calling"], 4)
    rated(alice, bank["hard-decision"], 4)

    following = next_item(alice, NOW)  # 1/.5 for rag, 1/.3 for agents, 1/.2 for behavioural

    assert following is not None
    assert following.question == bank["hybrid-search"]
    assert following.reason == "New: RAG is behind its share of the interview."


@pytest.mark.parametrize("level", queue.NEW_ORDER)
def test_within_a_category_the_levels_come_in_the_order_that_suits_the_person(alice, bank, level):
    bank["agent-memory"].delete()
    Question.objects.filter(slug="hybrid-search").update(level="junior", position=3)
    Question.objects.filter(slug="chunking").update(level="senior", position=2)
    Question.objects.filter(slug="tool-calling").update(level="mid", position=1, category=bank["chunking"].category)
    user, seen = settle(alice, target_level=level, new_a_day=9), []
    for slug in ("hard-decision", "failed-project"):
        Question.objects.filter(slug=slug).update(is_retired=True)
    while item := next_item(user, NOW):
        seen.append(item.question.level)
        rated(user, item.question, 4)

    assert seen == list(queue.NEW_ORDER[level])


def test_the_new_questions_of_a_day_are_limited_and_due_ones_are_not(alice, bank):
    user = settle(alice, new_a_day=2)
    rated(user, bank["hard-decision"], 1, now=NOW - 3 * DAY)
    rated(user, bank["chunking"], 4)
    assert standing(user, TODAY).new_left == 1
    rated(user, bank["tool-calling"], 4)

    assert standing(user, TODAY).new_left == 0
    assert slug_next(user) == "hard-decision"
    rated(user, bank["hard-decision"], 4)
    assert slug_next(user) is None
    assert slug_next(user, NOW + DAY) is not None


def test_new_questions_keep_to_the_minutes_of_the_day(alice, bob, bank):
    Question.objects.update(minutes=10)
    other = settle(bob, new_a_day=5, minutes_a_day=30)
    assert (standing(other, TODAY).new_left, standing(other, TODAY).minutes_planned) == (3, 30)
    user = settle(alice, new_a_day=5, minutes_a_day=30)
    rated(user, bank["hard-decision"], 1, now=NOW - 3 * DAY)

    assert (standing(user, TODAY).due_count, standing(user, TODAY).new_left) == (1, 2)
    answered(user, bank["hard-decision"], seconds=25 * 60)
    assert standing(user, TODAY).new_left == 1  # the first new one of the day always has room
    rated(user, bank["chunking"], 4)
    assert standing(user, TODAY).new_left == 0


def test_no_new_question_for_who_wants_none(alice, bank):
    assert slug_next(settle(alice, new_a_day=0)) is None


def test_no_more_new_ones_are_promised_than_the_bank_has(alice, bank):
    assert standing(settle(alice, new_a_day=50, minutes_a_day=240), TODAY).new_left == 6


def test_retired_questions_are_neither_due_nor_new_nor_counted(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 5 * DAY)
    answered(alice, bank["agent-memory"])
    Question.objects.filter(slug__in=["chunking", "agent-memory", "hybrid-search"]).update(is_retired=True)

    stand = standing(alice, TODAY)

    assert stand.due_count == 0
    assert [(c.slug, c.total, c.answered) for c in stand.categories] == [("agents", 1, 0), ("behavioural", 2, 0)]
    assert slug_next(alice) == "hard-decision"  # the last answer was about agents


def test_an_empty_bank_has_nothing_to_offer(alice):
    assert next_item(alice, NOW) is None


def test_the_coming_week_is_counted_by_day(alice, bank):
    for slug, days_ago in (("chunking", 0), ("tool-calling", 0), ("hard-decision", 0)):
        rated(alice, bank[slug], 1 if slug != "hard-decision" else 4, now=NOW - days_ago * DAY)

    upcoming = dict(standing(alice, TODAY).upcoming)

    assert len(upcoming) == 7
    assert upcoming[TODAY + DAY] == 2
    assert sum(upcoming.values()) == 2  # the easy one returns in eight days


def test_categories_come_in_the_order_of_the_bank_whatever_order_the_database_found_them_in(alice, bank):
    """Grouped rows come as the planner likes: positions against the order of the keys, and rows moved in the table."""
    slugs = ["behavioural", "rag", "agents"]
    for position, slug in enumerate(slugs):
        Category.objects.filter(slug=slug).update(position=position)

    assert [category.slug for category in standing(alice, TODAY).categories] == slugs


def test_what_others_do_changes_nothing(alice, bob, bank):
    before = (standing(alice, TODAY), slug_next(alice))
    for question in bank.values():
        rated(bob, question, 1, now=NOW - 4 * DAY)
        answered(bob, question)

    assert (standing(alice, TODAY), slug_next(alice)) == before
    assert Answer.objects.for_user(alice).count() == 0
