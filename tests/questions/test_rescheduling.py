"""Rescheduling moves what it said it would, can be taken back, and leaves cards that their history makes exactly."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Profile
from questions.models import Card, RescheduledCard, Rescheduling, Review
from questions.practice import fits, memory, rebuilding, rescheduling, session
from questions.practice.calendar import policy_of, stored_policy, today_of
from questions.practice.fitting import HIGHEST, LOWEST
from tests.cast import NOW, fresh, rated
from tests.questions.fitted import LONG, SHORT, accepted, rebuilt_values, stored_values

DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def practised(alice, bank):
    """Alice knows three questions, of different age; it is ten days later."""
    for number, slug in enumerate(("chunking", "tool-calling", "agent-memory")):
        rated(alice, bank[slug], 3, now=NOW - (20 + number) * DAY)
        rated(alice, bank[slug], 2 + number, now=NOW - (10 + number) * DAY)
    return alice


def using(user, parameters=SHORT):
    fits.use(user=user, fit=accepted(user, parameters), now=NOW)
    return fresh(user)


def cards_of(user) -> dict[int, Any]:
    return {row["question_id"]: row for row in Card.objects.filter(user=user).values()}


# --- What is offered --------------------------------------------------------------------------


def test_with_the_defaults_there_is_nothing_to_reschedule(practised):
    assert not rescheduling.is_called_for(practised, None)
    with pytest.raises(rescheduling.NothingToReschedule):
        rescheduling.reschedule(user=practised, now=NOW)
    assert not Rescheduling.objects.exists()


def test_a_fit_in_use_moves_no_card_by_itself(practised):
    before = cards_of(practised)

    user = using(practised)

    assert cards_of(user) == before
    assert rescheduling.is_called_for(user, None)


@pytest.mark.parametrize(("parameters", "moves"), [(SHORT, "sooner"), (LONG, "later")])
def test_what_is_offered_is_what_is_done(practised, parameters, moves):
    user, before = using(practised, parameters), cards_of(practised)
    offered = rescheduling.offer(user=user, now=NOW)
    assert cards_of(user) == before

    row = rescheduling.reschedule(user=user, now=NOW)

    after = cards_of(user)
    assert offered is not None
    assert {key: card["due_on"] for key, card in after.items()} == offered.days
    gone = [(after[key]["due_on"] - before[key]["due_on"]).days for key in before]
    assert (offered.outlook.sooner, offered.outlook.later) == (sum(g < 0 for g in gone), sum(g > 0 for g in gone))
    assert getattr(offered.outlook, moves) == offered.outlook.moved == row.moved > 0
    assert row.parameters_version == user.profile.fsrs_version


def test_a_rating_makes_the_numbers_anew(practised, bank):
    user = using(practised)
    first = rescheduling.offer(user=user, now=NOW)

    rated(user, bank["failed-project"], 3)

    again = rescheduling.offer(user=fresh(user), now=NOW)
    assert first is not None
    assert again is not None
    assert again.outlook.cards == first.outlook.cards + 1


def test_every_card_is_the_replay_of_its_reviews_with_the_new_parameters(practised, bank):
    user = using(practised)

    rescheduling.reschedule(user=user, now=NOW)

    for card in Card.objects.filter(user=user):
        events = [memory.Event(r.rating, r.study_day) for r in card.question.reviews.order_by("study_day")]
        outcome = memory.replay(events, memory.Policy(SHORT))
        assert outcome is not None
        assert (card.stability, card.difficulty) == outcome.memory[:2]
        assert stored_values(user, card.question) == rebuilt_values(user, card.question)


def test_a_second_press_changes_nothing(practised):
    user = using(practised)
    rescheduling.reschedule(user=user, now=NOW)
    before = cards_of(user)

    with pytest.raises(rescheduling.NothingToReschedule):
        rescheduling.reschedule(user=user, now=NOW)

    assert Rescheduling.objects.count() == 1
    assert cards_of(user) == before


def test_other_peoples_cards_stay(practised, bob, bank):
    rated(bob, bank["chunking"], 3, now=NOW - 10 * DAY)
    before = cards_of(bob)

    rescheduling.reschedule(user=using(practised), now=NOW)

    assert cards_of(bob) == before


def test_the_plan_of_the_day_is_made_anew(practised):
    user = using(practised)
    before = Profile.objects.get(user=user).practice_stamp

    row = rescheduling.reschedule(user=user, now=NOW)
    between = Profile.objects.get(user=user).practice_stamp
    rescheduling.take_back(user=user, rescheduling_id=row.pk, now=NOW)

    assert before < between < Profile.objects.get(user=user).practice_stamp


def test_a_rating_that_read_the_card_before_goes_by_the_rescheduled_one(practised, bank):
    question = bank["chunking"]
    user, stale = using(practised), question.cards.get(user=practised)
    rescheduling.reschedule(user=user, now=NOW)

    session.rate(user=fresh(user), question=question, rating=3, now=NOW, card=stale)

    assert stored_values(user, question) == rebuilt_values(user, question)


# --- Taking back ------------------------------------------------------------------------------


def test_taking_back_brings_every_card_back_exactly(practised):
    before = cards_of(practised)
    user = using(practised)
    row = rescheduling.reschedule(user=user, now=NOW)
    assert cards_of(user) != before
    assert rescheduling.returning(row) == 3

    rescheduling.take_back(user=user, rescheduling_id=row.pk, now=NOW + DAY)

    assert cards_of(user) == before
    row.refresh_from_db()
    assert row.taken_back_at == NOW + DAY
    assert not RescheduledCard.objects.exists()


def test_a_question_rated_since_keeps_the_day_of_that_rating(practised, bank):
    user = using(practised)
    row = rescheduling.reschedule(user=user, now=NOW)
    review = rated(user, bank["chunking"], 3, now=NOW + DAY)

    assert rescheduling.returning(row) == 2
    rescheduling.take_back(user=user, rescheduling_id=row.pk, now=NOW + DAY)

    card = bank["chunking"].cards.get(user=user)
    assert card.due_on == review.due_on
    assert stored_values(user, bank["chunking"]) == rebuilt_values(user, bank["chunking"])


def test_only_the_newest_rescheduling_is_taken_back_and_once(practised):
    user = using(practised)
    old = rescheduling.reschedule(user=user, now=NOW)
    between = cards_of(user)
    new = rescheduling.reschedule(user=using(user, LONG), now=NOW)

    with pytest.raises(rescheduling.NotNewestRescheduling):
        rescheduling.take_back(user=user, rescheduling_id=old.pk, now=NOW)
    assert rescheduling.take_back(user=user, rescheduling_id=new.pk, now=NOW) == new
    assert cards_of(user) == between
    assert rescheduling.take_back(user=user, rescheduling_id=new.pk, now=NOW) is None
    assert rescheduling.take_back(user=user, rescheduling_id=old.pk, now=NOW) == old


def test_nobody_takes_back_for_somebody_else(practised, bob):
    row = rescheduling.reschedule(user=using(practised), now=NOW)
    before = cards_of(practised)

    assert rescheduling.take_back(user=bob, rescheduling_id=row.pk, now=NOW) is None

    assert cards_of(practised) == before


# --- Undo -------------------------------------------------------------------------------------


def test_undoing_a_rating_after_it_leaves_the_rescheduled_card(practised, bank):
    user = using(practised)
    rescheduling.reschedule(user=user, now=NOW)
    before = cards_of(user)
    review = rated(user, bank["chunking"], 1, now=NOW + DAY)

    session.undo(user=user, review_id=review.pk)

    assert cards_of(user) == before


def test_undoing_a_rating_before_it_leaves_the_parameters_and_the_exact_day(practised, bank):
    question = bank["chunking"]
    review = rated(practised, question, 4, now=NOW)
    user = using(practised)
    rescheduling.reschedule(user=user, now=NOW + timedelta(minutes=1))

    session.undo(user=user, review_id=review.pk)

    events = [memory.Event(r.rating, r.study_day) for r in question.reviews.order_by("study_day")]
    outcome = memory.replay(events, memory.Policy(SHORT))
    card = question.cards.get(user=user)
    assert outcome is not None
    assert (card.stability, card.difficulty) == outcome.memory[:2]
    assert card.due_on == max(outcome.due_on, TODAY)
    assert stored_values(user, question) == rebuilt_values(user, question)


def test_a_question_begun_later_knows_nothing_of_it(practised, bank):
    question = bank["failed-project"]
    undone = rated(practised, question, 3)
    user = using(practised)
    rescheduling.reschedule(user=user, now=NOW)
    session.undo(user=user, review_id=undone.pk)
    assert not question.cards.exists()

    review = rated(user, question, 4, now=NOW + DAY)

    assert question.cards.get().due_on == review.due_on
    assert stored_values(user, question) == rebuilt_values(user, question)


# --- Any history ------------------------------------------------------------------------------

ACTS = ("rate", "rate", "rate", "undo", "fit", "back", "reschedule", "reschedule", "take back", "retention")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS), st.sampled_from(("chunking", "tool-calling")), st.integers(1, 4), st.integers(0, 9)
    ),
    min_size=4,
    max_size=16,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_card_is_what_its_reviews_and_reschedulings_make(alice, bank, steps):
    forget(alice)
    now = NOW
    for number, (act, slug, rating, days) in enumerate(steps):
        now += timedelta(days=days, minutes=1)
        done(fresh(alice), bank[slug], act, rating, number, now)
        for question in (bank["chunking"], bank["tool-calling"]):
            assert stored_values(alice, question) == rebuilt_values(alice, question)
    before = cards_of(alice)

    for question in (bank["chunking"], bank["tool-calling"]):
        rebuilding.rebuild_card(user_id=alice.pk, question_id=question.pk)
    assert cards_of(alice) == before
    rebuilding.rebuild_all(user_id=alice.pk)
    assert cards_of(alice) == before


def forget(user) -> None:
    for rows in (user.reviews, user.cards, user.reschedulings, user.parameters_uses):
        rows.all().delete()
    Profile.objects.filter(user=user).update(fsrs_parameters=[], fsrs_version="", desired_retention=0.9)


def nearby(parameters: tuple[float, ...], rating: int) -> tuple[float, ...]:
    """Others like these, within the bounds."""
    moved = (value * (0.8 + 0.1 * rating) for value in parameters)
    return tuple(min(max(v, low), high) for v, low, high in zip(moved, LOWEST, HIGHEST, strict=True))


def done(user, question, act: str, rating: int, number: int, now) -> None:
    today = today_of(user.profile, now)
    if act == "rate":
        if not Review.objects.filter(user=user, question=question, study_day__gte=today).exists():
            rated(user, question, rating, now=now)
    elif act == "undo":
        session.undo(user=user, review_id=session.newest_review_id(user) or 0)
    elif act == "fit":
        fits.use(user=user, fit=accepted(user, nearby(SHORT if number % 2 else LONG, rating)), now=now)
    elif act == "back":
        fits.use(user=user, fit=None, now=now)
    elif act == "retention":
        Profile.objects.filter(user=user).update(desired_retention=0.65 + rating * 0.08)
    elif act == "reschedule":
        with suppress(rescheduling.NothingToReschedule):
            rescheduling.reschedule(user=user, now=now)
    elif (row := rescheduling.newest_standing(user)) is not None:
        rescheduling.take_back(user=user, rescheduling_id=row.pk, now=now)


def test_an_unknown_version_is_an_error_and_a_refused_fit_is_unknown(alice):
    refused = accepted(alice, state="refused")

    for version in ("fit-0", "fsrs-7", refused.version):
        with pytest.raises(LookupError):
            stored_policy(version, 0.9)
    assert stored_policy(accepted(alice, LONG).version, 0.8) == memory.Policy(LONG, 0.8)
    assert policy_of(alice.profile) == memory.Policy()
