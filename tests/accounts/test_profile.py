"""The profile page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Profile, User
from accounts.zones import is_zone, zones_by_region

pytestmark = pytest.mark.django_db

GOOD = {
    "name": "Alice",
    "time_zone": "Europe/Berlin",
    "day_starts_at_hour": "5",
    "target_level": "senior",
    "interview_on": "",
}


def test_everything_can_be_changed(alice, as_alice):
    day = timezone.now().date() + timedelta(days=9)
    response = as_alice.post("/account/profile/", {**GOOD, "interview_on": day.isoformat()})
    assert response["Location"] == "/account/profile/"
    alice.refresh_from_db()
    profile = alice.profile
    assert (alice.name, profile.time_zone, profile.day_starts_at_hour) == ("Alice", "Europe/Berlin", 5)
    assert (profile.target_level, profile.interview_on) == ("senior", day)


def test_a_new_zone_lets_the_running_study_day_end_first(alice, as_alice):
    now = timezone.now()
    Profile.objects.update(time_zone="Pacific/Niue", day_starts_at_hour=4)
    alice = User.objects.get(pk=alice.pk)
    before = alice.profile.study_day(now)
    page = as_alice.post("/account/profile/", {**GOOD, "time_zone": "Pacific/Auckland"}, follow=True)
    profile = Profile.objects.get()
    assert profile.time_zone == "Pacific/Auckland"
    assert profile.study_day(now) == before == profile.held_study_day
    assert profile.held_until
    assert profile.study_day(profile.held_until) > before
    assert "The running study day ends on" in page.content.decode()


def test_saving_without_moving_the_day_holds_nothing(alice, as_alice):
    as_alice.post("/account/profile/", {**GOOD, "time_zone": "UTC", "day_starts_at_hour": "4"})
    profile = Profile.objects.get()
    assert (profile.held_study_day, profile.held_until) == (None, None)
    assert profile.target_level == "senior"


def test_shortcuts_are_on_until_they_are_switched_off(alice, as_alice):
    assert Profile.objects.get().has_shortcuts
    as_alice.post("/account/profile/", GOOD)
    assert not Profile.objects.get().has_shortcuts
    as_alice.post("/account/profile/", {**GOOD, "has_shortcuts": "on"})
    assert Profile.objects.get().has_shortcuts


@pytest.mark.parametrize("hour", ["13", "23"])
def test_a_day_cannot_start_after_noon(alice, as_alice, hour):
    assert as_alice.post("/account/profile/", {**GOOD, "day_starts_at_hour": hour}).status_code == 200
    assert Profile.objects.get().day_starts_at_hour == 4


def test_the_day_can_start_from_midnight_to_noon_and_a_later_hour_is_explained(as_alice):
    page = as_alice.get("/account/profile/").content.decode()
    select = page.partition('name="day_starts_at_hour"')[2].partition("</select>")[0]
    assert re.findall(r'<option value="(\d+)"', select) == [str(hour) for hour in range(13)]
    for hour in ("13", "23", "-1"):
        refused = as_alice.post("/account/profile/", {**GOOD, "day_starts_at_hour": hour}).content.decode()
        assert "Choose an hour from 00:00 to 12:00." in refused
    assert Profile.objects.get().day_starts_at_hour == 4
    as_alice.post("/account/profile/", {**GOOD, "day_starts_at_hour": "12"})
    assert Profile.objects.get().day_starts_at_hour == 12


def test_the_switch_for_single_keys_says_what_it_is_for(as_alice):
    page = as_alice.get("/account/profile/").content.decode()
    box = re.search(r'<input[^>]*name="has_shortcuts"[^>]*>', page)
    assert box
    assert 'type="checkbox"' in box[0]
    assert " checked" in box[0]
    assert 'aria-describedby="id_has_shortcuts_helptext"' in box[0]
    assert '<label for="id_has_shortcuts">Single-key shortcuts</label>' in page
    assert "Switch them off if you dictate" in page


def test_the_interview_date_can_be_cleared(alice, as_alice):
    Profile.objects.update(interview_on=timezone.now().date())
    as_alice.post("/account/profile/", GOOD)
    alice.profile.refresh_from_db()
    assert alice.profile.interview_on is None


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("berlin", "Europe/Berlin"), ("New York", "America/New_York"), ("asia/tokyo", "Asia/Tokyo"), ("utc", "UTC")],
)
def test_a_city_is_enough_for_the_time_zone(alice, as_alice, typed, zone):
    as_alice.post("/account/profile/", {**GOOD, "time_zone": typed})
    alice.profile.refresh_from_db()
    assert alice.profile.time_zone == zone


def test_a_past_interview_does_not_stop_other_changes(alice, as_alice):
    Profile.objects.update(interview_on="2020-02-02")
    assert as_alice.post("/account/profile/", {**GOOD, "interview_on": "2020-02-02"}).status_code == 302
    assert as_alice.post("/account/profile/", {**GOOD, "interview_on": "2020-02-03"}).status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        {"time_zone": "Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"time_zone": ""},
        {"day_starts_at_hour": "24"},
        {"day_starts_at_hour": "-1"},
        {"target_level": "boss"},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"interview_on": "31.12.2099"},
    ],
)
def test_a_bad_value_changes_nothing_and_is_named(alice, as_alice, bad):
    response = as_alice.post("/account/profile/", {**GOOD, **bad})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    alice.refresh_from_db()
    assert (alice.name, alice.profile.time_zone) == ("", "UTC")


def test_fields_that_the_page_does_not_show_cannot_be_set(alice, as_alice):
    extra = {
        "desired_retention": "0.71",
        "minutes_a_day": "9",
        "is_demo": "1",
        "user": "999",
        "is_staff": "1",
        "email": "x@example.org",
    }
    as_alice.post("/account/profile/", {**GOOD, **extra})
    alice.refresh_from_db()
    assert (alice.email, alice.is_staff) == ("alice@example.org", False)
    profile = alice.profile
    assert (profile.desired_retention, profile.minutes_a_day, profile.is_demo) == (0.9, 25, False)


def test_bob_changes_only_his_own(alice, as_bob, bob):
    as_bob.post("/account/profile/", {**GOOD, "name": "Bob"})
    alice.refresh_from_db()
    bob.refresh_from_db()
    assert (alice.name, bob.name) == ("", "Bob")


def test_a_name_is_shown_as_text(as_alice):
    as_alice.post("/account/profile/", {**GOOD, "name": "<script>alert(1)</script>"})
    page = as_alice.get("/account/profile/").content.decode()
    assert "<script>alert(1)" not in page


def test_a_user_has_a_profile_from_the_start():
    user = User.objects.create_user("carol@example.org", None)
    assert user.profile.minutes_a_day == 25
    assert not user.has_usable_password()


def test_a_user_who_cannot_be_saved_leaves_no_profile(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("alice@example.org", None)
    assert Profile.objects.count() == 1


def test_an_address_in_capitals_is_kept_small():
    assert User.objects.create_user(" Carol@Example.ORG ", None).email == "carol@example.org"


def test_the_database_refuses_the_same_address_in_other_capitals(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ALICE@example.org")])


@pytest.mark.parametrize(
    "change",
    [
        {"day_starts_at_hour": 24},
        {"minutes_a_day": 4},
        {"target_level": "boss"},
        {"desired_retention": 0.5},
        {"new_a_day": 101},
    ],
)
def test_the_database_refuses_values_out_of_range(alice, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Profile.objects.update(**change)


def test_every_offered_zone_is_accepted():
    names = [name for group in zones_by_region().values() for name in group]
    assert len(names) > 400
    assert all(is_zone(name) for name in names)
    with pytest.raises(ValidationError):
        Profile(time_zone="Factory").full_clean(exclude=["user"])
