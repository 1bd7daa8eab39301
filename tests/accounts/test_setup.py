"""The first-run set-up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.accounts.test_log_in import EVIL

pytestmark = pytest.mark.django_db


def test_three_steps_save_what_was_chosen_and_lead_to_the_dashboard(alice, as_alice):
    day = timezone.now().date() + timedelta(days=30)
    assert "Step <strong>1</strong> of 3" in as_alice.get("/welcome/").content.decode()
    assert as_alice.post("/welcome/", {"target_level": "senior"})["Location"] == "/welcome/2/"
    assert as_alice.post("/welcome/2/", {"interview_on": day.isoformat()})["Location"] == "/welcome/3/"
    assert as_alice.post("/welcome/3/", {"minutes_a_day": "45"})["Location"] == "/"
    profile = alice.profile
    profile.refresh_from_db()
    assert (profile.target_level, profile.interview_on, profile.minutes_a_day) == ("senior", day, 45)
    assert profile.set_up_at is not None


def test_each_step_can_be_skipped(alice, as_alice):
    assert as_alice.post("/welcome/", {"skip": "1", "target_level": "senior"})["Location"] == "/welcome/2/"
    assert as_alice.post("/welcome/2/", {"skip": "1"})["Location"] == "/welcome/3/"
    assert as_alice.post("/welcome/3/", {"skip": "1", "minutes_a_day": "99"})["Location"] == "/"
    profile = alice.profile
    profile.refresh_from_db()
    assert (profile.target_level, profile.minutes_a_day) == ("mid", 25)
    assert profile.set_up_at is not None


def test_the_whole_set_up_can_be_skipped(alice, as_alice):
    assert as_alice.post("/welcome/", {"skip_all": "1"})["Location"] == "/"
    alice.profile.refresh_from_db()
    assert alice.profile.set_up_at is not None


def test_there_is_a_way_back(as_alice):
    assert 'href="/welcome/"' in as_alice.get("/welcome/2/").content.decode()
    assert 'href="/welcome/2/"' in as_alice.get("/welcome/3/").content.decode()


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/welcome/", {"target_level": "boss"}),
        ("/welcome/", {}),
        ("/welcome/2/", {"interview_on": "2020-01-01"}),
        ("/welcome/2/", {"interview_on": "tomorrow"}),
        ("/welcome/3/", {"minutes_a_day": "4"}),
        ("/welcome/3/", {"minutes_a_day": "241"}),
        ("/welcome/3/", {"minutes_a_day": "x"}),
        ("/welcome/3/", {"minutes_a_day": "1e400"}),
    ],
)
def test_a_bad_value_stays_on_its_step_with_a_message(alice, as_alice, path, data):
    response = as_alice.post(path, data)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    alice.profile.refresh_from_db()
    assert (alice.profile.target_level, alice.profile.minutes_a_day, alice.profile.interview_on) == ("mid", 25, None)


@pytest.mark.parametrize("step", [0, 4, 99999999999])
def test_there_are_only_three_steps(as_alice, step):
    assert as_alice.get(f"/welcome/{step}/").status_code == 404


def test_it_hands_on_to_where_the_newcomer_was_going(as_alice):
    first = as_alice.post("/welcome/?next=/practice/next/", {"target_level": "mid", "next": "/practice/next/"})
    assert first["Location"] == "/welcome/2/?next=%2Fpractice%2Fnext%2F"
    assert as_alice.post("/welcome/3/", {"skip": "1", "next": "/practice/next/"})["Location"] == "/practice/next/"


@pytest.mark.parametrize("target", EVIL)
def test_it_hands_on_to_no_other_site(as_alice, target):
    assert as_alice.post("/welcome/3/", {"skip": "1", "next": target})["Location"] == "/"


def test_the_zone_is_guessed_at_set_up_only(alice, as_alice):
    as_alice.post("/welcome/", {"skip_all": "1"})
    as_alice.post("/welcome/", {"skip": "1", "time_zone": "Asia/Tokyo"})
    alice.profile.refresh_from_db()
    assert alice.profile.time_zone == "UTC"
    assert "data-time-zone" not in as_alice.get("/welcome/").content.decode()


def test_the_browsers_zone_is_taken_for_who_has_none_and_never_overwrites_a_choice(alice, as_alice):
    as_alice.post("/welcome/", {"skip": "1", "time_zone": "Europe/Berlin"})
    alice.profile.refresh_from_db()
    assert alice.profile.time_zone == "Europe/Berlin"
    assert "data-time-zone" not in as_alice.get("/welcome/").content.decode()
    as_alice.post("/welcome/", {"skip": "1", "time_zone": "Asia/Tokyo"})
    alice.profile.refresh_from_db()
    assert alice.profile.time_zone == "Europe/Berlin"


def test_today_is_the_day_where_the_person_is(alice, as_alice, time_machine):
    time_machine.move_to("2026-11-22T23:30:00+00:00")
    alice.profile.time_zone = "Asia/Tokyo"
    alice.profile.save()
    assert as_alice.post("/welcome/2/", {"interview_on": "2026-11-22"}).status_code == 200  # yesterday in Tokyo
    assert as_alice.post("/welcome/2/", {"interview_on": "2026-11-23"}).status_code == 302
    alice.profile.refresh_from_db()
    assert alice.profile.interview_on == date(2026, 11, 23)


def test_the_set_up_is_for_members(client):
    assert client.get("/welcome/")["Location"] == "/accounts/login/?next=/welcome/"
