"""How often the model may be asked: readings are reserved in a ledger before their first call; calls are counted."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from questions.coach.attempts import MOST_CALLS
from questions.models import Feedback, Reading

# One lock for the ledger: the site's own limit is counted over everybody. It is held for three short statements.
LEDGER_LOCK = 5_150_001


class NothingLeft(Exception):
    """The model may not be asked; the message is the reason, for people."""


def reserve(*, feedback: Feedback, now: datetime) -> Reading:
    """The reading of this feedback: the one that an earlier attempt reserved, else a new one within both limits.

    Counting and writing are one transaction under one lock, so the limits hold however many ask at once.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER_LOCK])
            earlier = Reading.objects.filter(feedback=feedback).first()
            if earlier is not None:
                return earlier
            _check_limits(feedback.answer.user_id, now)
            return Reading.objects.create(user_id=feedback.answer.user_id, feedback=feedback, reserved_at=now)
    except IntegrityError:
        raise NothingLeft("The answer was deleted meanwhile.") from None


def _check_limits(user_id: int, now: datetime) -> None:
    counted = Reading.objects.counted(now)
    for asked, limit, whose in (
        (counted.filter(user_id=user_id), settings.COACH_DAILY_PER_USER, "Your"),
        (counted, settings.COACH_DAILY_TOTAL, "The site’s"),
    ):
        if asked.count() >= limit:
            raise NothingLeft(f"{whose} {limit:,} readings by the model in 24 hours are used up.")


def count_call(reading: Reading) -> bool:
    """Counts a call just before it is made; False, and nothing counted, when the reading has had all of its calls."""
    return bool(Reading.objects.filter(pk=reading.pk, calls__lt=MOST_CALLS).update(calls=F("calls") + 1))


def close(reading: Reading, *, tokens_in: int, tokens_out: int) -> int:
    """Adds what an attempt cost; a reading that made no call is given back. Returns the calls of all attempts."""
    rows = Reading.objects.filter(pk=reading.pk)
    rows.filter(calls=0).delete()
    rows.update(tokens_in=F("tokens_in") + tokens_in, tokens_out=F("tokens_out") + tokens_out)
    return rows.values_list("calls", flat=True).first() or 0
