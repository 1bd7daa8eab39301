"""The settings of practice: what follows is shown before it is saved, and only what is shown is written."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Profile
from questions.practice import consequences as consequences_module
from questions.practice import turns, workload
from questions.practice.consequences import consequences, settings_of
from questions.practice.limits import Own
from questions.practice.workload import Settings
from tests.cast import NOW, fresh, known, make_question, rated

PAGE, ASK = "/settings/practice/", "/settings/practice/consequences/"
HTMX = {"HX-Request": "true"}
GOOD = {
    "retention": "92.5",
    "minutes_a_day": "40",
    "new_a_day": "7",
    "reviews_a_day": "30",
    "easy_weekdays": ["5", "6"],
    "balances_load": "on",
    "has_two_buttons": "on",
}
TODAY = NOW.date()


def profile_of(user) -> Profile:
    return Profile.objects.get(user=user)


@pytest.fixture
def lived(monkeypatch):
    """How often the simulator was run."""
    calls = []
    real = workload.forecast

    def counted(*args):
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(workload, "forecast", counted)
    return calls


# --- Saving -----------------------------------------------------------------------------------


def test_what_was_chosen_is_kept_and_the_plan_is_made_anew(as_alice, alice):
    before = profile_of(alice).practice_stamp
    page = as_alice.post(PAGE, GOOD, follow=True).content.decode()

    profile = profile_of(alice)
    assert (profile.desired_retention, profile.minutes_a_day, profile.new_a_day) == (0.925, 40, 7)
    assert (profile.reviews_a_day, profile.easy_weekdays) == (30, [5, 6])
    assert (profile.balances_load, profile.has_two_buttons) == (True, True)
    assert profile.practice_stamp == before + 1
    assert "Your settings are saved." in page
    assert re.search(r'name="retention" value="92.5"', page)


def test_what_is_not_ticked_is_off_and_no_limit_is_no_limit(as_alice, alice):
    as_alice.post(PAGE, GOOD)
    as_alice.post(PAGE, {"retention": "90", "minutes_a_day": "25", "new_a_day": "0", "reviews_a_day": ""})

    profile = profile_of(alice)
    assert (profile.reviews_a_day, profile.easy_weekdays, profile.new_a_day) == (None, [], 0)
    assert (profile.balances_load, profile.has_two_buttons) == (False, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("retention", "69.9"),
        ("retention", "97.1"),
        ("retention", "nan"),
        ("retention", ""),
        ("retention", "90.55"),
        ("minutes_a_day", "4"),
        ("minutes_a_day", "241"),
        ("minutes_a_day", "9" * 40),
        ("new_a_day", "101"),
        ("new_a_day", "-1"),
        ("reviews_a_day", "0"),
        ("reviews_a_day", "501"),
        ("easy_weekdays", "7"),
        ("easy_weekdays", "monday"),
    ],
)
def test_a_bad_value_changes_nothing_is_named_and_stands_as_it_was_typed(as_alice, alice, field, value):
    before = Profile.objects.filter(user=alice).values().get()
    response = as_alice.post(PAGE, {**GOOD, field: value})
    page = response.content.decode()

    assert response.status_code == 400
    assert "errorlist" in page
    assert 'name="minutes_a_day" value="40"' in page or field == "minutes_a_day"
    if field != "easy_weekdays" and value:
        assert f'name="{field}" value="{value}"' in page
    assert Profile.objects.filter(user=alice).values().get() == before


@pytest.mark.parametrize("value", ["70", "97"])
def test_the_ends_of_the_range_can_be_had(as_alice, alice, value):
    assert as_alice.post(PAGE, {**GOOD, "retention": value}).status_code == 302
    assert profile_of(alice).desired_retention == int(value) / 100


def test_only_the_shown_fields_are_written(as_alice, alice, monkeypatch):
    """What changes elsewhere between reading and writing the profile stays."""
    real = Profile.save

    def meanwhile(self, *args, **kwargs):
        Profile.objects.filter(user=alice).update(time_zone="Asia/Tokyo", target_level="senior")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Profile, "save", meanwhile)
    as_alice.post(PAGE, {**GOOD, "time_zone": "Europe/Berlin", "is_demo": "1", "practice_stamp": "99"})

    profile = profile_of(alice)
    assert (profile.time_zone, profile.target_level, profile.is_demo) == ("Asia/Tokyo", "senior", False)
    assert profile.minutes_a_day == 40
    assert profile.practice_stamp < 99


def test_bobs_settings_are_his_own(as_bob, alice, bob):
    before = Profile.objects.filter(user=alice).values().get()
    as_bob.post(PAGE, GOOD)

    assert Profile.objects.filter(user=alice).values().get() == before
    assert profile_of(bob).minutes_a_day == 40


def test_no_token_reaches_an_address(as_alice, bank):
    """The button that asks by GET sends what the form holds; the token is the saving button's own."""
    page = as_alice.get(PAGE).content.decode()
    form = page.partition('action="/settings/practice/"')[2].partition("</form>")[0]

    assert re.search(r'<button type="submit"[^>]*name="csrfmiddlewaretoken"', form)
    assert not re.search(r'<input[^>]*name="csrfmiddlewaretoken"', form)
    assert re.search(r'formmethod="get"\s+formaction="/settings/practice/consequences/"', form)


