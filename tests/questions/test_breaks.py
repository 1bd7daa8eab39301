"""Breaks: planned, refused with a reason, deleted with a way back, and what they do to the days around them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from questions.models import Break
from questions.practice import settings as practice_settings
from questions.practice.queue import standing
from questions.practice.settings import MOST_BREAKS, BadBreak, add_break, breaks_ahead, delete_break
from tests.cast import NOW, fresh, known, rated

TODAY = NOW.date()
DAY = timedelta(days=1)
PAGE = "/settings/breaks/"


def plan(user, first: int, last: int, *, today=TODAY):
    """From so many days after today to so many."""
    return add_break(user=user, starts_on=today + first * DAY, ends_on=today + last * DAY, today=today, now=NOW)


def stamp(user) -> int:
    return fresh(user).profile.practice_stamp


def test_a_break_is_planned_and_ahead_until_its_last_day(alice, django_assert_num_queries):
    before = stamp(alice)
    plan(alice, 10, 12)
    plan(alice, 3, 3)
    assert stamp(alice) == before + 2

    with django_assert_num_queries(1):
        ahead = breaks_ahead(alice, TODAY)
    assert ahead == ((TODAY + 3 * DAY, TODAY + 3 * DAY), (TODAY + 10 * DAY, TODAY + 12 * DAY))
    assert breaks_ahead(alice, TODAY + 12 * DAY) == ahead[1:]
    assert breaks_ahead(alice, TODAY + 13 * DAY) == ()


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (5, 4, "lies before the first"),
        (-4, -1, "These days are over"),
        (1, 61, "at most 60 days long"),
        (366, 367, "at most a year ahead"),
    ],
)
def test_days_that_cannot_be_a_break_are_refused(alice, first, last, says):
    with pytest.raises(BadBreak, match=says):
        plan(alice, first, last)
    assert not Break.objects.exists()


@pytest.mark.parametrize(("first", "last"), [(1, 60), (365, 365), (-4, 0), (0, 0)])
def test_the_longest_the_furthest_and_the_running_ones_are_taken(alice, first, last):
    assert plan(alice, first, last).pk


@pytest.mark.parametrize(("first", "last"), [(5, 9), (3, 5), (9, 20), (6, 7), (1, 30)])
def test_overlapping_days_are_refused_with_the_break_that_they_meet(alice, first, last):
    plan(alice, 5, 9)

    with pytest.raises(BadBreak, match="from 7 March to 11 March already"):
        plan(alice, first, last)
    assert Break.objects.count() == 1


def test_a_break_may_begin_where_another_ends(alice, bob):
    plan(alice, 5, 9)
    plan(alice, 10, 11)
    plan(bob, 5, 9)  # another person's break is in nobody's way

    assert Break.objects.filter(user=alice).count() == 2


def test_there_are_at_most_twenty_ahead_and_past_ones_do_not_count(alice):
    Break.objects.create(user=alice, starts_on=TODAY - 9 * DAY, ends_on=TODAY - 8 * DAY, created_at=NOW)
    for n in range(MOST_BREAKS):
        plan(alice, 2 * n, 2 * n)
    with pytest.raises(BadBreak, match="20 breaks are planned"):
        plan(alice, 100, 101)


def test_a_deleted_break_is_asked_for_again_by_its_days(alice, bob):
    row = plan(alice, 5, 9)
    assert delete_break(user=bob, break_id=row.pk) is None
    before = stamp(alice)

    assert delete_break(user=alice, break_id=row.pk) == (row.starts_on, row.ends_on)
    assert not Break.objects.exists()
    assert stamp(alice) == before + 1
    assert delete_break(user=alice, break_id=row.pk) is None


# --- What it does -----------------------------------------------------------------------------


def test_the_days_before_begin_fewer_new_questions_and_the_break_none(alice, bank):
    user = fresh(alice)
    plan(user, 3, 9)

    new = [standing(user, TODAY + n * DAY).limits.new for n in range(4)]
    assert new == [2, 2, 0, 0]
    assert standing(user, TODAY + 3 * DAY).lines == ()


def test_a_question_returns_outside_the_break_where_its_range_leaves_room(alice, bob, bank):
    for user in (alice, bob):
        known(user, bank["chunking"], stability=20.0)
    usual = rated(bob, bank["chunking"], 3).due_on
    add_break(user=alice, starts_on=usual - DAY, ends_on=usual + DAY, today=TODAY, now=NOW)

    due_on = rated(alice, bank["chunking"], 3).due_on

    assert abs((due_on - usual).days) in range(2, 6)


# --- The page ---------------------------------------------------------------------------------


def day_of(user):
    return fresh(user).profile.study_day(timezone.now())


def test_the_page_plans_lists_and_says_what_a_break_does(as_alice, alice):
    today = day_of(alice)
    assert "No break is planned" in as_alice.get(PAGE).content.decode()
    sent = {"starts_on": today + 5 * DAY, "ends_on": today + 8 * DAY}
    page = as_alice.post(PAGE, sent, follow=True).content.decode()

    row = Break.objects.get()
    assert (row.user, row.starts_on, row.ends_on) == (alice, today + 5 * DAY, today + 8 * DAY)
    assert "Your break is planned, from" in page
    assert f"{today + 5 * DAY:%A}" in page
    assert "Nothing is planned on these days" in page
    assert "Begins in 5" in page


def test_a_refused_break_keeps_what_was_typed_and_says_why(as_alice, alice):
    today = day_of(alice)
    sent = {"starts_on": today + 5 * DAY, "ends_on": today + 2 * DAY}
    response = as_alice.post(PAGE, sent)
    page = response.content.decode()

    assert response.status_code == 400
    assert "lies before the first" in page
    assert f'value="{today + 5 * DAY}"' in page
    assert as_alice.post(PAGE, {"starts_on": "soon", "ends_on": ""}).status_code == 400
    assert not Break.objects.exists()


def test_a_deleted_break_can_be_taken_back_from_the_message(as_alice, alice):
    today = day_of(alice)
    row = plan(alice, 5, 8, today=today)
    page = as_alice.post(f"{PAGE}{row.pk}/delete/", follow=True).content.decode()
    assert not Break.objects.exists()

    undo = dict(re.findall(r'name="(starts_on|ends_on)" value="([\d-]+)"', page))
    as_alice.post(PAGE, undo)

    again = Break.objects.get()
    assert (again.starts_on, again.ends_on) == (row.starts_on, row.ends_on)


def test_bob_neither_sees_nor_deletes_it(as_bob, alice):
    today = day_of(alice)
    row = plan(alice, 5, 8, today=today)

    assert as_bob.post(f"{PAGE}{row.pk}/delete/").status_code == 404
    assert as_bob.post(f"{PAGE}987654321/delete/").status_code == 404
    assert "No break is planned" in as_bob.get(PAGE).content.decode()
    assert Break.objects.get() == row


def test_a_long_list_takes_no_more_queries(as_alice, alice, django_assert_max_num_queries):
    today = day_of(alice)
    plan(alice, 0, 0, today=today)
    as_alice.get(PAGE)
    with django_assert_max_num_queries(8) as few:
        as_alice.get(PAGE)
    for n in range(1, 20):
        plan(alice, 2 * n, 2 * n, today=today)
    with django_assert_max_num_queries(len(few)):
        as_alice.get(PAGE)


def test_reading_writes_nothing(as_alice, alice):
    before = stamp(alice)
    as_alice.get(PAGE)
    assert stamp(alice) == before
    assert practice_settings.breaks_of(alice, TODAY) == []
