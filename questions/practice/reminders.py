"""Who gets a reminder or a report now, and sending it at most once.

The row of SentMail is claimed before the mail goes out (its unique constraint decides between two schedulers). Where
the mail server says that it took nothing, the claim is given back and the next sweep tries again within the window; a
crash between claim and sending costs that day's mail: never twice goes before always once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from smtplib import SMTPAuthenticationError, SMTPConnectError, SMTPHeloError, SMTPRecipientsRefused, SMTPSenderRefused

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import Profile, User
from questions.models import SentMail
from questions.practice import letters

logger = logging.getLogger(__name__)

WINDOW = timedelta(hours=3)  # a worker that was away may be this late
AT_ONCE = 500  # profiles read at a time
WEEKLY_ON = 0  # Monday
# The server was not reached, or refused before it took the text.
NOT_TAKEN = (
    ConnectionError,
    TimeoutError,
    SMTPConnectError,
    SMTPHeloError,
    SMTPAuthenticationError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)


def moment_on(day: date, profile: Profile) -> datetime:
    """The reminder's moment (UTC) on a local date. An hour that the clocks skip is the moment after, a double one its
    first."""
    local = datetime.combine(day, time(profile.reminder_hour), tzinfo=profile.zone)
    return local.astimezone(UTC)


def due_moment(profile: Profile, now: datetime) -> datetime | None:
    """The moment whose window holds `now`: today's, or yesterday's late one; None outside of both."""
    local = now.astimezone(profile.zone).date()
    for day in (local, local - timedelta(days=1)):
        moment = moment_on(day, profile)
        if moment <= now < moment + WINDOW:
            return moment
    return None


def sweep(now: datetime) -> int:
    """Sends what is due now; how many mails went out. One person's trouble does not stop the others."""
    sent = 0
    for user in _wanting():
        try:
            sent += send_due(user, now)
        except Exception:
            logger.exception("The reminder of user %s failed.", user.pk)
    return sent


def _wanting() -> Iterator[User]:
    """Active people with a mail switched on, in portions."""
    wanted = Q(profile__reminds_daily=True) | Q(profile__reports_weekly=True)
    people = User.objects.filter(wanted, is_active=True, profile__is_demo=False).select_related("profile")
    yield from people.order_by("pk").iterator(chunk_size=AT_ONCE)


def send_due(user: User, now: datetime) -> int:
    """The mails of one person whose moment is now: none, one, or on a Monday two."""
    moment = due_moment(user.profile, now)
    if moment is None:
        return 0
    today = user.profile.study_day(moment)
    if user.profile.snoozed_until is not None and today < user.profile.snoozed_until:
        return 0
    if not can_be_mailed(user):
        return 0
    sent = 0
    is_monday = moment.astimezone(user.profile.zone).weekday() == WEEKLY_ON
    if user.profile.reports_weekly and is_monday:
        sent += _send_once(user, SentMail.Kind.WEEKLY, today, now)
    if user.profile.reminds_daily:
        sent += _send_once(user, SentMail.Kind.DAILY, today, now)
    return sent


def can_be_mailed(user: User) -> bool:
    """On a site with real mail only an address that its owner has confirmed."""
    if user.profile.is_demo or not user.is_active:
        return False
    return not settings.HAS_SMTP or EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def _send_once(user: User, kind: SentMail.Kind, today: date, now: datetime) -> bool:
    if SentMail.objects.filter(user=user, kind=kind, study_day=today).exists():
        return False
    letter = letters.daily(user, now) if kind == SentMail.Kind.DAILY else letters.weekly(user, now)
    if letter is None or not _claim(user, kind, today, now):
        return False
    try:
        letters.post(user, letter)
    except NOT_TAKEN as error:
        logger.warning("The mail server did not take a %s mail (%s).", kind, type(error).__name__)
        SentMail.objects.filter(user=user, kind=kind, study_day=today, sent_at=None).delete()
        return False
    SentMail.objects.filter(user=user, kind=kind, study_day=today).update(sent_at=now)
    return True


def _claim(user: User, kind: SentMail.Kind, today: date, now: datetime) -> bool:
    """Whether this process may send: the row is its own."""
    with transaction.atomic():
        _, is_new = SentMail.objects.get_or_create(user=user, kind=kind, study_day=today, defaults={"claimed_at": now})
    return is_new
