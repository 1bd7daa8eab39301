"""The calendar behind a secret link: who may read it, what stands in it, and that it changes only with reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.models import Profile, User
from questions.models import Break, Interview
from questions.practice import feed, interviews
from questions.practice.interviews import Details
from questions.practice.stamps import restamp
from tests.cast import NOW, fresh, known, make_question, rated

DAY = timedelta(days=1)
PAGE = "/settings/reminders/"


def settle(user: User, **values: Any) -> User:
    Profile.objects.filter(user=user).update(**values)
    return fresh(user)


def events(text: bytes) -> dict[str, Any]:
    return {str(event["uid"]).partition("@")[0]: event for event in Calendar.from_ical(text).walk("VEVENT")}


def link_in(page: str) -> str:
    return page.split('id="feed-link">')[1].split("<")[0]


@pytest.fixture
def path(as_alice, bank) -> str:
    page = as_alice.post(f"{PAGE}link/").content.decode()
    return "/calendar/" + link_in(page).rpartition("/")[2]


# --- Who --------------------------------------------------------------------------------------


def test_the_link_is_shown_once_and_only_its_hash_is_kept(as_alice, alice):
    response = as_alice.post(f"{PAGE}link/")
    link = link_in(response.content.decode())
    token = link.rpartition("/")[2].removesuffix(".ics")

    assert link.startswith("http://localhost:8000/calendar/")
    assert len(token) >= 43  # 256 bits
    assert "no-store" in response.headers["Cache-Control"]
    assert link not in as_alice.get(PAGE).content.decode()
    assert token not in str(dict(as_alice.session))
    assert token not in fresh(alice).profile.feed_hash
    assert len(fresh(alice).profile.feed_hash) == 64


def test_the_link_opens_without_a_session_until_it_is_renewed_or_removed(as_alice, alice, path):
    first = Client().get(path)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["X-Robots-Tag"] == "noindex"
    assert not first.cookies

    second = "/calendar/" + link_in(as_alice.post(f"{PAGE}link/").content.decode()).rpartition("/")[2]
    assert [Client().get(address).status_code for address in (path, second)] == [404, 200]
    as_alice.post(f"{PAGE}link/remove/")

    assert fresh(alice).profile.feed_hash == ""
    assert [Client().get(address).status_code for address in (path, second, "/calendar/.ics")] == [404, 404, 404]


def test_no_other_method_opens_it_and_a_closed_account_has_none(alice, path):
    stranger = Client(enforce_csrf_checks=True)
    for method in (stranger.post, stranger.put, stranger.patch, stranger.delete, stranger.options):
        assert method(path).status_code == 405
    assert stranger.head(path).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert stranger.get(path).status_code == 404


def test_a_wrong_token_costs_one_query_whatever_it_is(path):
    stranger = Client()
    for wrong in ("x", path.removeprefix("/calendar/").removesuffix(".ics")[:-1], "ü" * 200, "%00"):
        with CaptureQueriesContext(connection) as queries:
            assert stranger.get(f"/calendar/{wrong}.ics").status_code == 404
        assert len(queries) == 1


def test_what_a_program_has_already_is_not_sent_again(path, alice):
    tag = Client().get(path).headers["ETag"]
    for known_tags in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        response = Client().get(path, headers={"If-None-Match": known_tags})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["ETag"] == tag
        assert response.headers["Cache-Control"] == "private, no-cache"

    today = fresh(alice).profile.study_day(datetime.now(UTC))
    interviews.add(user=fresh(alice), details=Details(on=today + DAY), today=today, now=datetime.now(UTC))

    assert Client().get(path, headers={"If-None-Match": tag}).status_code == 200


# --- What -------------------------------------------------------------------------------------


def test_it_holds_interviews_and_planned_days_and_names_no_question(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    user = settle(alice, time_zone="Europe/Berlin", reminder_hour=19, new_a_day=0)
    row = Interview.objects.create(
        user=user, on=date(2026, 3, 10), company="Acme, Inc.\n\x1b\u202eX", round="deep", created_at=NOW
    )
    restamp(user)

    content = feed.feed(user, NOW, "example.org")
    found = events(content)

    interview = found[f"interview-{row.pk}"]
    assert str(interview["summary"]) == "Interview: Acme, Inc. X, Technical deep dive"
    assert interview.decoded("dtstart") == date(2026, 3, 10)
    assert interview.decoded("dtend") == date(2026, 3, 11)
    assert interview.decoded("dtstamp") == NOW
    practice = found[f"practice-{user.pk}-2026-03-02"]
    assert practice.decoded("dtstart") == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert practice.decoded("dtend") - practice.decoded("dtstart") == timedelta(minutes=6)
    assert str(practice["summary"]) == "Practice, about 6 minutes"
    assert b"title of" not in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_it_is_the_same_bytes_until_something_changes(alice, bank):
    rated(alice, bank["chunking"], 1, now=NOW - 3 * DAY)
    user = fresh(alice)
    Interview.objects.create(user=user, on=date(2026, 3, 10), created_at=NOW)
    restamp(user)
    first = feed.feed(user, NOW, "example.org")

    assert feed.feed(fresh(user), NOW + timedelta(hours=9), "example.org") == first
    uids = list(events(first))
    assert len(uids) == len(set(uids))
    later = events(feed.feed(fresh(user), NOW + DAY, "example.org"))
    assert set(list(later)[:3]) <= set(uids)


def test_the_date_of_the_set_up_counts_while_no_interview_is_written_down(alice, bank):
    user = settle(alice, interview_on=date(2026, 3, 20))
    found = events(feed.feed(user, NOW, "example.org"))
    assert found[f"interview-of-{user.pk}"].decoded("dtstart") == date(2026, 3, 20)

    Interview.objects.create(user=user, on=date(2026, 3, 10), created_at=NOW)
    restamp(user)

    assert [uid for uid in events(feed.feed(user, NOW, "example.org")) if uid.startswith("interview-of")] == []


@pytest.mark.parametrize(("hour", "expected"), [(3, date(2026, 3, 3)), (4, date(2026, 3, 2))])
def test_an_hour_before_the_days_start_lies_on_the_date_after(alice, bank, hour, expected):
    user = settle(alice, reminder_hour=hour)

    first = events(feed.feed(user, NOW, "example.org"))[f"practice-{user.pk}-2026-03-02"]

    assert first.decoded("dtstart") == datetime.combine(expected, datetime.min.time(), tzinfo=UTC).replace(hour=hour)


def test_the_hour_stays_the_same_when_the_clocks_change(alice, bank):
    now = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)  # Berlin's clocks change on the 29th
    user = settle(alice, time_zone="Europe/Berlin", reminder_hour=8, minutes_a_day=5, new_a_day=1)

    found = events(feed.feed(user, now, "example.org"))
    starts = [event.decoded("dtstart").astimezone(user.profile.zone) for event in found.values()]

    assert len(starts) > 3
    assert {start.hour for start in starts} == {8}
    assert len({start.utcoffset() for start in starts}) == 2


def test_no_practice_is_planned_in_a_break(alice, bank):
    user = settle(alice)
    Break.objects.create(user=user, starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 8), created_at=NOW)
    restamp(user)

    days = [day for day, _, _ in feed.planned(user, NOW.date())]

    assert days
    assert not any(date(2026, 3, 3) <= day <= date(2026, 3, 8) for day in days)


def test_a_long_history_takes_no_more_queries(alice, bank):
    def counted() -> int:
        user = fresh(alice)
        with CaptureQueriesContext(connection) as queries:
            feed.feed(user, NOW, "example.org")
        return len(queries)

    few = counted()
    for n in range(30):
        known(alice, make_question(bank["chunking"].category, f"more-{n}"), due_on=NOW.date() + n * DAY)
        Interview.objects.create(user=alice, on=NOW.date() + n * DAY, created_at=NOW)
    restamp(alice)

    assert counted() == few <= 6
