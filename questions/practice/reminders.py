"""Who gets a reminder or a report now, and sending it at most once.

The row of SentMail is claimed before the mail goes out; its unique constraint decides between two schedulers. Where
the mail server says that it did not take the mail, the claim is given back and a later sweep tries again within the
window, unless the refusal is lasting. Where nobody can tell (the line broke in the middle, the worker was killed) the
claim stays: never twice goes before always once.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Profile, User
from accounts.presence import AccountGone, held
from accounts.zones import zone
from questions.models import SentMail
from questions.practice import letters
from questions.practice.posting import NotTaken, ServerAway, post

logger = logging.getLogger(__name__)

WINDOW = timedelta(hours=3)  # a worker that was away may be this late
AT_ONCE = 100  # people a sweep: with a slow mail server they fit into a task's time
WEEKLY_ON = 0  # Monday
KEPT = timedelta(days=90)


class Swept(NamedTuple):
    """`goes_on_after`: the id after which the next portion begins; None when nobody is left."""

    sent: int
    goes_on_after: int | None = None


def moment_on(day: date, zone: ZoneInfo, hour: int) -> datetime:
    """The reminder's moment (UTC) on a local date. An hour that the clocks skip is the moment after, a double one its
    first."""
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def moment_now(zone: ZoneInfo, hour: int, now: datetime) -> datetime | None:
    """The moment whose window holds `now`: today's, or yesterday's late one; None outside of both."""
    local = now.astimezone(zone).date()
    for day in (local, local - timedelta(days=1)):
        moment = moment_on(day, zone, hour)
        if moment <= now < moment + WINDOW:
            return moment
    return None


def due_moment(profile: Profile, now: datetime) -> datetime | None:
    """As `moment_now`, and on the study day that runs now: once that is over, its mail is too."""
    moment = moment_now(profile.zone, profile.reminder_hour, now)
    if moment is None or profile.study_day(moment) != profile.study_day(now):
        return None
    return moment


def sweep(now: datetime, after: int = 0) -> Swept:
    """Sends what is due now to the next people by id. One person's trouble does not stop the others."""
    people = list(_waiting(now).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    sent = 0
    for user_id in people:
        try:
            sent += send_due(user_id, now)
        except ServerAway as error:
            logger.warning("The mail server was not reached (%s): a later sweep tries again.", _name(error))
            return Swept(sent)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("The reminder of user %s failed.", user_id)
    return Swept(sent, people[-1] if len(people) == AT_ONCE else None)


def _waiting(now: datetime) -> QuerySet[User]:
    """Active people with a mail switched on whose hour it is, and for whom nobody has claimed it yet."""
    daily, weekly = Q(profile__reminds_daily=True), Q(profile__reports_weekly=True)
    people = User.objects.filter(daily | weekly, is_active=True, profile__is_demo=False).order_by()
    clocks: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for name, hour in people.values_list("profile__time_zone", "profile__reminder_hour").distinct():
        moment = moment_now(zone(name), hour, now)
        if moment is not None:
            clocks[hour, moment.astimezone(zone(name)).weekday() == WEEKLY_ON].append(name)
    if not clocks:
        return people.none()
    at_hour, on_monday = Q(pk__in=[]), Q(pk__in=[])
    for (hour, is_monday), names in clocks.items():
        place = Q(profile__reminder_hour=hour, profile__time_zone__in=names)
        at_hour |= place
        on_monday |= place if is_monday else Q(pk__in=[])
    claimed = SentMail.objects.filter(user=OuterRef("pk"), claimed_at__gt=now - WINDOW)
    return people.filter(
        (daily & at_hour & ~Exists(claimed.filter(kind=SentMail.Kind.DAILY)))
        | (weekly & on_monday & ~Exists(claimed.filter(kind=SentMail.Kind.WEEKLY)))
    )


def send_due(user_id: int, now: datetime) -> int:
    """The mails of one person whose moment is now: none, one, or on a Monday two. Their wishes are read anew."""
    user = User.objects.select_related("profile").filter(pk=user_id).first()
    moment = due_moment(user.profile, now) if user else None
    if user is None or moment is None:
        return 0
    profile, today = user.profile, user.profile.study_day(now)
    is_quiet = profile.snoozed_until is not None and today < profile.snoozed_until
    if is_quiet or not can_be_mailed(user):
        return 0
    sent = 0
    if profile.reports_weekly and moment.astimezone(profile.zone).weekday() == WEEKLY_ON:
        sent += _send_once(user, SentMail.Kind.WEEKLY, today, now)
    if profile.reminds_daily:
        sent += _send_once(user, SentMail.Kind.DAILY, today, now)
    return sent


def can_be_mailed(user: User) -> bool:
    """On a site with real mail only an address that its owner has confirmed; a demonstration account never."""
    if user.profile.is_demo or not user.is_active:
        return False
    return not settings.HAS_SMTP or EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def _send_once(user: User, kind: SentMail.Kind, today: date, now: datetime) -> bool:
    row = SentMail.objects.filter(user=user, kind=kind, study_day=today)
    if row.exists():
        return False
    letter = letters.daily(user, now) if kind == SentMail.Kind.DAILY else letters.weekly(user, now)
    if letter is None:
        return False
    mail = letters.message(user, letter)
    if not _claim(user, kind, today, now):
        return False
    try:
        post(mail)
    except ServerAway:
        row.filter(sent_at=None).delete()
        raise
    except NotTaken as error:
        logger.warning("The mail server did not take the %s mail of user %s: %s.", kind, user.pk, _name(error))
        if not error.is_lasting:
            row.filter(sent_at=None).delete()
        return False
    row.update(sent_at=now)
    return True


def _claim(user: User, kind: SentMail.Kind, today: date, now: datetime) -> bool:
    """Whether this process may send: the row is its own."""
    try:
        with held(user):
            SentMail.objects.create(user=user, kind=kind, study_day=today, claimed_at=now)
    except (IntegrityError, AccountGone):
        return False
    return True


def _name(error: Exception) -> str:
    """For the log. What the server said may hold the address."""
    return f"{type(error.__cause__).__name__} {error}".rstrip()


def forget_old(now: datetime) -> None:
    """Removes the rows that no sweep asks for any more."""
    SentMail.objects.filter(claimed_at__lte=now - KEPT).delete()
