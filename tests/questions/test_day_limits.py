"""Limits of one day alone: kept to that day, taken back, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone

from questions.models import DayLimits
from questions.practice.limits import Limits, Own
from questions.practice.queue import standing
from questions.practice.settings import BadLimits, add_break, day_limits, reset_day_limits, set_day_limits, usual_on
from tests.cast import NOW, fresh

TODAY = NOW.date()
DAY = timedelta(days=1)
PAGE = "/settings/today/"


def today_of(user):
    return fresh(user).profile.study_day(timezone.now())


def test_a_days_own_limits_hold_for_that_day_and_no_other(alice, bank, django_assert_num_queries):
    set_day_limits(user=alice, today=TODAY, minutes=60, new=None, reviews=0)
    user = fresh(alice)

    with django_assert_num_queries(1):
        assert day_limits(user, TODAY) == Own(60, None, 0)
    assert day_limits(user, TODAY + DAY) is None
    limits = standing(user, TODAY).limits
    assert (limits.minutes, limits.new, limits.reviews, limits.is_own) == (60, 5, 0, True)
    assert standing(user, TODAY + DAY).limits.minutes == 25


def test_setting_them_twice_keeps_one_row_and_each_time_the_plan_is_made_anew(alice, bank):
    user = fresh(alice)
    for minutes in (10, 90):
        set_day_limits(user=user, today=TODAY, minutes=minutes, new=None, reviews=None)
        assert standing(user, TODAY).limits.minutes == minutes
    assert DayLimits.objects.count() == 1


def test_back_to_usual_takes_them_away_and_so_does_leaving_all_empty(alice, bank):
    user = fresh(alice)
    set_day_limits(user=user, today=TODAY, minutes=10, new=None, reviews=None)
    assert standing(user, TODAY).limits.minutes == 10
    assert reset_day_limits(user=user, today=TODAY)
    assert standing(user, TODAY).limits == Limits(25, 5, None)
    assert not reset_day_limits(user=user, today=TODAY)

    set_day_limits(user=user, today=TODAY, minutes=10, new=None, reviews=None)
    assert set_day_limits(user=user, today=TODAY, minutes=None, new=None, reviews=None) is None
    assert not DayLimits.objects.exists()


@pytest.mark.parametrize("bad", [{"minutes": 481}, {"minutes": -1}, {"new": 101}, {"reviews": 501}])
def test_what_no_day_can_hold_is_refused(alice, bad):
    with pytest.raises(BadLimits):
        set_day_limits(user=alice, today=TODAY, **{"minutes": None, "new": None, "reviews": None, **bad})
    assert not DayLimits.objects.exists()


def test_usual_is_less_on_an_easy_weekday_and_nothing_in_a_break(alice):
    user = fresh(alice)
    user.profile.easy_weekdays = [TODAY.weekday()]
    assert usual_on(user, TODAY) == Own(13, 2, None)
    add_break(user=user, starts_on=TODAY, ends_on=TODAY, today=TODAY, now=NOW)
    assert usual_on(user, TODAY) == Own(0, 0, 0)


# --- The page ---------------------------------------------------------------------------------


def test_the_page_sets_today_and_leads_back_where_one_came_from(as_alice, alice):
    response = as_alice.post(PAGE, {"minutes": "45", "new": "", "reviews": "7", "next": "/questions/"})

    assert response.headers["Location"] == "/questions/"
    row = DayLimits.objects.get()
    assert (row.user, row.study_day) == (alice, today_of(alice))
    assert (row.minutes, row.new, row.reviews) == (45, None, 7)
    page = as_alice.get(PAGE).content.decode()
    assert 'value="45"' in page
    assert "Usually 25." in page
    assert "Back to usual" in page


def test_a_link_of_another_site_is_not_followed(as_alice):
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        assert as_alice.post(PAGE, {"minutes": "45", "next": elsewhere}).headers["Location"] == "/"


def test_back_to_usual_ignores_what_stands_in_the_fields(as_alice):
    as_alice.post(PAGE, {"minutes": "45"})
    page = as_alice.post(PAGE, {"minutes": "not a number", "usual": "1"}, follow=True).content.decode()

    assert "Today is as usual." in page
    assert not DayLimits.objects.exists()


@pytest.mark.parametrize("bad", [{"minutes": "481"}, {"new": "-1"}, {"reviews": "many"}, {"minutes": "9" * 30}])
def test_a_refused_form_keeps_what_was_typed(as_alice, bad):
    response = as_alice.post(PAGE, {"minutes": "45", **bad})

    assert response.status_code == 400
    ((name, value),) = bad.items()
    assert f'name="{name}" value="{value}"' in response.content.decode()
    assert "or leave it empty." in response.content.decode()
    assert not DayLimits.objects.exists()


def test_bobs_day_is_his_own(as_bob, as_alice, alice, bob):
    as_alice.post(PAGE, {"minutes": "45"})
    as_bob.post(PAGE, {"usual": "1"})

    assert DayLimits.objects.get().user == alice
    assert day_limits(bob, today_of(bob)) is None
    assert 'value="45"' not in as_bob.get(PAGE).content.decode()


@pytest.mark.parametrize(("is_own", "says"), [(False, "More or less today"), (True, "Back to usual")])
def test_the_part_for_other_pages_posts_to_the_same_place(is_own, says):
    limits = Limits(30, 5, None, is_own=is_own)
    request = RequestFactory().get("/")
    part = render_to_string("questions/settings/_today.html", {"limits": limits}, request=request)

    assert says in part
    assert f'action="{PAGE}"' in part
    assert 'placeholder="30"' in part
    assert ('value="30"' in part) is is_own
