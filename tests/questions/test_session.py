"""Submit, rate and undo: once each, however often they arrive, and a card is always what its reviews make it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.forms.models import model_to_dict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Profile
from questions.models import Answer, Card, Draft, Feedback, Review
from questions.practice import memory, rebuilding, session
from questions.practice.calendar import today_of
from tests.cast import NOW, answered, fresh, rated

DAY = timedelta(days=1)


def submit(user, question, *, text="An answer of several words.", token="form-1", now=NOW, seconds=60, base=None):
    return session.submit_answer(
        user=user, question=question, text=text, seconds=seconds, token=token, now=now, draft_base=base
    )


def together(count: int, act: Callable[[int], Any]) -> list[Any]:
    """`act(n)` in `count` threads that start at the same moment; exceptions are returned like results."""
    gate = Barrier(count)

    def run(number: int) -> Any:
        try:
            gate.wait(timeout=30)
            return act(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def card_of(user, question) -> dict[str, Any] | None:
    card = Card.objects.filter(user=user, question=question).first()
    return model_to_dict(card, exclude=["id"]) if card else None


# --- Submitting -------------------------------------------------------------------------------


def test_an_answer_is_kept_with_its_version_words_time_and_a_waiting_feedback(alice, question):
    submitted = submit(alice, question, text="  Chunks should\r\noverlap.  ", seconds=95)

    answer = Answer.objects.get()
    assert submitted.is_new
    assert submitted.answer == answer
    assert (answer.text, answer.word_count, answer.seconds) == ("Chunks should\noverlap.", 3, 95)
    assert (answer.question_version, answer.study_day, answer.created_at) == (1, date(2026, 3, 2), NOW)
    assert not answer.is_peeked
    assert Feedback.objects.get().status == "pending"


def test_the_same_token_finds_the_first_answer_again(alice, question):
    first = submit(alice, question)
    again = submit(alice, question, text="Something else by now.", now=NOW + DAY)

    assert (again.is_new, again.answer) == (False, first.answer)
    assert Answer.objects.get().text == "An answer of several words."
    assert Feedback.objects.count() == 1


def test_a_token_means_nothing_to_another_person(alice, bob, question):
    submit(alice, question, text="The words of Alice.")

    submitted = submit(bob, question, text="The words of Bob.")

    assert submitted.is_new
    assert submitted.answer.user == bob


def test_submitting_takes_the_draft_away_and_no_other(alice, bob, bank):
    for user, slug in ((alice, "chunking"), (alice, "tool-calling"), (bob, "chunking")):
        session.save_draft(user=user, question=bank[slug], text="Half a sentence", seconds=5, now=NOW)

    submit(alice, bank["chunking"], base=NOW)

    assert set(Draft.objects.values_list("user__email", "question__slug")) == {
        ("alice@example.org", "tool-calling"),
        ("bob@example.org", "chunking"),
    }


def test_an_answer_after_a_reveal_is_marked_on_that_study_day_only(alice, question):
    session.reveal(user=alice, question=question, now=NOW)
    session.reveal(user=alice, question=question, now=NOW)

    assert submit(alice, question, token="a").answer.is_peeked
    assert not submit(alice, question, token="b", now=NOW + DAY).answer.is_peeked


@pytest.mark.parametrize("text", ["", "  \n\t ", "nul \x00 inside", "x" * 50_001, "half of a pair \ud83d"])
def test_a_text_that_cannot_be_kept_is_refused_with_a_reason_and_leaves_nothing(alice, question, text):
    with pytest.raises(session.BadAnswer) as refusal:
        submit(alice, question, text=text)

    assert len(str(refusal.value)) > 20
    assert not Answer.objects.exists()


def test_the_longest_text_is_kept(alice, question):
    assert submit(alice, question, text="é" * 50_000).answer.text == "é" * 50_000


@pytest.mark.parametrize(("told", "kept"), [(-5, 0), (0, 0), (10**9, 86_400)])
def test_a_time_that_cannot_be_is_brought_into_range(alice, question, told, kept):
    assert submit(alice, question, seconds=told).answer.seconds == kept


@pytest.mark.django_db(transaction=True)
def test_twenty_submits_at_once_are_one_answer_and_one_feedback(alice, question):
    found = together(20, lambda n: submit(fresh(alice), question))

    assert [type(one).__name__ for one in found] == ["Submitted"] * 20
    assert sum(one.is_new for one in found) == 1
    assert {one.answer.pk for one in found} == {Answer.objects.get().pk}
    assert Feedback.objects.count() == 1


# --- Rating -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("rating", "days"), [(1, 1), (2, 1), (3, 2), (4, 8)])
def test_each_rating_makes_a_review_and_the_card_that_the_preview_showed(alice, question, rating, days):
    answer = answered(alice, question)
    shown = session.preview(user=alice, question=question, card=None, now=NOW)[rating]

    review = rated(alice, question, rating, answer=answer)

    card = Card.objects.get()
    assert (review.rating, review.study_day, review.answer, review.seconds) == (rating, date(2026, 3, 2), answer, 300)
    assert (review.reviewed_at, review.desired_retention, review.parameters_version) == (NOW, 0.9, "fsrs-6-default")
    assert card.due_on == review.due_on == shown.due_on == date(2026, 3, 2) + timedelta(days=days)
    assert (card.stability, card.difficulty) == (review.stability, review.difficulty) == shown.memory[:2]
    assert (card.reps, card.lapses, card.last_rating, card.last_study_day) == (1, 0, rating, date(2026, 3, 2))


def test_again_on_a_known_question_is_a_lapse(alice, question):
    for n, rating in enumerate((1, 3, 1, 2, 1)):
        rated(alice, question, rating, now=NOW + n * DAY)

    assert (Card.objects.get().reps, Card.objects.get().lapses) == (5, 2)


@pytest.mark.parametrize("rating", [0, 5, -1, 10**30, True, "3", None, 3.5])
def test_any_other_rating_is_refused_and_leaves_nothing(alice, question, rating):
    with pytest.raises(session.BadAnswer):
        rated(alice, question, rating)

    assert not Review.objects.exists()
    assert not Card.objects.exists()


def test_a_second_review_on_the_study_day_is_refused_with_what_stands(alice, question):
    rated(alice, question, 3)

    with pytest.raises(session.AlreadyReviewed, match="Good on 2 March"):
        rated(alice, question, 1, now=NOW + timedelta(hours=15, minutes=59))

    assert Review.objects.get().rating == 3


def test_the_next_study_day_starts_at_the_day_start(alice, question):
    rated(alice, question, 3)

    rated(alice, question, 3, now=NOW + timedelta(hours=16))  # 04:00

    assert Review.objects.count() == 2


def test_the_same_answer_with_the_same_rating_finds_its_review_again_on_any_day(alice, question):
    answer, later = answered(alice, question), answered(alice, question, now=NOW + DAY)
    first = rated(alice, question, 3, answer=answer)
    second = rated(alice, question, 2, now=NOW + DAY, answer=later)

    for now in (NOW, NOW + DAY, NOW + 5 * DAY):
        again = session.rate(user=alice, question=question, rating=3, answer=answer, now=now)
        assert (again.is_new, again.review) == (False, first)
    assert set(Review.objects.all()) == {first, second}
    assert Card.objects.get().reps == 2


def test_the_same_answer_with_another_rating_is_refused_on_any_day(alice, question):
    answer = answered(alice, question)
    rated(alice, question, 3, answer=answer)

    for now in (NOW, NOW + 5 * DAY):
        with pytest.raises(session.AlreadyReviewed, match="this answer Good on 2 March"):
            rated(alice, question, 4, answer=answer, now=now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True])
def test_ratings_at_once_are_one_review(alice, question, is_known):
    if is_known:
        rated(alice, question, 3, now=NOW - 9 * DAY)

    found = together(8, lambda n: session.rate(user=fresh(alice), question=question, rating=1 + n % 4, now=NOW))

    kinds = sorted(type(one).__name__ for one in found)
    assert kinds == ["AlreadyReviewed"] * 7 + ["Rated"]
    assert Review.objects.filter(study_day=date(2026, 3, 2)).count() == 1
    assert Card.objects.get().reps == 1 + is_known


@pytest.mark.django_db(transaction=True)
def test_a_rating_and_an_undo_at_once_leave_a_card_that_its_reviews_make(alice, question):
    first = rated(alice, question, 3, now=NOW - 3 * DAY)

    def act(number: int) -> Any:
        if number % 2:
            return session.undo(user=fresh(alice), review_id=first.pk)
        return session.rate(user=fresh(alice), question=question, rating=4, now=NOW)

    together(6, act)

    stored = card_of(alice, question)
    rebuilding.rebuild_card(user_id=alice.pk, question_id=question.pk)
    assert card_of(alice, question) == stored
    assert stored is not None
    assert stored["reps"] == Review.objects.count()


# --- Undo -------------------------------------------------------------------------------------


def test_undoing_the_first_review_leaves_no_card_and_a_new_question(alice, question):
    answer = answered(alice, question)
    review = rated(alice, question, 3, answer=answer)

    undone = session.undo(user=alice, review_id=review.pk)

    assert undone is not None
    assert undone.answer == answer
    assert not Card.objects.exists()
    assert not Review.objects.exists()
    assert rated(alice, question, 1, answer=answer).rating == 1


def test_undoing_a_later_review_brings_the_card_back_exactly(alice, question):
    rated(alice, question, 3)
    rated(alice, question, 4, now=NOW + 3 * DAY)
    before = card_of(alice, question)
    review = rated(alice, question, 1, now=NOW + 40 * DAY)
    assert card_of(alice, question) != before

    session.undo(user=alice, review_id=review.pk)

    assert card_of(alice, question) == before


def test_only_the_newest_review_of_a_person_can_be_undone(alice, bob, bank):
    old = rated(alice, bank["chunking"], 3)
    new = rated(alice, bank["tool-calling"], 3, now=NOW + timedelta(minutes=5))
    rated(bob, bank["chunking"], 3, now=NOW + DAY)

    with pytest.raises(session.NotNewest):
        session.undo(user=alice, review_id=old.pk)
    assert session.undo(user=alice, review_id=new.pk) is not None
    assert session.undo(user=alice, review_id=old.pk) is not None


def test_another_persons_review_is_none_like_a_missing_one(alice, bob, question):
    review = rated(alice, question, 3)

    assert session.undo(user=bob, review_id=review.pk) is None
    assert session.undo(user=bob, review_id=10**15) is None
    assert Review.objects.count() == 1


def test_a_card_keeps_the_retention_that_each_review_was_made_with(alice, question):
    rated(alice, question, 3)
    Profile.objects.filter(user=alice).update(desired_retention=0.8)
    rated(fresh(alice), question, 3, now=NOW + 3 * DAY)
    stored = card_of(alice, question)
    Profile.objects.filter(user=alice).update(desired_retention=0.95)

    rebuilding.rebuild_card(user_id=alice.pk, question_id=question.pk)

    assert card_of(alice, question) == stored


# --- Any history ------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("rate", "rate", "rate", "undo", "retention")), st.integers(1, 4), st.integers(1, 60 * 24 * 20)
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_card_is_what_replaying_its_reviews_makes(alice, question, steps):
    Review.objects.all().delete()
    Card.objects.all().delete()
    now = NOW
    for kind, rating, minutes in steps:
        now += timedelta(minutes=minutes)
        user = fresh(alice)
        newest = Review.objects.first()
        if kind == "retention":
            Profile.objects.filter(user=alice).update(desired_retention=0.65 + rating * 0.08)
        elif kind == "undo" and newest:
            session.undo(user=user, review_id=newest.pk)
        elif newest is None or newest.study_day < today_of(user.profile, now):
            rated(user, question, rating, now=now)
    stored = card_of(alice, question)

    rebuilding.rebuild_card(user_id=alice.pk, question_id=question.pk)

    assert card_of(alice, question) == stored
    events = [memory.Event(r.rating, r.study_day) for r in Review.objects.order_by("study_day")]
    unfuzzed = memory.replay(events, memory.Policy())
    assert (unfuzzed is None) == (stored is None)
    if unfuzzed is not None and stored is not None:
        assert (stored["stability"], stored["difficulty"]) == unfuzzed.memory[:2]


def move(user, zone: str, day_start: int, now: datetime) -> None:
    """What the profile page does."""
    hold = fresh(user).profile.hold_before_change(now)
    Profile.objects.filter(user=user).update(
        time_zone=zone, day_starts_at_hour=day_start, held_study_day=hold.study_day, held_until=hold.until
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(
            st.integers(1, 50),
            st.sampled_from(("Pacific/Kiritimati", "Pacific/Niue", "Europe/Berlin", "Australia/Lord_Howe")),
            st.integers(0, 12),
        ),
        min_size=2,
        max_size=10,
    )
)
def test_a_change_of_zone_or_day_start_makes_no_card_due_twice_on_a_day_and_skips_none(alice, question, moves):
    Review.objects.all().delete()
    Card.objects.all().delete()
    Profile.objects.filter(user=alice).update(held_study_day=None, held_until=None)
    now = datetime(2026, 3, 20, tzinfo=UTC)
    rated(fresh(alice), question, 1, now=now)
    for hours, zone, day_start in moves:
        now += timedelta(hours=hours)
        user = fresh(alice)
        card, today = Card.objects.get(), today_of(user.profile, now)
        is_due = Card.objects.for_user(user).due(today).exists()
        # Due exactly when its date has come on the person's present calendar and it was not rated on that date.
        assert is_due == (card.due_on <= today and not Review.objects.filter(study_day__gte=today).exists())
        if is_due:
            rated(user, question, 1, now=now)
        move(alice, zone, day_start, now)
        moved = fresh(alice)
        # What was rated just before the move is not due again just after it.
        assert not Card.objects.for_user(moved).due(today_of(moved.profile, now)).exists()
    days = list(Review.objects.order_by("reviewed_at").values_list("study_day", flat=True))
    assert days == sorted(set(days))


def test_a_traveller_to_the_west_cannot_rate_the_same_date_twice(alice, question):
    Profile.objects.filter(user=alice).update(time_zone="Pacific/Kiritimati")
    rated(fresh(alice), question, 3)
    Profile.objects.filter(user=alice).update(time_zone="Pacific/Niue")

    with pytest.raises(session.AlreadyReviewed):
        rated(fresh(alice), question, 3, now=NOW + timedelta(hours=1))
    shown = session.preview(user=fresh(alice), question=question, card=Card.objects.get(), now=NOW)

    assert set(shown) == {1, 2, 3, 4}
