"""A study day: its limits, its order, what rests, what waits beyond it, and that nothing is hidden."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Profile
from questions.bank.loading import load
from questions.models import Break, Card, DayLimits, Interview, Pause, Question, Review
from questions.own import authoring
from questions.practice import pausing, session
from questions.practice.limits import Own, Span, limits_on
from questions.practice.queue import Line, interleaved, next_item, standing
from questions.practice.stamps import restamp
from questions.practice.standings import minutes_each
from tests.cast import NOW, answered, fresh, known, make_question, own_question, rated

DAY = timedelta(days=1)
TODAY = NOW.date()  # a Monday
USUAL = Own(minutes=30, new=5, reviews=20)


def settle(user, **values):
    Profile.objects.filter(user=user).update(**values)
    return fresh(user)


def backlog(user, question, count: int, *, minutes: int = 10) -> list[Question]:
    """So many questions that have been due since yesterday."""
    made = []
    for n in range(count):
        extra = make_question(question.category, f"late-{n}", position=n)
        Question.objects.filter(pk=extra.pk).update(minutes=minutes)
        known(user, extra, stability=1 + n, last=TODAY - 5 * DAY)
        made.append(extra)
    return made


# --- Limits -----------------------------------------------------------------------------------


def test_an_easy_weekday_holds_half_and_seven_easy_days_are_none():
    assert limits_on(TODAY, USUAL, [0], []).minutes == 15
    assert limits_on(TODAY, USUAL, [0], []).new == 2
    assert limits_on(TODAY, USUAL, [0], []).reviews == 10
    assert limits_on(TODAY, USUAL, [1], []).minutes == 30
    assert limits_on(TODAY, USUAL, range(7), []).minutes == 30


def test_nothing_is_planned_in_a_break_and_fewer_new_ones_before_it():
    span = Span(TODAY + 3 * DAY, TODAY + 9 * DAY)
    new = [limits_on(TODAY + n * DAY, USUAL, [], [span]).new for n in range(-1, 4)]

    assert new == [5, 2, 2, 0, 0]
    assert limits_on(TODAY + 3 * DAY, USUAL, [], [span]).minutes == 0
    assert limits_on(TODAY + 9 * DAY, USUAL, [], [span]).resting == span
    assert limits_on(TODAY + 10 * DAY, USUAL, [], [span]) == limits_on(TODAY, USUAL, [], [])


def test_what_is_set_for_one_day_goes_before_all_else():
    span = Span(TODAY, TODAY)

    assert limits_on(TODAY, USUAL, [0], [], Own(minutes=50)).minutes == 50
    assert limits_on(TODAY, USUAL, [0], [], Own(minutes=50)).new == 2
    assert (limits_on(TODAY, USUAL, [], [span], Own(minutes=10, new=1)).minutes, True) == (10, True)
    assert limits_on(TODAY, USUAL, [], [span], Own()).minutes == 0


def test_a_day_of_its_own_is_kept_to_that_day(alice, bank):
    user = settle(alice, new_a_day=1)
    DayLimits.objects.create(user=user, study_day=TODAY, minutes=240, new=4)
    restamp(user)

    assert standing(user, TODAY).new_left == 4
    assert standing(user, TODAY + DAY).new_left == 1


def test_reviews_a_day_bound_what_is_due_and_not_what_is_new(alice, bank):
    user = settle(alice, reviews_a_day=2, minutes_a_day=240)
    backlog(user, bank["chunking"], 5)

    stand = standing(user, TODAY)

    assert (stand.due_count, stand.due_today, stand.due_beyond, stand.new_left) == (5, 2, 3, 5)


# --- Behind -----------------------------------------------------------------------------------


def test_after_an_absence_the_most_valuable_come_first_and_the_rest_is_counted(alice, bank):
    user = settle(alice, minutes_a_day=30, new_a_day=5)
    late = backlog(user, bank["chunking"], 12)

    stand = standing(user, TODAY)

    assert stand.is_behind
    assert (stand.due_count, stand.due_today, stand.due_beyond, stand.new_left) == (12, 3, 9, 0)
    assert stand.days_to_clear == 9 // round(30 / minutes_each(stand.categories))
    worth = {line.question_id for line in stand.lines}
    # In a month, a review lifts what fades fastest most.
    assert worth == {question.pk for question in late[:3]}
    session.rate(user=user, question=late[0], rating=3, now=NOW)
    assert standing(user, TODAY).due_count == 11


def test_nothing_due_is_rescheduled_by_being_behind(alice, bank):
    user = settle(alice, minutes_a_day=30)
    backlog(user, bank["chunking"], 12)
    before = list(Card.objects.filter(user=user).order_by("pk").values())

    next_item(user, NOW)

    assert list(Card.objects.filter(user=user).order_by("pk").values()) == before


# --- Order ------------------------------------------------------------------------------------


def lines_of(categories) -> list[Line]:
    return [Line(n, category, 5, "due") for n, category in enumerate(categories)]


def neighbours(lines) -> int:
    return sum(a.category_id == b.category_id for a, b in pairwise(lines))


def fewest(categories) -> int:
    """What no order can avoid: the largest group less everything else less one."""
    largest = max((categories.count(c) for c in categories), default=0)
    return max(0, largest - (len(categories) - largest) - 1)


@given(st.lists(st.integers(0, 4), max_size=40))
@settings(max_examples=200, deadline=None)
def test_interleaving_keeps_every_line_and_makes_the_fewest_neighbours(categories):
    lines = lines_of(categories)
    mixed = interleaved(lines)

    assert sorted(line.question_id for line in mixed) == list(range(len(categories)))
    assert neighbours(mixed) == fewest(categories)


def test_interleaving_begins_with_another_category_than_the_last_one_and_keeps_the_order_otherwise():
    assert [line.question_id for line in interleaved(lines_of([1, 2, 1, 3]), 1)] == [1, 0, 3, 2]
    assert [line.question_id for line in interleaved(lines_of([1, 2, 3]))] == [0, 1, 2]


def test_before_an_interview_the_likeliest_categories_come_first_and_the_reason_is_a_number(alice, bank):
    user = settle(alice, minutes_a_day=240, new_a_day=50)
    weights = {"rag": 0.1, "agents": 0.2, "behavioural": 0.7}
    Interview.objects.create(
        user=user, on=TODAY + 10 * DAY, weights=weights, has_floor=False, created_at=NOW, aim="solid"
    )
    restamp(user)

    stand = standing(user, TODAY)
    by_worth = sorted(stand.lines, key=lambda line: -(line.worth or 0))

    assert [Question.objects.get(pk=line.question_id).category.slug for line in by_worth] == [
        "behavioural", "behavioural", "agents", "agents", "rag", "rag",
    ]  # fmt: skip
    assert all(line.gain and line.gain > 0.5 for line in stand.lines)
    assert "expected recall on 12 March, 6 min." in stand.lines[0].reason
    assert stand.lines[0].reason.startswith("New: your first on Behavioural. +0.")


def test_the_floor_puts_each_category_once_before_any_is_deepened(alice, bank):
    user = settle(alice, minutes_a_day=18, new_a_day=50)
    Interview.objects.create(
        user=user, on=TODAY + 10 * DAY, weights={"behavioural": 0.9, "agents": 0.05, "rag": 0.05},
        has_floor=True, created_at=NOW,
    )  # fmt: skip
    restamp(user)

    stand = standing(user, TODAY)

    assert len({line.category_id for line in stand.lines}) == 3


def test_the_plan_touches_no_card(alice, bank):
    rated(alice, bank["chunking"], 3, now=NOW - 9 * DAY)
    before = list(Card.objects.values())
    user = settle(alice, interview_on=TODAY + 5 * DAY)

    stand = standing(user, TODAY)

    assert stand.target is not None
    assert list(Card.objects.values()) == before


def test_after_the_date_the_plain_schedule_goes_on(alice, bank):
    Interview.objects.create(user=alice, on=TODAY - DAY, created_at=NOW)
    user = settle(alice, interview_on=TODAY - DAY)

    assert standing(user, TODAY).target is None
    assert standing(user, TODAY - DAY).target is not None


def test_not_due_is_offered_before_an_interview_where_it_is_worth_it(alice, bank):
    user = settle(alice, new_a_day=0, minutes_a_day=60)
    rated(user, bank["chunking"], 4, now=NOW - 3 * DAY)
    assert Card.objects.get().due_on > TODAY
    assert standing(user, TODAY).lines == ()
    Interview.objects.create(user=user, on=TODAY + 20 * DAY, created_at=NOW)
    restamp(user)

    (line,) = standing(user, TODAY).lines

    assert (line.kind, line.question_id) == ("early", bank["chunking"].pk)
    assert line.reason.startswith("Not due yet, and worth it. +0.")


# --- What rests -------------------------------------------------------------------------------


def ids(user, day=TODAY):
    return [line.question_id for line in standing(user, day).lines]


def test_a_skipped_question_comes_last_today_and_as_usual_tomorrow(alice, bank):
    user = settle(alice, minutes_a_day=240, new_a_day=50)
    first = ids(user)[0]
    pausing.pause(user=user, question=Question.objects.get(pk=first), kind=Pause.Kind.SKIPPED, now=NOW)

    assert ids(user)[-1] == first
    assert ids(user, TODAY + DAY)[0] == first


@pytest.mark.parametrize(("kind", "tomorrow"), [(Pause.Kind.BURIED, True), (Pause.Kind.SUSPENDED, False)])
def test_a_question_put_off_comes_tomorrow_and_a_paused_one_when_it_is_taken_up(alice, bank, kind, tomorrow):
    user = settle(alice, minutes_a_day=240, new_a_day=50)
    question = bank["chunking"]
    rated(user, question, 1, now=NOW - 3 * DAY)
    card = Card.objects.values().get()

    pausing.pause(user=user, question=question, kind=kind, now=NOW)

    assert question.pk not in ids(user)
    assert standing(user, TODAY).due_count == 0
    assert standing(user, TODAY).paused_count == 1
    assert (question.pk in ids(user, TODAY + DAY)) is tomorrow
    assert Card.objects.values().get() == card
    assert pausing.resume(user=user, question=question)
    assert question.pk in ids(user)
    assert not pausing.resume(user=user, question=question)


def test_four_lapses_pause_a_question_and_undo_takes_it_up_again(alice, bank):
    question, day = bank["chunking"], NOW - 40 * DAY
    rated(alice, question, 3, now=day)
    for n in range(1, 5):
        result = session.rate(user=fresh(alice), question=question, rating=1, now=day + n * DAY)
        assert result.is_leech is (n == 4)
    assert Pause.objects.get().kind == Pause.Kind.LEECH

    session.undo(user=fresh(alice), review_id=result.review.pk)

    assert not Pause.objects.exists()
    assert Card.objects.get().lapses == 3


def test_a_leech_that_is_taken_up_is_paused_again_only_after_two_more_lapses():
    assert [n for n in range(10) if pausing.is_leech(n)] == [4, 6, 8]


def test_bob_pauses_nothing_of_alice(as_bob, alice, bob, bank):
    assert as_bob.post("/questions/chunking/suspend/").status_code == 302
    assert as_bob.post("/questions/no-such-question/suspend/").status_code == 404

    assert Pause.objects.get().user == bob
    assert bank["chunking"].pk in ids(settle(alice, minutes_a_day=240, new_a_day=50))


def test_the_page_of_paused_questions_lists_own_ones_and_takes_them_up(as_alice, as_bob, alice, bank):
    as_alice.post("/questions/chunking/suspend/")

    page = as_alice.get("/paused/").content.decode()
    assert "The title of chunking" in page
    assert "The title of chunking" not in as_bob.get("/paused/").content.decode()
    assert as_alice.post("/questions/chunking/resume/", {"from": "list"}).headers["Location"] == "/paused/"
    assert "Nothing is paused" in as_alice.get("/paused/").content.decode()


def test_what_may_help_names_three_ways_and_is_for_questions_that_were_rated(as_alice, alice, bank):
    assert as_alice.get("/questions/chunking/leech/").status_code == 404
    rated(alice, bank["chunking"], 1)

    page = as_alice.get("/questions/chunking/leech/").content.decode()

    for way in ("Put the key point into your own words", "Split it", "Study the reference"):
        assert way in page


# --- A break ----------------------------------------------------------------------------------


def test_in_a_break_nothing_is_asked_and_an_own_day_opens_it(alice, bank):
    Break.objects.create(user=alice, starts_on=TODAY - DAY, ends_on=TODAY + DAY, created_at=NOW)
    restamp(alice)
    assert next_item(alice, NOW) is None
    DayLimits.objects.create(user=alice, study_day=TODAY, minutes=10, new=1)
    restamp(alice)

    assert next_item(alice, NOW) is not None


# --- What is written elsewhere is seen at once --------------------------------------------------


def test_an_own_question_is_on_todays_list_at_once_and_off_it_when_it_is_deleted(alice, bank):
    user = settle(alice, minutes_a_day=240, new_a_day=50)
    before = ids(user)
    question = own_question(user)

    assert set(ids(user)) == {*before, question.pk}
    authoring.delete(user=user, question=question)
    assert set(ids(user)) == set(before)


def test_a_question_that_the_bank_withdraws_leaves_todays_list(alice, bank):
    user = settle(alice, minutes_a_day=240, new_a_day=50)
    assert len(ids(user)) == 6

    load([], [])

    assert ids(fresh(user)) == []


# --- Undo restores every count ------------------------------------------------------------------


def test_undo_restores_every_count_and_the_order(alice, bank):
    user = settle(alice, minutes_a_day=60)
    rated(user, bank["chunking"], 1, now=NOW - 3 * DAY)
    before = standing(user, TODAY)
    for question in (bank["chunking"], bank["tool-calling"]):
        review = rated(user, question, 3)
        assert standing(user, TODAY) != before
        session.undo(user=user, review_id=review.pk)
        assert standing(user, TODAY) == before
    assert Review.objects.count() == 1


def test_the_kept_sheet_says_the_same_as_a_new_one_after_every_rating(alice, bank):
    user = settle(alice, minutes_a_day=240, new_a_day=9)
    rated(user, bank["chunking"], 1, now=NOW - 3 * DAY)
    standing(user, TODAY)
    while item := next_item(user, NOW):
        rated(user, item.question, 3, answer=answered(user, item.question, seconds=60))
        kept = standing(user, TODAY)
        restamp(user)
        assert standing(user, TODAY) == kept
    assert kept.upcoming[1][1] + kept.upcoming[2][1] > 0
