"""The memory page says what is in use and what would move, in words, and every button does only what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from questions import tasks
from questions.models import Card, FittedParameters, Rescheduling
from questions.practice import fits, memory, rescheduling
from questions.practice.calendar import parameters_version_of
from tests.cast import fresh, rated
from tests.questions.fitted import LONG, SHORT, accepted

DAY = timedelta(days=1)
PAGE = "/settings/memory/"


@pytest.fixture
def rung(monkeypatch):
    people: list[int] = []
    monkeypatch.setattr(tasks, "ring_fit", people.append)
    return people


@pytest.fixture
def learned(alice, bank):
    """Alice knows three questions, rated in the last weeks."""
    now = timezone.now()
    for number, slug in enumerate(("chunking", "tool-calling", "agent-memory")):
        rated(alice, bank[slug], 3, now=now - (20 + number) * DAY)
        rated(alice, bank[slug], 2 + number, now=now - (10 + number) * DAY)
    return alice


def text_of(client) -> str:
    return " ".join(client.get(PAGE).content.decode().replace("&nbsp;", " ").split())


def post(client, name: str, **data):
    return client.post(reverse(f"memory:{name}"), data, follow=True)


def in_use(user) -> str:
    return parameters_version_of(fresh(user).profile)


# --- What it says -----------------------------------------------------------------------------


def test_at_the_beginning_the_defaults_are_in_use_and_it_says_how_many_reviews_are_missing(as_alice, learned):
    text = text_of(as_alice)

    assert "<strong>The default parameters</strong>" in text
    assert "You have 6 reviews. 994 more are needed" in text
    assert "Look now" not in text
    assert "Due dates" not in text
    assert "What was used when" not in text


def test_it_stands_in_the_side_navigation(as_alice):
    assert f'href="{PAGE}"' in as_alice.get("/account/profile/").content.decode()
    assert f'href="{PAGE}" aria-current="page"' in as_alice.get(PAGE).content.decode()


def test_a_fit_in_use_says_when_from_how_many_and_how_well(as_alice, learned):
    fits.use(user=learned, fit=accepted(learned), now=timezone.now(), is_by_hand=False)

    text = text_of(as_alice)

    assert "fitted on 2 March 2026 to 1,234 reviews" in text
    assert "the 200 later ones" in text
    assert "predicted that you would recall 86 %, and you recalled 86 %" in text
    assert "then in use had predicted 91 %" in text
    assert "5.0 % nearer to what happened (log-loss 0.3800 instead of 0.4000)" in text
    assert "<td>100</td> <td>90 %</td> <td>81 %</td> <td>83 %</td>" in text
    assert "after they forecast better" in text


def test_a_refused_fit_says_why_it_is_not_used(as_alice, learned):
    accepted(learned, state="refused", loss_after=0.4012)

    text = text_of(as_alice)

    assert "not clearly nearer to what happened (log-loss 0.4012, before 0.4000)" in text
    assert "<strong>The default parameters</strong>" in text
    assert "Use these" not in text


def test_an_offered_fit_shows_its_figures_though_a_newer_one_was_refused(as_alice, learned):
    accepted(learned)
    accepted(learned, state="refused", loss_after=0.4012)

    text = text_of(as_alice)

    assert "Use these" in text
    assert "log-loss 0.3800 instead of 0.4000" in text
    assert "log-loss 0.4012, before 0.4000" in text


def test_an_open_try_and_a_failed_one_are_named(as_alice, learned, settings):
    settings.FIT_LEAST_REVIEWS = 3
    fit = FittedParameters.objects.create(user=learned, asked_at=timezone.now(), study_day="2026-03-02", reviews=6)
    text = text_of(as_alice)
    assert "A worker is looking at your reviews" in text
    assert "Look now" not in text

    FittedParameters.objects.filter(pk=fit.pk).update(state="failed")
    assert "could not be finished" in text_of(as_alice)


def test_it_needs_a_log_in(client, db):
    assert client.get(PAGE).status_code == 302


def test_its_queries_do_not_grow_with_fits_uses_and_cards(as_alice, learned, bank):
    now = timezone.now()
    fits.use(user=learned, fit=accepted(learned), now=now)
    rescheduling.reschedule(user=fresh(learned), now=now)
    fits.use(user=fresh(learned), fit=accepted(learned, LONG), now=now)
    as_alice.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        as_alice.get(PAGE)
    for slug in ("failed-project", "hard-decision", "hybrid-search"):
        rated(learned, bank[slug], 3)
    for parameters in (SHORT, LONG) * 4:
        fits.use(user=fresh(learned), fit=accepted(learned, parameters), now=now)
    as_alice.get(PAGE)

    with CaptureQueriesContext(connection) as many:
        as_alice.get(PAGE)

    assert len(many) <= len(few)


# --- Looking ----------------------------------------------------------------------------------


def test_looking_asks_for_a_fit_and_rings_once(as_alice, learned, settings, rung):
    settings.FIT_LEAST_REVIEWS = 3
    assert "Look now" in text_of(as_alice)

    said = [post(as_alice, "look").content.decode() for _ in range(2)]

    assert "Your reviews are being looked at" in said[0]
    assert "There is nothing new to look at yet" in said[1]
    assert rung == [learned.pk]
    assert FittedParameters.objects.get().state == "waiting"


def test_looking_with_too_few_reviews_asks_for_nothing(as_alice, learned, rung):
    post(as_alice, "look")

    assert not rung
    assert not FittedParameters.objects.exists()


# --- Using and going back ---------------------------------------------------------------------


def test_an_accepted_fit_is_used_and_put_aside_by_a_press(as_alice, learned):
    fit = accepted(learned)
    assert "Use these" in text_of(as_alice)

    assert "with your own parameters" in post(as_alice, "use", fit=fit.pk).content.decode()
    assert in_use(learned) == fit.version

    assert "with the default parameters" in post(as_alice, "go_back").content.decode()
    assert in_use(learned) == memory.PARAMETERS_VERSION
    assert text_of(as_alice).count("chosen by you") == 2


def test_a_refused_fit_a_strange_number_and_somebody_elses_fit_are_not_found(as_alice, as_bob, learned):
    refused, good = accepted(learned, state="refused"), accepted(learned)

    for number in (refused.pk, 10**25, "x", "-1", "²", ""):
        assert post(as_alice, "use", fit=number).status_code == 404
    assert post(as_bob, "use", fit=good.pk).status_code == 404
    assert not FittedParameters.objects.exclude(uses=None).exists()


def test_a_get_of_a_button_does_nothing(as_alice, learned):
    for name in ("look", "use", "go_back", "reschedule", "take_back"):
        assert as_alice.get(reverse(f"memory:{name}")).status_code == 405


# --- Rescheduling -----------------------------------------------------------------------------


def test_the_numbers_stand_there_before_anything_moves(as_alice, learned):
    fits.use(user=learned, fit=accepted(learned), now=timezone.now())
    before = list(Card.objects.order_by("pk").values())

    text = text_of(as_alice)

    offered = rescheduling.offer(user=fresh(learned), now=timezone.now())
    assert offered is not None
    numbers = offered.outlook
    assert f"<dd>{numbers.sooner} question" in text
    assert f"{numbers.due_before} now, {numbers.due_after} then" in text
    assert "Reschedule 3 questions" in text
    assert list(Card.objects.order_by("pk").values()) == before


def test_a_press_moves_them_and_another_takes_it_back(as_alice, learned):
    fits.use(user=learned, fit=accepted(learned), now=timezone.now())
    before = list(Card.objects.order_by("pk").values())

    said = post(as_alice, "reschedule").content.decode()

    row = Rescheduling.objects.get()
    assert f"Rescheduled: {row.moved} question" in said
    assert list(Card.objects.order_by("pk").values()) != before
    text = text_of(as_alice)
    assert "Reschedule 3 questions" not in text
    assert "the 3 that you have not rated since" in text

    assert "is taken back" in post(as_alice, "take_back", rescheduling=row.pk).content.decode()
    assert list(Card.objects.order_by("pk").values()) == before
    assert "Reschedule 3 questions" in text_of(as_alice)


def test_pressing_twice_says_so_and_taking_back_twice_is_not_found(as_alice, learned):
    fits.use(user=learned, fit=accepted(learned), now=timezone.now())
    post(as_alice, "reschedule")
    row = Rescheduling.objects.get()

    assert "Nothing was moved" in post(as_alice, "reschedule").content.decode()
    assert post(as_alice, "take_back", rescheduling=row.pk).status_code == 200
    assert post(as_alice, "take_back", rescheduling=row.pk).status_code == 404


def test_bob_takes_back_nothing_of_alice(as_alice, as_bob, learned):
    fits.use(user=learned, fit=accepted(learned), now=timezone.now())
    post(as_alice, "reschedule")

    assert post(as_bob, "take_back", rescheduling=Rescheduling.objects.get().pk).status_code == 404

    assert Rescheduling.objects.get().taken_back_at is None
    assert "1,234" not in text_of(as_bob)
