"""The end of a session: what moved, recall against the target, tomorrow's load, one suggestion, and going on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Profile
from questions.models import Break, Interview, Pause
from questions.practice import pausing
from questions.practice.closing import closing
from questions.practice.stamps import restamp
from tests.cast import NOW, answered, fresh, known, make_question, rated

DAY = timedelta(days=1)
TODAY = NOW.date()


def done(user, question, rating: int, seconds: int = 300):
    return rated(user, question, rating, answer=answered(user, question, seconds=seconds))


def test_what_moved_is_told_with_its_return_and_recall_beside_the_target(alice, bank):
    for slug in ("chunking", "tool-calling"):
        rated(alice, bank[slug], 3, now=NOW - 6 * DAY)
    done(alice, bank["chunking"], 3)
    done(alice, bank["tool-calling"], 1)
    new = done(alice, bank["hard-decision"], 4)

    found = closing(alice, NOW)

    assert (found.answered, found.minutes, found.new) == (3, 15, 1)
    assert (found.asked, found.recalled, found.target_percent) == (2, 1, 90)
    assert [moved.question.slug for moved in found.moved] == ["hard-decision", "tool-calling", "chunking"]
    assert (found.moved[0].rating, found.moved[0].due_on, found.moved[0].is_new) == ("Easy", new.due_on, True)
    assert found.tomorrow == 1


def test_what_was_forgotten_is_the_first_suggestion(alice, bank):
    rated(alice, bank["chunking"], 3, now=NOW - 6 * DAY)
    done(alice, bank["chunking"], 1)

    assert "did not come today" in closing(alice, NOW).suggestion.text


def test_else_a_pause_a_date_and_what_is_not_begun_are_suggested_in_turn(alice, bank):
    rated(alice, bank["chunking"], 4)
    assert closing(alice, NOW).suggestion.url == "/plan/"
    Interview.objects.create(user=alice, on=TODAY + 9 * DAY, created_at=NOW)
    restamp(alice)
    assert closing(alice, NOW).suggestion.text.startswith("You have not begun on Agents")
    pausing.pause(user=alice, question=bank["chunking"], kind=Pause.Kind.LEECH, now=NOW)
    assert closing(alice, NOW).suggestion.url == "/paused/"


def test_the_page_ends_the_session_and_offers_to_go_on(as_alice, alice, bank):
    now = timezone.now()
    Profile.objects.filter(user=alice).update(minutes_a_day=5, new_a_day=1)
    rated(fresh(alice), bank["chunking"], 3, now=now, answer=answered(alice, bank["chunking"], now=now, seconds=400))

    page = as_alice.get("/practice/next/").content.decode()
    for words in ("That is all for today.", "What moved today", "The title of chunking", "One thing for next"):
        assert words in page
    assert "Go on for 15 minutes" in page
    minutes = page.split('name="minutes" value="')[1].split('"')[0]
    new = page.split('name="new" value="')[1].split('"')[0]
    assert (
        as_alice.post("/settings/today/", {"minutes": minutes, "new": new, "next": "/practice/next/"}).status_code
        == 302
    )

    assert as_alice.get("/practice/next/").status_code == 302


def test_after_a_backlog_the_page_says_what_waits_and_how_long_it_takes(as_alice, alice, bank):
    today = timezone.now().date()
    Profile.objects.filter(user=alice).update(minutes_a_day=6, new_a_day=0)
    for n in range(9):
        known(alice, make_question(bank["chunking"].category, f"late-{n}"), last=today - 9 * DAY, due_on=today - DAY)

    assert "waiting; today’s best <strong>1</strong>" in as_alice.get("/").content.decode()
    first = known(alice, bank["chunking"], last=today - 9 * DAY, due_on=today + 30 * DAY).question
    now = timezone.now()
    rated(fresh(alice), first, 3, now=now, answer=answered(alice, first, now=now, seconds=600))

    page = as_alice.get("/practice/next/").content.decode()
    assert "<strong>9</strong> more wait. At this pace they fit into the next 9 days" in page


@pytest.mark.parametrize("is_own", [False, True])
def test_in_a_break_the_page_says_so(as_alice, alice, bank, is_own):
    today = timezone.now().date()
    Break.objects.create(user=alice, starts_on=today - DAY, ends_on=today + DAY, created_at=timezone.now())
    restamp(alice)
    if is_own:
        as_alice.post("/settings/today/", {"minutes": "20", "new": "2"})

    response = as_alice.get("/practice/next/")

    assert response.status_code == (302 if is_own else 200)
    if not is_own:
        assert "A break, until" in response.content.decode()
