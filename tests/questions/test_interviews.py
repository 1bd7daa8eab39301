"""Interviews: kept, changed and deleted by their owner alone; the profile's date follows, and the plan with it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Profile
from questions.models import Card, Interview
from questions.practice import interviews
from questions.practice.calendar import today_of
from questions.practice.interviews import Details, InterviewError
from questions.practice.rounds import ROUNDS, shares
from tests.cast import NOW, fresh, rated

DAY = timedelta(days=1)
TODAY = NOW.date()
GUIDE = {"rag": 0.5, "agents": 0.3, "behavioural": 0.2}


def add(user, days: int = 10, **details: Any) -> Interview:
    return interviews.add(user=user, details=Details(on=TODAY + days * DAY, **details), today=TODAY, now=NOW)


def form(**values: Any) -> dict[str, Any]:
    day = timezone.now().date() + 10 * DAY
    return {"on": day.isoformat(), "aim": "solid", "source": "round", "has_floor": "on", **values}


# --- Use cases --------------------------------------------------------------------------------


def test_the_profile_carries_the_nearest_date_and_each_change_restamps(alice, bank):
    stamps = [fresh(alice).profile.practice_stamp]
    later = add(alice, 20)
    nearer = add(alice, 5, company="  Acme\n Labs ")
    assert fresh(alice).profile.interview_on == nearer.on
    assert nearer.company == "Acme Labs"
    for act in (
        lambda: interviews.change(user=alice, interview=nearer, details=Details(on=TODAY + 30 * DAY), today=TODAY),
        lambda: interviews.delete(user=alice, interview_id=later.pk, today=TODAY),
    ):
        act()
        stamps.append(fresh(alice).profile.practice_stamp)

    assert fresh(alice).profile.interview_on == TODAY + 30 * DAY
    assert stamps == sorted(set(stamps))
    interviews.delete(user=alice, interview_id=nearer.pk, today=TODAY)
    assert fresh(alice).profile.interview_on is None


def test_the_date_of_the_set_up_counts_until_there_is_a_row(alice, bank):
    Profile.objects.filter(user=alice).update(interview_on=TODAY + 7 * DAY)
    user = fresh(alice)

    (given,) = interviews.ahead(user, TODAY)
    assert given.pk is None
    assert given.on == TODAY + 7 * DAY
    add(user, 3)
    assert [row.on for row in interviews.ahead(fresh(alice), TODAY)] == [TODAY + 3 * DAY]


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (Details(on=TODAY - DAY), "This day is over"),
        (Details(on=TODAY, company="a\x07b"), "control characters"),
        (Details(on=TODAY, company="x" * 81), "81 characters"),
        (Details(on=TODAY, weights={"rag": 0.0}), "above 0"),
        (Details(on=TODAY, weights={"rag": -1.0, "agents": 2.0}), "below"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_reason(alice, details, words):
    with pytest.raises(InterviewError, match=words):
        interviews.add(user=alice, details=details, today=TODAY, now=NOW)
    assert not Interview.objects.exists()


def test_a_past_interview_may_be_changed_but_not_moved_to_another_past_day(alice):
    old = Interview.objects.create(user=alice, on=TODAY - 5 * DAY, created_at=NOW)

    interviews.change(user=alice, interview=old, details=Details(on=old.on, company="Acme"), today=TODAY)
    with pytest.raises(InterviewError):
        interviews.change(user=alice, interview=old, details=Details(on=old.on + DAY), today=TODAY)

    assert Interview.objects.get().company == "Acme"


def test_twenty_interviews_ahead_are_enough(alice):
    for n in range(interviews.MOST_AHEAD):
        add(alice, n)
    with pytest.raises(InterviewError, match="20 interviews"):
        add(alice)


def test_shares_by_hand_go_before_the_rounds_and_those_before_the_guides():
    assert shares({"rag": 1.0, "agents": 3.0}, "design", GUIDE) == {"rag": 0.25, "agents": 0.75, "behavioural": 0.0}
    assert shares(None, "behavioural", GUIDE)["behavioural"] == 1.0
    assert shares(None, "", GUIDE) == pytest.approx(GUIDE)
    assert shares({"unknown": 1.0}, "", GUIDE) == pytest.approx(GUIDE)
    assert all(sum(round.shares.values()) == pytest.approx(1) for round in ROUNDS)


def test_no_interview_touches_a_card(alice, bank):
    rated(alice, bank["chunking"], 3)
    before = Card.objects.values().get()

    interviews.delete(user=alice, interview_id=add(alice).pk, today=TODAY)

    assert Card.objects.values().get() == before


# --- Pages ------------------------------------------------------------------------------------


def test_an_interview_is_added_changed_and_deleted_on_its_pages(as_alice, alice, bank):
    assert as_alice.post("/interviews/new/", form(company="Acme", round="deep")).headers["Location"] == "/plan/"
    kept = Interview.objects.get()
    assert (kept.company, kept.round, kept.weights, kept.has_floor) == ("Acme", "deep", None, True)

    page = as_alice.get("/plan/").content.decode()
    assert "10 days" in page
    assert "Acme, technical deep dive" in page
    as_alice.post(f"/interviews/{kept.pk}/edit/", form(source="hand", share_rag="60", share_agents="20", has_floor=""))
    kept.refresh_from_db()
    assert kept.weights == {"rag": 0.75, "agents": 0.25}
    assert not kept.has_floor
    as_alice.post(f"/interviews/{kept.pk}/delete/")
    assert "No interview ahead" in as_alice.get("/plan/").content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"on": "2020-01-01"}, "This day is over"),
        ({"on": "not a day"}, "Enter a valid date"),
        ({"aim": "everything"}, "valid choice"),
        ({"company": "x" * 300}, "at most 80"),
        ({"source": "hand", "share_rag": "0", "share_agents": "", "share_behavioural": "0"}, "above 0"),
        ({"source": "hand", "share_rag": "101"}, "less than or equal to 100"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(as_alice, bank, values, words):
    response = as_alice.post("/interviews/new/", form(**{"company": "Acme Labs", **values}))

    assert response.status_code == 400
    assert words in response.content.decode()
    assert values.get("company", "Acme Labs")[:80] in response.content.decode()
    assert not Interview.objects.exists()


def test_the_date_of_the_set_up_is_filled_into_the_form_and_can_be_removed(as_alice, alice, bank):
    day = today_of(alice.profile, timezone.now()) + 12 * DAY
    Profile.objects.filter(user=alice).update(interview_on=day)

    assert f'value="{day.isoformat()}"' in as_alice.get("/interviews/new/").content.decode()
    assert "Remove this date" in as_alice.get("/plan/").content.decode()
    as_alice.post("/interviews/forget/")
    assert fresh(alice).profile.interview_on is None


def test_bob_neither_sees_nor_changes_alices_interview(as_alice, as_bob, alice, bank):
    as_alice.post("/interviews/new/", form(company="Acme"))
    pk = Interview.objects.get().pk

    assert as_bob.get(f"/interviews/{pk}/edit/").status_code == 404
    assert as_bob.post(f"/interviews/{pk}/edit/", form()).status_code == 404
    assert as_bob.post(f"/interviews/{pk}/delete/").status_code == 404
    assert "Acme" not in as_bob.get(f"/plan/?interview={pk}").content.decode()
    assert Interview.objects.get().company == "Acme"


def test_after_the_day_the_plan_page_says_that_the_schedule_goes_on(as_alice, alice, bank):
    day: date = today_of(alice.profile, timezone.now()) - DAY
    Interview.objects.create(user=alice, on=day, company="Acme", created_at=NOW)

    page = as_alice.get("/plan/").content.decode()

    assert "is over. Plain spaced repetition goes on from here." in page
