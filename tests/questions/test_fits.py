"""A fit is asked for when there is something to fit, worked out by one worker, used when it forecasts better."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from accounts.rights import erase_person, export_person
from questions import tasks
from questions.models import Card, FittedParameters, ParametersUse, Rescheduling, Review
from questions.practice import fits, fitting, memory, rescheduling
from questions.practice.calendar import model_of, parameters_version_of, policy_of
from tests.cast import NOW, fresh, rated
from tests.questions.fitted import LONG, SHORT, accepted

DAY = timedelta(days=1)
GROUP = fitting.Group(60, 0.9, 0.8, 0.82)
BETTER = fitting.Trial(SHORT, 0.40, 0.38, 60, 0.99, (GROUP,))
NO_BETTER = fitting.Trial(SHORT, 0.40, 0.41, 60, 0.2, (GROUP,))


@pytest.fixture(autouse=True)
def few_are_enough(settings):
    settings.FIT_LEAST_REVIEWS = 3


@pytest.fixture
def learned(alice, bank):
    """Alice has three reviews."""
    for slug in ("chunking", "tool-calling", "agent-memory"):
        rated(alice, bank[slug], 3, now=NOW - 10 * DAY)
    return alice


@pytest.fixture
def outcome(monkeypatch):
    """What the next trial says; the list of what it was given."""
    given = []

    def say(trial):
        def tried(reviews, in_use):
            given.append((list(reviews), in_use))
            if isinstance(trial, Exception):
                raise trial
            return trial

        monkeypatch.setattr(fitting, "tried", tried)
        return given

    return say


def ended(user, trial, outcome, now=NOW) -> FittedParameters:
    outcome(trial)
    fits.ask(user=fresh(user), now=now)
    fit = fits.run(user_id=user.pk, now=now)
    assert fit is not None
    return fit


# --- Asking -----------------------------------------------------------------------------------


def test_too_few_reviews_are_not_asked_about(learned, settings):
    settings.FIT_LEAST_REVIEWS = 4

    assert fits.ask(user=learned, now=NOW) is None
    assert fits.ask_all(now=NOW) == []
    assert not FittedParameters.objects.exists()


def test_one_try_is_open_at_a_time(learned):
    assert fits.ask(user=learned, now=NOW) is not None
    assert fits.ask(user=learned, now=NOW + DAY) is None

    with pytest.raises(IntegrityError):
        FittedParameters.objects.create(user=learned, asked_at=NOW, study_day=NOW.date(), reviews=3)


def test_without_a_new_review_or_twice_a_day_by_hand_nothing_is_asked(learned, bank, outcome):
    ended(learned, NO_BETTER, outcome)
    assert fits.ask(user=learned, now=NOW + DAY, is_by_hand=True) is None

    rated(learned, bank["failed-project"], 3)

    assert fits.ask(user=learned, now=NOW, is_by_hand=True) is None
    assert fits.ask(user=learned, now=NOW + DAY, is_by_hand=True) is not None


def test_the_daily_task_asks_again_after_so_many_more_reviews(learned, bank, outcome, monkeypatch):
    monkeypatch.setattr(fits, "NEW_REVIEWS", 2)
    ended(learned, NO_BETTER, outcome)
    rated(learned, bank["failed-project"], 3)
    assert fits.ask_all(now=NOW + DAY) == []

    rated(learned, bank["hard-decision"], 3)

    assert fits.ask_all(now=NOW + DAY) == [learned.pk]
    assert FittedParameters.objects.for_user(learned).filter(state="waiting").get().reviews == 5


def test_the_daily_task_counts_each_person_alone_and_leaves_out_who_is_barred(learned, bob, bank):
    rated(bob, bank["chunking"], 3)
    assert fits.ask_all(now=NOW) == [learned.pk]
    FittedParameters.objects.all().delete()

    User.objects.filter(pk=learned.pk).update(is_active=False)

    assert fits.ask_all(now=NOW) == []


def test_the_daily_task_rings_for_each_and_a_lost_worker_is_rung_for_again(learned, monkeypatch):
    rung: list[int] = []
    monkeypatch.setattr(tasks, "ring_fit", rung.append)

    assert tasks.fit_people() == 1
    FittedParameters.objects.update(state="running", claimed_at=timezone.now(), tries=1)
    assert tasks.fit_people() == 0
    FittedParameters.objects.update(claimed_at=timezone.now() - fits.LEASE - timedelta(seconds=1))
    assert tasks.fit_people() == 1

    assert rung == [learned.pk] * 2


# --- Working out ------------------------------------------------------------------------------


def test_the_fit_gets_all_reviews_of_this_person_alone_and_the_parameters_in_use(learned, bob, bank, outcome):
    rated(bob, bank["chunking"], 1)
    rated(learned, bank["chunking"], 2)
    given = outcome(NO_BETTER)
    fits.ask(user=learned, now=NOW)

    fits.run(user_id=learned.pk, now=NOW)

    ((reviews, in_use),) = given
    expected = Review.objects.for_user(learned).order_by("study_day", "pk")
    assert reviews == [fitting.Past(r.question_id, r.rating, r.study_day.toordinal()) for r in expected]
    assert len(reviews) == 4
    assert in_use == fitting.DEFAULTS


def test_an_accepted_fit_is_kept_with_its_figures_and_used_for_new_ratings(learned, bank, outcome):
    before = list(Card.objects.order_by("pk").values())

    fit = ended(learned, BETTER, outcome)

    assert (fit.state, fit.parameters, fit.compared_with) == ("accepted", list(SHORT), memory.PARAMETERS_VERSION)
    assert (fit.loss_before, fit.loss_after, fit.held_out_reviews, fit.confidence) == (0.40, 0.38, 60, 0.99)
    assert fit.groups == [[60, 0.9, 0.8, 0.82]]
    assert list(Card.objects.order_by("pk").values()) == before
    review = rated(fresh(learned), bank["failed-project"], 3)
    assert review.parameters_version == fit.version
    assert review.stability == SHORT[2]
    assert [(use.fit, use.is_by_hand) for use in ParametersUse.objects.for_user(learned)] == [(fit, False)]


def test_a_refused_fit_changes_nothing(learned, bank, outcome):
    fit = ended(learned, NO_BETTER, outcome)

    assert fit.state == "refused"
    assert not ParametersUse.objects.exists()
    assert rated(fresh(learned), bank["failed-project"], 3).parameters_version == memory.PARAMETERS_VERSION


def test_too_few_returns_are_a_refusal_without_figures(learned, outcome):
    fit = ended(learned, None, outcome)

    assert (fit.state, fit.parameters, fit.groups, fit.loss_after) == ("refused", [], [], None)


def test_a_real_fit_on_real_rows_is_worked_out_and_refused(learned, bank):
    """Three reviews say nothing of anybody."""
    fits.ask(user=learned, now=NOW)

    fit = fits.run(user_id=learned.pk, now=NOW)

    assert fit is not None
    assert fit.state == "refused"


def test_of_two_workers_one_works_out_the_fit(learned, outcome):
    given = outcome(BETTER)
    fits.ask(user=learned, now=NOW)

    assert fits.run(user_id=learned.pk, now=NOW) is not None
    assert fits.run(user_id=learned.pk, now=NOW) is None

    assert len(given) == 1


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_the_same_moment_one_works_out_the_fit(learned, outcome):
    given = outcome(BETTER)
    fits.ask(user=learned, now=NOW)
    gate = Barrier(4)

    def work(_: int):
        gate.wait(timeout=30)
        try:
            return fits.run(user_id=learned.pk, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = [fit for fit in pool.map(work, range(4)) if fit]

    assert len(found) == len(given) == 1
    assert ParametersUse.objects.count() == 1


def test_a_worker_that_was_given_up_writes_nothing(learned, outcome, monkeypatch):
    fits.ask(user=learned, now=NOW)

    def slow(reviews, in_use):
        FittedParameters.objects.update(tries=2, claimed_at=NOW + fits.LEASE)  # another has taken it over
        return BETTER

    monkeypatch.setattr(fitting, "tried", slow)

    assert fits.run(user_id=learned.pk, now=NOW) is None
    assert FittedParameters.objects.get().state == "running"
    assert not ParametersUse.objects.exists()


def test_a_fit_that_breaks_has_failed_and_may_be_asked_for_again(learned, outcome, caplog):
    outcome(ValueError("singular"))
    fits.ask(user=learned, now=NOW)

    assert fits.run(user_id=learned.pk, now=NOW) is None

    assert FittedParameters.objects.get().state == "failed"
    assert "singular" in caplog.text
    assert fits.ask(user=learned, now=NOW + DAY) is not None


def test_a_fit_whose_workers_are_lost_thrice_has_failed(learned, outcome):
    given = outcome(BETTER)
    fits.ask(user=learned, now=NOW)
    FittedParameters.objects.update(state="running", tries=fits.MOST_TRIES, claimed_at=NOW - 2 * fits.LEASE)

    assert fits.run(user_id=learned.pk, now=NOW) is None

    assert FittedParameters.objects.get().state == "failed"
    assert not given


def test_the_task_works_out_what_waits(learned, outcome):
    outcome(BETTER)
    fits.ask(user=learned, now=NOW)

    tasks.fit_person(learned.pk)

    assert parameters_version_of(fresh(learned).profile) == FittedParameters.objects.get().version


# --- Using and going back ---------------------------------------------------------------------


def test_use_and_return_schedule_new_ratings_and_are_noted(learned):
    fit, stamp = accepted(learned, LONG), learned.profile.practice_stamp

    fits.use(user=learned, fit=fit, now=NOW)
    profile = fresh(learned).profile
    assert (policy_of(profile).parameters, parameters_version_of(profile)) == (LONG, fit.version)
    assert model_of(profile).w == LONG
    assert profile.practice_stamp > stamp

    fits.use(user=learned, fit=None, now=NOW + DAY)
    profile = fresh(learned).profile
    assert (policy_of(profile), parameters_version_of(profile)) == (memory.Policy(), memory.PARAMETERS_VERSION)
    assert [(use.fit, use.at) for use in ParametersUse.objects.all()] == [(None, NOW + DAY), (fit, NOW)]


def test_a_second_press_is_not_noted(learned):
    fit = accepted(learned)

    assert fits.use(user=learned, fit=fit, now=NOW) is not None
    assert fits.use(user=learned, fit=fit, now=NOW) is None
    assert fits.use(user=learned, fit=None, now=NOW) is not None
    assert fits.use(user=learned, fit=None, now=NOW) is None

    assert ParametersUse.objects.count() == 2


def test_whoever_has_gone_back_is_only_offered_the_next_fit(learned, bank, outcome):
    fits.use(user=learned, fit=accepted(learned), now=NOW)
    fits.use(user=fresh(learned), fit=None, now=NOW)
    FittedParameters.objects.update(reviews=0)

    fit = ended(learned, BETTER, outcome)

    assert fit.is_accepted
    assert parameters_version_of(fresh(learned).profile) == memory.PARAMETERS_VERSION
    fits.use(user=fresh(learned), fit=fit, now=NOW)
    assert not fits.has_gone_back(learned)


def test_what_the_person_chose_while_it_was_worked_out_stays(learned, monkeypatch):
    other = accepted(learned, LONG, reviews=0)
    fits.ask(user=learned, now=NOW)

    def meanwhile(reviews, in_use):
        fits.use(user=fresh(learned), fit=other, now=NOW)
        return BETTER

    monkeypatch.setattr(fitting, "tried", meanwhile)
    fit = fits.run(user_id=learned.pk, now=NOW)

    assert fit is not None
    assert fit.is_accepted
    assert parameters_version_of(fresh(learned).profile) == other.version


def test_a_worse_fit_cannot_be_accepted_even_by_mistake(learned):
    with pytest.raises(IntegrityError):
        accepted(learned, loss_before=0.3, loss_after=0.31)


# --- Rights -----------------------------------------------------------------------------------


def test_fits_uses_and_reschedulings_are_exported_and_go_with_the_account(learned, bob):
    fits.use(user=learned, fit=accepted(learned), now=NOW)
    accepted(bob, LONG)
    rescheduling.reschedule(user=fresh(learned), now=NOW)

    exported = export_person(user=fresh(learned))["questions"]

    assert [row["parameters"] for row in exported["fitted_parameters"]] == [list(SHORT)]
    assert len(exported["parameters_uses"]) == len(exported["reschedulings"]) == 1
    assert len(exported["rescheduled_cards"]) == 3
    erase_person(user=fresh(learned))
    assert not Rescheduling.objects.exists()
    assert not ParametersUse.objects.exists()
    assert FittedParameters.objects.get().user == bob
