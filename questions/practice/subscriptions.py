"""Which mails a person wants: their settings, leaving by a signed link without a session, and coming back once."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.core import signing
from django.core.cache import cache

from accounts.models import Profile, User
from accounts.presence import held

LEAVE, RETURN = "onsite.unsubscribe", "onsite.subscribe-again"  # salts
DAILY, WEEKLY = "daily", "weekly"
SWITCHES = {DAILY: "reminds_daily", WEEKLY: "reports_weekly"}
RETURN_WITHIN = timedelta(days=1)


class NoSuchLink(Exception):
    """We did not sign this, or the account is no more."""


class LinkIsOver(Exception):
    """It was used already, or is older than a day."""


def save(
    *, user: User, reminds_daily: bool, reminder_hour: int, reports_weekly: bool, snoozed_until: date | None
) -> None:
    values = {
        "reminds_daily": reminds_daily,
        "reminder_hour": reminder_hour,
        "reports_weekly": reports_weekly,
        "snoozed_until": snoozed_until,
    }
    with held(user):
        Profile.objects.for_user(user).update(**values)


def wake(*, user: User) -> None:
    """Ends the snooze."""
    with held(user):
        Profile.objects.for_user(user).update(snoozed_until=None)


def token_of(user: User, kind: str) -> str:
    """Says who and what, to us alone: signed, with no address in it, good for ever."""
    return signing.dumps([user.pk, kind], salt=LEAVE)


def read(token: str) -> tuple[int, str]:
    """(user id, kind). Raises NoSuchLink."""
    try:
        user_id, kind = signing.loads(token, salt=LEAVE)
    except (signing.BadSignature, ValueError) as error:
        raise NoSuchLink from error
    return user_id, kind


def leave(*, token: str) -> str:
    """Switches the link's mail off; a token for `come_back`, empty where it was off before. Raises NoSuchLink."""
    user_id, kind = read(token)
    user = _present(user_id)
    with held(user):
        was_on = Profile.objects.for_user(user).filter(**{SWITCHES[kind]: True}).update(**{SWITCHES[kind]: False})
    if not was_on:
        return ""
    mark = secrets.token_urlsafe(16)
    cache.set(_place(mark), 1, timeout=int(RETURN_WITHIN.total_seconds()))
    return signing.dumps([user_id, kind, mark], salt=RETURN)


def come_back(*, token: str) -> str:
    """Takes a leaving back, once, within a day; the kind of mail. Raises NoSuchLink or LinkIsOver.

    The mark lies in the shared cache: where it was lost, the settings page is the way.
    """
    try:
        user_id, kind, mark = signing.loads(token, salt=RETURN, max_age=RETURN_WITHIN)
    except signing.SignatureExpired as error:
        raise LinkIsOver from error
    except (signing.BadSignature, ValueError) as error:
        raise NoSuchLink from error
    user = _present(user_id)
    if not cache.delete(_place(mark)):
        raise LinkIsOver
    with held(user):
        Profile.objects.for_user(user).update(**{SWITCHES[kind]: True})
    return str(kind)


def _place(mark: str) -> str:
    return f"mail-come-back:{mark}"


def _present(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NoSuchLink
    return user
