"""A calendar of interviews and planned practice, behind a secret link (iCalendar, RFC 5545; library icalendar)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from accounts.models import Profile, User
from accounts.presence import held
from questions.models import Interview
from questions.practice.activity import activity_of
from questions.practice.frame import frame_of
from questions.practice.limits import Own, limits_on
from questions.practice.queue import coming, stand_of
from questions.practice.sheet import sheet_of
from questions.practice.standings import minutes_each

DAYS = 14
PAST = timedelta(days=30)
PRODUCT = "-//Onsite//Practice//EN"


def make_link(*, user: User) -> str:
    """A new secret of 256 bits; the one before opens nothing any more. Only its SHA-256 is kept."""
    token = secrets.token_urlsafe(32)
    _keep(user, _hash(token))
    return token


def remove_link(*, user: User) -> None:
    _keep(user, "")


def _keep(user: User, digest: str) -> None:
    with held(user):
        Profile.objects.filter(user=user).update(feed_hash=digest)
    user.profile.feed_hash = digest


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def owner_of(token: str) -> User | None:
    """Whose feed it is; None for any other text. The hash is looked up, so nothing can be guessed by timing."""
    if not token:
        return None
    profile = Profile.objects.select_related("user").filter(feed_hash=_hash(token), user__is_active=True).first()
    if profile is None:
        return None
    profile.user.profile = profile
    return profile.user


def feed(user: User, now: datetime, host: str) -> bytes:
    """The calendar; the same bytes while nothing has changed. Six queries at most."""
    today = user.profile.study_day(now)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Onsite")
    stamp = datetime.combine(today, time(0), tzinfo=UTC)
    for interview in Interview.objects.for_user(user).filter(on__gte=today - PAST).order_by("on", "pk"):
        calendar.add_component(_interview(interview, host))
    for day, minutes, count in planned(user, today):
        calendar.add_component(_practice(user, day, minutes, count, stamp, host))
    content: bytes = calendar.to_ical()
    return content


def planned(user: User, today: date) -> list[tuple[date, int, int]]:
    """Each of the next days with something to do: the minutes that it will take and the questions that come back.

    The minutes are bounded by the day's own; days of a break hold nothing.
    """
    activity = activity_of(user, today)
    sheet = sheet_of(user, today)
    stand = stand_of(sheet, activity)
    each = minutes_each(stand.categories)
    by_day = coming(sheet, activity)
    breaks = frame_of(user, today).breaks
    profile = user.profile
    usual = Own(profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day)
    rows = []
    left_over = stand.due_beyond
    for n in range(DAYS):
        day = today + timedelta(days=n)
        if n == 0:
            minutes, count = stand.minutes_planned, len(stand.lines)
        else:
            limits = limits_on(day, usual, profile.easy_weekdays, breaks)
            due = left_over + by_day[day]
            count = min(due + limits.new, max(round(limits.minutes / each), 1) if each and limits.minutes else 0)
            left_over = max(due - count, 0)
            minutes = round(count * each)
        if minutes and count:
            rows.append((day, minutes, count))
    return rows


def _interview(interview: Interview, host: str) -> Event:
    event = Event()
    parts = [
        part for part in (interview.company, str(interview.get_round_display()) if interview.round else "") if part
    ]
    event.add("summary", "Interview" + (f": {', '.join(parts)}" if parts else ""))
    event.add("uid", f"interview-{interview.pk}@{host}")
    event.add("dtstamp", interview.created_at.astimezone(UTC))
    event.add("dtstart", interview.on)
    event.add("dtend", interview.on + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def _practice(user: User, day: date, minutes: int, count: int, stamp: datetime, host: str) -> Event:
    start = datetime.combine(day, time(user.profile.reminder_hour), tzinfo=user.profile.zone).astimezone(UTC)
    event = Event()
    event.add("summary", f"Practice, about {minutes} minutes")
    event.add("description", f"{count} question{'' if count == 1 else 's'}")
    event.add("uid", f"practice-{user.pk}-{day.isoformat()}@{host}")
    event.add("dtstamp", stamp)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=minutes))
    return event
