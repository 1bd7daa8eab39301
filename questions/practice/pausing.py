"""Questions that rest: skipped for now, put off until tomorrow, paused until taken back. Cards are never touched."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from accounts.presence import held
from questions.models import Card, Pause, Question
from questions.practice.calendar import today_of
from questions.practice.stamps import restamp

LEECH_LAPSES = 4  # a question forgotten so often needs another form, not another repetition
LEECH_EVERY = 2  # and again after every second lapse more


def pause(*, user: User, question: Question, kind: Pause.Kind, now: datetime) -> Pause:
    """A skipped question comes last today, one put off comes tomorrow, a paused one when it is taken back."""
    is_for_today = kind in (Pause.Kind.SKIPPED, Pause.Kind.BURIED)
    until = today_of(user.profile, now) + timedelta(days=1) if is_for_today else None
    with held(user):
        row, _ = Pause.objects.update_or_create(
            user=user, question=question, defaults={"kind": kind, "until": until, "created_at": now}
        )
        restamp(user)
    return row


def resume(*, user: User, question: Question) -> bool:
    """Asks the question again as its card says; False when it was not paused."""
    with held(user):
        removed, _ = Pause.objects.for_user(user).filter(question=question).delete()
        if removed:
            restamp(user)
    return bool(removed)


def is_leech(lapses: int) -> bool:
    """Whether the lapse that was just counted pauses the question."""
    return lapses >= LEECH_LAPSES and (lapses - LEECH_LAPSES) % LEECH_EVERY == 0


def pause_leech(*, user: User, question: Question, card: Card | None, lapses: int, now: datetime) -> bool:
    """In the transaction of the rating. The sheet of today needs no new stamp: a rated question is not on it."""
    if not is_leech(lapses) or (card is not None and card.lapses == lapses):
        return False
    Pause.objects.update_or_create(
        user=user, question=question, defaults={"kind": Pause.Kind.LEECH, "until": None, "created_at": now}
    )
    return True
