"""Another zone or day start in the middle of practice: nothing comes twice on a day, and nothing is left out."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.days import day_ends_at
from accounts.forms import ProfileForm
from accounts.models import Profile
from questions.models import Card, Question
from questions.practice.queue import standing
from questions.practice.session import AlreadyReviewed
from tests.cast import fresh, known, rated

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = datetime(2026, 3, 27, 21, 30, tzinfo=UTC)  # two days before Europe's clocks go forward
MOVES = [
    (("Europe/Berlin", 4), ("Asia/Tokyo", 4)),
    (("Asia/Tokyo", 4), ("Europe/Berlin", 4)),
    (("Pacific/Niue", 4), ("Pacific/Kiritimati", 4)),
    (("Pacific/Kiritimati", 4), ("Pacific/Niue", 4)),
    (("America/New_York", 0), ("Europe/London", 12)),
    (("Europe/London", 12), ("America/New_York", 0)),
    (("America/Los_Angeles", 4), ("Australia/Lord_Howe", 3)),
    (("Europe/Berlin", 4), ("Europe/Berlin", 12)),
    (("Europe/Berlin", 12), ("Europe/Berlin", 0)),
    (("Asia/Kathmandu", 4), ("UTC", 4)),
]


def move(user, clock: tuple[str, int], now: datetime):
    """As the profile page does it."""
    profile = user.profile
    values = {"name": "", "time_zone": clock[0], "day_starts_at_hour": clock[1], "target_level": "mid"}
    form = ProfileForm(values, instance=profile, today=profile.study_day(now), now=now)
    assert form.is_valid(), form.errors
    form.save()
    return fresh(user)


def settle(user, clock: tuple[str, int]):
    Profile.objects.filter(user=user).update(
        time_zone=clock[0], day_starts_at_hour=clock[1], minutes_a_day=240, new_a_day=0
    )
    return fresh(user)


def due(user, today: date) -> list[int]:
    return [line.question_id for line in standing(user, today).lines]


@pytest.mark.parametrize(("before", "after"), MOVES)
@pytest.mark.parametrize("hours", [0, 13])
def test_after_a_move_every_question_comes_once_a_day_and_on_its_day(alice, bank, before, after, hours):
    user, now = settle(alice, before), AT + hours * HOUR
    today = user.profile.study_day(now)
    ends = day_ends_at(today, zone=ZoneInfo(before[0]), day_starts_at_hour=before[1])
    done, late, next_day, later = list(bank.values())[:4]
    for question, offset in ((done, 0), (late, 0), (next_day, 1), (later, 2)):
        known(user, question, last=today - 20 * DAY, due_on=today + offset * DAY)
    again_on = rated(user, done, 1, now=now).due_on  # forgotten: back in a day or two

    user = move(user, after, now + timedelta(minutes=1))
    days, offered = practised_at_once(user, now + timedelta(minutes=2), days=4)

    assert [today, *days] == sorted([today, *days])
    for question, due_on in ((done, again_on), (late, today), (next_day, today + DAY), (later, today + 2 * DAY)):
        day, moment = offered[question.pk]
        assert day == min(day for day in days if day >= due_on)
        assert (moment < ends) is (due_on <= today)


def practised_at_once(user, start: datetime, *, days: int) -> tuple[list[date], dict[int, tuple[date, datetime]]]:
    """Hour by hour, whatever is offered is rated; the study days that came, and where each question first did."""
    seen: list[date] = []
    offered: dict[int, tuple[date, datetime]] = {}
    for hour in range(24 * days):
        now = start + hour * HOUR
        today = user.profile.study_day(now)
        if today not in seen[-1:]:
            seen.append(today)
        for question_id in due(user, today):
            offered.setdefault(question_id, (today, now))
            rated(user, Question.objects.get(pk=question_id), 3, now=now)  # raises AlreadyReviewed if it came twice
    return seen, offered


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_moving_there_and_back_at_once_changes_nothing(alice, bank, before, after):
    user = settle(alice, before)
    today = user.profile.study_day(AT)
    question = bank["chunking"]
    known(user, question, last=today - 20 * DAY, due_on=today)
    rated(user, question, 1, now=AT)
    cards = list(Card.objects.values())

    for minute, clock in enumerate((after, before, after, before), start=1):
        user = move(user, clock, AT + minute * timedelta(minutes=1))
        assert user.profile.study_day(AT + minute * timedelta(minutes=1)) == today
        assert due(user, today) == []
        with pytest.raises(AlreadyReviewed):
            rated(user, question, 3, now=AT + minute * timedelta(minutes=1))

    assert list(Card.objects.values()) == cards


def test_reviews_of_a_day_count_for_the_day_that_was_running(alice, bank):
    """Practice between a move and the end of the held day belongs to that day, in the statistics too."""
    user = settle(alice, ("Europe/Berlin", 4))
    today = user.profile.study_day(AT)
    user = move(user, ("Asia/Tokyo", 4), AT)
    by_day: dict[date, int] = defaultdict(int)
    for n, question in enumerate(list(bank.values())[:3]):
        by_day[rated(user, question, 3, now=AT + n * 2 * HOUR).study_day] += 1

    assert by_day == {today: 3}  # 22:30 to 02:30 in Berlin, and the next morning in Tokyo
