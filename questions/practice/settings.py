"""How a person practises: their settings, breaks planned ahead, and limits of one day alone. Each write restamps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import Profile, User
from accounts.presence import held
from questions.models import Break, DayLimits
from questions.practice.limits import Own, Span, limits_on
from questions.practice.session import PracticeError
from questions.practice.stamps import restamp

LONGEST_BREAK = 60  # days
MOST_BREAKS = 20
FURTHEST = timedelta(days=365)
FIELDS = (
    *("desired_retention", "minutes_a_day", "new_a_day", "reviews_a_day"),
    *("easy_weekdays", "balances_load", "has_two_buttons"),
)
MOST_OF_A_DAY = {"minutes": 480, "new": 100, "reviews": 500}


class BadBreak(PracticeError):
    """These days cannot be a break."""


class BadLimits(PracticeError):
    """A limit that no day can have."""


# --- Settings ---------------------------------------------------------------------------------


def save_settings(
    *,
    user: User,
    desired_retention: float,
    minutes_a_day: int,
    new_a_day: int,
    reviews_a_day: int | None,
    easy_weekdays: Iterable[int],
    balances_load: bool,
    has_two_buttons: bool,
) -> Profile:
    """Writes these fields and no others; values out of range are refused by the form and by the database."""
    profile = user.profile
    profile.desired_retention = desired_retention
    profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day = minutes_a_day, new_a_day, reviews_a_day
    profile.easy_weekdays = sorted({day for day in easy_weekdays if 0 <= day <= 6})
    profile.balances_load, profile.has_two_buttons = balances_load, has_two_buttons
    with held(user):
        profile.save(update_fields=FIELDS)
        restamp(user)
    return profile


def usual(profile: Profile) -> Own:
    return Own(profile.minutes_a_day, profile.new_a_day, profile.reviews_a_day)


# --- Breaks -----------------------------------------------------------------------------------


def breaks_of(user: User, today: date) -> list[Break]:
    """The running break and those to come, the nearest first."""
    return list(Break.objects.for_user(user).filter(ends_on__gte=today))


def breaks_ahead(user: User, today: date) -> tuple[tuple[date, date], ...]:
    """First and last day of each running or coming break; one query."""
    rows = Break.objects.for_user(user).filter(ends_on__gte=today)
    return tuple(rows.values_list("starts_on", "ends_on"))


def add_break(*, user: User, starts_on: date, ends_on: date, today: date, now: datetime) -> Break:
    """Days without practice, both ends included. Raises BadBreak."""
    _check_span(starts_on, ends_on, today)
    with held(user):
        ahead = breaks_of(user, today)
        if met := next((row for row in ahead if row.starts_on <= ends_on and starts_on <= row.ends_on), None):
            raise BadBreak(
                f"You have a break from {met.starts_on:%-d %B} to {met.ends_on:%-d %B} already. "
                "Choose days outside it, or delete it first."
            )
        if len(ahead) >= MOST_BREAKS:
            raise BadBreak(f"{MOST_BREAKS} breaks are planned, and that is the most. Delete one first.")
        row = Break.objects.create(user=user, starts_on=starts_on, ends_on=ends_on, created_at=now)
        restamp(user)
    return row


def _check_span(starts_on: date, ends_on: date, today: date) -> None:
    if ends_on < starts_on:
        raise BadBreak("The last day lies before the first. Swap them.")
    if ends_on < today:
        raise BadBreak("These days are over. Choose a last day from today on.")
    if (ends_on - starts_on).days >= LONGEST_BREAK:
        raise BadBreak(f"A break is at most {LONGEST_BREAK} days long. Choose an earlier last day.")
    if starts_on > today + FURTHEST:
        raise BadBreak("A break begins at most a year ahead. Choose an earlier first day.")


def delete_break(*, user: User, break_id: int) -> Span | None:
    """The days that are open again; None when there is no such break of theirs."""
    with held(user):
        row = Break.objects.for_user(user).filter(pk=break_id).first()
        if row is None:
            return None
        row.delete()
        restamp(user)
    return Span(row.starts_on, row.ends_on)


# --- Today alone ------------------------------------------------------------------------------


def day_limits(user: User, today: date) -> Own | None:
    """What this day alone is set to, or None; one query."""
    row = DayLimits.objects.filter(user=user, study_day=today).values_list("minutes", "new", "reviews").first()
    return Own(*row) if row else None


def set_day_limits(
    *, user: User, today: date, minutes: int | None, new: int | None, reviews: int | None
) -> DayLimits | None:
    """Other limits for this study day; None means as usual, and three times None takes the day's own away."""
    for name, value in (("minutes", minutes), ("new", new), ("reviews", reviews)):
        if value is not None and not 0 <= value <= MOST_OF_A_DAY[name]:
            raise BadLimits(f"Choose a number from 0 to {MOST_OF_A_DAY[name]}.")
    if not Own(minutes, new, reviews).is_set:
        reset_day_limits(user=user, today=today)
        return None
    with held(user):
        values: dict[str, Any] = {"minutes": minutes, "new": new, "reviews": reviews}
        row, _ = DayLimits.objects.update_or_create(user=user, study_day=today, defaults=values)
        restamp(user)
    return row


def reset_day_limits(*, user: User, today: date) -> bool:
    """Back to usual; False when the day was as usual."""
    with held(user):
        removed, _ = DayLimits.objects.filter(user=user, study_day=today).delete()
        if removed:
            restamp(user)
    return bool(removed)


def usual_on(user: User, today: date) -> Own:
    """What the day would hold without limits of its own: the settings, less on easy weekdays and in breaks."""
    profile = user.profile
    breaks = tuple(Span(*days) for days in breaks_ahead(user, today))
    limits = limits_on(today, usual(profile), profile.easy_weekdays, breaks)
    return Own(limits.minutes, limits.new, limits.reviews)
