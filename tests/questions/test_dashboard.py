"""The dashboard's states and figures, and that pages cost the same number of queries however long the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Profile
from prep.dashboard import build_dashboard
from questions.models import Answer, Card, Feedback, Question, Review
from questions.practice import session
from questions.practice.calendar import today_of
from tests.cast import NOW, answered, client_of, coached, fresh, make_question, rated

DAY = timedelta(days=1)
BOOKKEEPING = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")


def board(user, now=NOW):
    return build_dashboard(fresh(user), now)


# --- States -----------------------------------------------------------------------------------


def test_without_a_bank_the_state_is_empty(alice):
    assert board(alice).state == "empty"


def test_before_the_first_answer_it_is_the_first_day(alice, bank):
    found = board(alice)

    # Four questions of about six minutes in 25.
    assert (found.state, found.due_count, found.new_count, found.streak_days) == ("first_day", 0, 4, 0)
    assert found.next_item is not None
    assert found.last_coaching is None


def test_with_something_to_do_the_state_is_normal(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 2 * DAY, answer=answered(alice, bank["chunking"], now=NOW - 2 * DAY))

    found = board(alice)

    assert (found.state, found.due_count) == ("normal", 1)


def test_with_nothing_left_today_all_is_done(alice, bank):
    Profile.objects.filter(user=alice).update(new_a_day=1)
    rated(fresh(alice), bank["chunking"], 3, answer=answered(alice, bank["chunking"]))

    assert board(alice).state == "all_done"
    assert board(alice, NOW + 3 * DAY).state == "normal"


@pytest.mark.parametrize("state", ["empty", "first_day", "normal", "all_done"])
def test_each_state_has_a_page(alice, state, request):
    if state != "empty":
        bank = request.getfixturevalue("bank")
        if state != "first_day":
            now = timezone.now()
            rated(alice, bank["chunking"], 3, answer=answered(alice, bank["chunking"], now=now), now=now)
        if state == "all_done":
            Profile.objects.filter(user=alice).update(new_a_day=1)

    response = client_of(alice).get("/")

    assert response.status_code == 200
    assert response.context["board"].state == state


# --- Figures ----------------------------------------------------------------------------------


def test_counts_minutes_and_goal(alice, bank):
    answered(alice, bank["chunking"], seconds=200)
    answered(alice, bank["tool-calling"], seconds=220)
    answered(alice, bank["agent-memory"], seconds=999, now=NOW - DAY)

    found = board(alice)

    assert (found.answered_today, found.minutes_done, found.minutes_goal) == (2, 7, 25)


@pytest.mark.parametrize(
    ("days_ago", "streak"),
    [((), 0), ((0,), 1), ((1,), 1), ((2,), 0), ((0, 1, 2), 3), ((1, 2, 3), 3), ((0, 2, 3), 1), ((0, 1, 1, 2, 4), 3)],
)
def test_a_streak_is_days_in_a_row_up_to_today_or_yesterday(alice, question, days_ago, streak):
    for n, days in enumerate(days_ago):
        answered(alice, question, now=NOW - days * DAY + timedelta(seconds=n))

    found = board(alice)

    assert found.streak_days == streak
    assert [day.on for day in found.streak_week if day.is_done] == sorted(
        {NOW.date() - days * DAY for days in days_ago if days < 7}
    )
    assert [day.is_today for day in found.streak_week] == [False] * 6 + [True]


def test_an_answer_after_midnight_counts_for_the_evening_before(alice, question):
    answered(alice, question, now=NOW.replace(hour=2))

    assert board(alice).answered_today == 0
    assert board(alice).streak_days == 1


@pytest.mark.parametrize(("days", "left"), [(-1, None), (0, 0), (21, 21)])
def test_the_interview_is_counted_down_until_its_day(alice, bank, days, left):
    Profile.objects.filter(user=alice).update(interview_on=NOW.date() + days * DAY)

    interview = board(alice).interview

    assert (interview.days_left if interview else None) == left


def test_the_last_coaching_quotes_the_newest_answer(alice, bank):
    coached(answered(alice, bank["chunking"], now=NOW - DAY))
    newest = answered(alice, bank["tool-calling"], text="Tools have schemas that the model fills in.")
    coached(newest)

    coaching = board(alice).last_coaching

    assert coaching is not None
    assert (coaching.answer_id, coaching.status, coaching.is_local) == (newest.pk, "done", True)
    assert (coaching.score_percent_low, coaching.score_percent_high) == (40, 60)
    assert coaching.headline_quote in newest.text
    assert coaching.missing == ("About size",)


def test_a_draft_is_offered_again_unless_its_question_is_gone(alice, bank):
    session.save_draft(user=alice, question=bank["chunking"], text="Half", seconds=1, now=NOW)
    session.save_draft(user=alice, question=bank["tool-calling"], text="Half", seconds=1, now=NOW + DAY)
    Question.objects.filter(slug="tool-calling").update(is_retired=True)

    draft = board(alice).in_progress

    assert draft is not None
    assert draft.slug == "chunking"


def test_bobs_dashboard_shows_nothing_of_alice(alice, bob, bank):
    coached(answered(alice, bank["chunking"]))
    session.save_draft(user=alice, question=bank["tool-calling"], text="Half", seconds=1, now=NOW)

    found = board(bob)

    assert (found.answered_today, found.last_coaching, found.in_progress, found.state) == (0, None, None, "first_day")


# --- Queries ----------------------------------------------------------------------------------


def history(user, question: Question, rows: int) -> None:
    """`rows` answers with coaching and reviews over as many days, to this question and `rows` others."""
    now = timezone.now()
    today = today_of(user.profile, now)
    others = [make_question(question.category, f"more-{n}", position=n + 10) for n in range(rows)]
    for n in range(rows):
        at = now - (n + 1) * DAY
        for target in (question, others[n]):
            answer = Answer(
                user=user, question=target, question_version=1, text="Words", word_count=1, seconds=60, created_at=at
            )
            answer.study_day, answer.submit_token = today - (n + 1) * DAY, f"h-{target.pk}-{n}"
            answer.save()
            Feedback.objects.create(answer=answer, created_at=at, rung_at=at, status="done", grader="local")
            Review.objects.create(
                user=user, question=target, answer=answer, rating=3, reviewed_at=at, study_day=answer.study_day,
                parameters_version="fsrs-6-default", desired_retention=0.9, stability=2, difficulty=5, due_on=at.date(),
            )  # fmt: skip
    for target in (question, *others):
        Card.objects.create(
            user=user, question=target, stability=2, difficulty=5, due_on=today - DAY,
            last_study_day=today - 2 * DAY, last_rating=3, reps=1,
        )  # fmt: skip


def counted(act: Callable[[], Any]) -> tuple[Any, list[str]]:
    """The response, and its queries without BEGIN, SAVEPOINT and COMMIT."""
    with CaptureQueriesContext(connection) as queries:
        response = act()
    return response, [q["sql"] for q in queries.captured_queries if not q["sql"].startswith(BOOKKEEPING)]


def dashboard(browser: Client, answer: Answer):
    return browser.get("/")


def question_page(browser: Client, answer: Answer):
    return browser.get(f"/questions/{answer.question.slug}/")


def answer_page(browser: Client, answer: Answer):
    return browser.get(f"/answers/{answer.pk}/")


def feedback_panel(browser: Client, answer: Answer):
    return browser.get(f"/answers/{answer.pk}/feedback/")


def submit(browser: Client, answer: Answer):
    return browser.post(f"/questions/{answer.question.slug}/answer/", {"text": "Some words.", "token": "1-a"})


def rate(browser: Client, answer: Answer):
    return browser.post(f"/answers/{answer.pk}/rate/", {"rating": "3"})


def bank_page(browser: Client, answer: Answer):
    return browser.get("/questions/")


def practice_next(browser: Client, answer: Answer):
    return browser.get("/practice/next/")


LIMITS = [(dashboard, 6), (question_page, 7), (submit, 8), (rate, 6)]
LIMITS += [(answer_page, 8), (feedback_panel, 6), (bank_page, 6), (practice_next, 4)]


@pytest.mark.parametrize(("visit", "limit"), LIMITS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_page_costs_few_queries_and_no_more_with_a_long_history(alice, bank, visit, limit):
    costs = []
    for rows in (3, 297):
        Review.objects.all().delete()
        Card.objects.all().delete()
        Answer.objects.all().delete()
        Question.objects.filter(slug__startswith="more-").delete()
        history(alice, bank["chunking"], rows)
        answer = answered(alice, bank["chunking"], now=timezone.now())
        coached(answer)
        browser = client_of(alice)
        browser.get("/")  # the day's sheet is made on the first visit and kept
        response, queries = counted(partial(visit, browser, answer))
        assert response.status_code in {200, 302}
        costs.append(queries)

    assert len(costs[0]) <= limit, "\n".join(costs[0])
    assert len(costs[0]) == len(costs[1])


def test_the_dashboard_stays_within_its_queries_in_its_dearest_state(alice, bank):
    """A second answer today to a question that is rated already, a draft, an interview, and another thing due."""
    now = timezone.now()
    rated(alice, bank["tool-calling"], 1, now=now - 3 * DAY)
    rated(alice, bank["chunking"], 3, now=now, answer=answered(alice, bank["chunking"], now=now))
    coached(answered(alice, bank["chunking"], now=now + timedelta(seconds=1)))
    session.save_draft(user=alice, question=bank["hard-decision"], text="Half", seconds=1, now=now)
    browser = client_of(alice)

    response, queries = counted(lambda: browser.get("/"))

    assert response.status_code == 200
    assert response.context["board"].next_item.question == bank["tool-calling"]
    assert len(queries) <= 8, "\n".join(queries)
