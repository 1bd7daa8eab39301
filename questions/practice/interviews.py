"""Dated interviews: which are ahead, what they ask, and keeping them. Writing one restamps the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Profile, User
from accounts.presence import held
from questions.models import Interview
from questions.practice.rounds import shares
from questions.practice.stamps import restamp

NEAREST = 3  # interviews that order a day's work; those further off wait their turn
MOST_AHEAD = 20
LONGEST_COMPANY = 80


class InterviewError(Exception):
    """Something that the person can mend; the message is for them."""


@dataclass(frozen=True)
class Details:
    """What is kept of an interview. `weights`: category slug to share, by hand; None: the round's, or the guide's."""

    on: date
    company: str = ""
    round: str = ""
    format: str = ""
    aim: str = Interview.Aim.SOLID
    has_floor: bool = True
    weights: Mapping[str, float] | None = None


def ahead(user: User, today: date) -> list[Interview]:
    """The interviews of today and later, nearest first. One query.

    The date that was given at set-up, with no row of its own, counts as one interview of which nothing else is known
    (its pk is None).
    """
    rows = list(Interview.objects.for_user(user).ahead(today))
    day = user.profile.interview_on
    if not rows and day is not None and day >= today:
        return [Interview(user=user, on=day)]
    return rows


def shares_of(interview: Interview, guide: Mapping[str, float]) -> dict[str, float]:
    """How likely each category is asked in it, sum 1. `guide`: category slug to the guide's weight."""
    return shares(interview.weights, interview.round, guide)


def add(*, user: User, details: Details, today: date, now: datetime) -> Interview:
    """A new interview. Raises InterviewError where it cannot be kept."""
    values = _checked(details, today, was_on=None)
    with held(user):
        if Interview.objects.for_user(user).ahead(today).count() >= MOST_AHEAD:
            raise InterviewError(f"You have {MOST_AHEAD} interviews ahead. Delete one before you add another.")
        interview = Interview.objects.create(user=user, created_at=now, **values)
        _settle(user, today)
    return interview


def change(*, user: User, interview: Interview, details: Details, today: date) -> Interview:
    """The interview with other details. A date that is over may stay, but not be chosen anew."""
    values = _checked(details, today, was_on=interview.on)
    with held(user):
        Interview.objects.for_user(user).filter(pk=interview.pk).update(**values)
        _settle(user, today)
    interview.refresh_from_db()
    return interview


def delete(*, user: User, interview_id: int, today: date) -> bool:
    """Removes one; False where there is no such interview of theirs."""
    with held(user):
        removed, _ = Interview.objects.for_user(user).filter(pk=interview_id).delete()
        if removed:
            _settle(user, today)
    return bool(removed)


def forget_date(*, user: User) -> None:
    """Removes the date that was given at set-up and has no row of its own."""
    with held(user):
        Profile.objects.filter(user=user).update(interview_on=None)
        user.profile.interview_on = None
        restamp(user)


def _checked(details: Details, today: date, was_on: date | None) -> dict[str, object]:
    if details.on < today and details.on != was_on:
        raise InterviewError("This day is over. Choose today or a later day.")
    company = " ".join(details.company.split())
    if len(company) > LONGEST_COMPANY:
        raise InterviewError(f"The company's name has {len(company)} characters; at most {LONGEST_COMPANY} fit.")
    if not company.isprintable():
        raise InterviewError("The company's name contains control characters. Remove them.")
    return {
        "on": details.on,
        "company": company,
        "round": details.round,
        "format": details.format,
        "aim": details.aim,
        "has_floor": details.has_floor,
        "weights": _normalised(details.weights),
    }


def _normalised(weights: Mapping[str, float] | None) -> dict[str, float] | None:
    if weights is None:
        return None
    total = sum(weights.values())
    if total <= 0 or any(not 0 <= weight < float("inf") for weight in weights.values()):
        raise InterviewError("Give at least one category a share above 0; none can be below it.")
    return {slug: round(weight / total, 6) for slug, weight in weights.items() if weight}


def _settle(user: User, today: date) -> None:
    """The profile carries the nearest date, for whoever asks only for that; the plan is worked out anew."""
    nearest = Interview.objects.for_user(user).ahead(today).values_list("on", flat=True).first()
    Profile.objects.filter(user=user).update(interview_on=nearest)
    user.profile.interview_on = nearest
    restamp(user)