# --- What follows -----------------------------------------------------------------------------


def test_the_page_shows_what_follows_from_the_present_settings(as_alice, alice, bank):
    page = as_alice.get(PAGE).content.decode()

    assert "With your present settings you practise about" in page
    assert "Minutes a day if nothing were left waiting" in page
    assert ">Then</th>" not in page


def test_other_values_are_shown_beside_the_present_ones_and_nothing_is_saved(as_alice, alice, bank):
    before = Profile.objects.filter(user=alice).values().get()
    response = as_alice.get(ASK, GOOD, headers=HTMX)
    part = response.content.decode()

    assert response.status_code == 200
    assert "<html" not in part
    assert "With these settings you would practise about" in part
    assert ">Then</th>" in part
    assert Profile.objects.filter(user=alice).values().get() == before


def test_without_scripts_the_whole_page_comes_with_the_values_as_typed(as_alice, bank):
    page = as_alice.get(ASK, GOOD).content.decode()

    assert "<html" in page
    assert 'name="minutes_a_day" value="40"' in page
    assert "With these settings you would practise about" in page
    assert re.search(r'value="5"[^>]*checked', page)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_values_out_of_range_are_named_and_nothing_is_worked_out_from_them(as_alice, bank, headers):
    response = as_alice.get(ASK, {**GOOD, "minutes_a_day": "1"}, headers=headers)

    assert response.status_code == 400
    assert "Write a whole number from 5 to 240." in response.content.decode()


def test_the_numbers_are_those_of_the_simulator(as_alice, alice, bank):
    for question in bank.values():
        known(alice, question, stability=6)
    found = consequences(
        user=fresh(alice), then=Settings(Own(40, 7, 30), 0.925, (5, 6), True, True), now=timezone.now()
    )
    part = as_alice.get(ASK, GOOD, headers=HTMX).content.decode()

    cells = [re.sub(r"<[^>]+>", " ", cell).split()[0] for cell in re.findall(r"<td>(.*?)</td>", part, re.S)]
    seen = [(one.minutes_a_day, one.busiest, one.answers, one.new, one.waiting, one.needed, one.known) for one in
            (found.now, found.then)]  # fmt: skip
    expected = [f"{value:.0f}" for pair in zip(*seen, strict=True) for value in pair]
    assert cells[:14] == [str(round(float(value))) for value in expected]
    assert found.total == 6


def test_with_an_interview_ahead_the_known_are_counted_on_its_day(alice, bank):
    now = NOW
    Profile.objects.filter(user=alice).update(interview_on=TODAY + timedelta(days=12))
    user = fresh(alice)
    found = consequences(user=user, then=settings_of(user.profile), now=now)
    assert found.known_on == found.interview_on == TODAY + timedelta(days=12)

    Profile.objects.filter(user=alice).update(interview_on=TODAY + timedelta(days=200))
    user = fresh(alice)
    found = consequences(user=user, then=settings_of(user.profile), now=now)
    assert (found.known_on, found.interview_on) == (TODAY + timedelta(days=90), TODAY + timedelta(days=200))

    Profile.objects.filter(user=alice).update(interview_on=TODAY - timedelta(days=1))
    user = fresh(alice)
    found = consequences(user=user, then=settings_of(user.profile), now=now)
    assert (found.known_on, found.interview_on) == (TODAY + timedelta(days=30), None)


def test_an_empty_bank_is_said_to_be_empty(as_alice):
    assert "nothing to look ahead to" in as_alice.get(PAGE).content.decode()


def test_reading_takes_the_same_queries_however_many_questions(as_alice, alice, bank, django_assert_max_num_queries):
    as_alice.get(PAGE)
    cache.clear()
    with django_assert_max_num_queries(9) as few:
        as_alice.get(PAGE)
    for n in range(30):
        known(alice, make_question(bank["chunking"].category, f"more-{n}", position=20 + n))
    cache.clear()
    with django_assert_max_num_queries(len(few)):
        as_alice.get(PAGE)


# --- Kept, and at whose turn ------------------------------------------------------------------


def test_the_same_values_are_worked_out_once_until_something_changes(as_alice, alice, bank, lived):
    as_alice.get(ASK, GOOD, headers=HTMX)
    assert len(lived) == 2
    as_alice.get(ASK, GOOD, headers=HTMX)
    as_alice.get(PAGE)
    assert len(lived) == 2
    as_alice.get(ASK, {**GOOD, "minutes_a_day": "50"}, headers=HTMX)
    assert len(lived) == 3
    rated(alice, bank["chunking"], 3, now=timezone.now())
    as_alice.get(PAGE)
    assert len(lived) == 4
    as_alice.post(PAGE, GOOD)
    as_alice.get(PAGE)
    assert len(lived) == 5


def test_two_people_never_share_what_was_worked_out(as_alice, as_bob, bank, lived):
    as_alice.get(PAGE)
    as_bob.get(PAGE)
    assert len(lived) == 2


def test_while_one_is_worked_out_the_next_one_waits_and_saving_does_not(as_alice, alice, bank):
    now = timezone.now()
    with turns.turn(alice.pk, now):
        response = as_alice.get(ASK, GOOD, headers=HTMX)
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "1"
        assert "Ask again in 1 second." in response.content.decode()
        assert 'hx-trigger="load delay:1s"' in response.content.decode()
        assert as_alice.get(ASK, GOOD).status_code == 200
        assert as_alice.post(PAGE, GOOD).status_code == 302
    assert profile_of(alice).minutes_a_day == 40
    assert as_alice.get(ASK, GOOD, headers=HTMX).status_code == 200


def test_after_sixty_turns_one_waits_for_the_rest_of_five_minutes_and_others_do_not(alice, bob):
    for _ in range(turns.AT_MOST):
        with turns.turn(alice.pk, NOW):
            pass
    with pytest.raises(turns.AskAgain) as refused, turns.turn(alice.pk, NOW + timedelta(seconds=100)):
        pass
    assert refused.value.seconds == 200
    with turns.turn(bob.pk, NOW):
        pass


def test_a_turn_is_given_back_when_the_work_fails(alice):
    with pytest.raises(ZeroDivisionError), turns.turn(alice.pk, NOW):
        raise ZeroDivisionError
    with turns.turn(alice.pk, NOW):
        pass


def test_a_long_wait_is_said_and_not_asked_again_by_itself(as_alice, alice, bank, monkeypatch):
    monkeypatch.setattr(turns, "AT_MOST", 0)
    response = as_alice.get(ASK, GOOD, headers=HTMX)
    part = response.content.decode()

    assert response.status_code == 429
    assert re.search(r"Ask again in \d+ minutes", part)
    assert "load delay" not in part
    assert as_alice.post(PAGE, GOOD).status_code == 302


def test_what_is_kept_is_forgotten_after_a_while(alice, bank, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "set", lambda *args, timeout: kept.append(timeout))
    user = fresh(alice)
    consequences(user=user, then=settings_of(user.profile), now=NOW)
    assert kept == [consequences_module.KEPT_SECONDS]
