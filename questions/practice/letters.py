"""What the reminder and the weekly report say, and posting them with a way out in one click (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.links import absolute
from accounts.models import User
from questions.practice import queue
from questions.practice.calendar import today_of
from questions.practice.stats import Tally, stats

SALT = "onsite.unsubscribe"
DAILY, WEEKLY = "daily", "weekly"


@dataclass(frozen=True)
class Letter:
    """`kind` names the templates emails/<kind>-{subject,body}."""

    kind: str
    values: dict[str, Any]


def token_of(user: User, kind: str) -> str:
    """Says who and what, to us alone: signed, with no address in it, good for ever."""
    return signing.dumps([user.pk, kind], salt=SALT, compress=False)


def read_token(token: str) -> tuple[int, str] | None:
    """(user id, kind), or None for what we did not sign."""
    try:
        user_id, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (user_id, kind) if isinstance(user_id, int) and kind in (DAILY, WEEKLY) else None


def daily(user: User, now: datetime) -> Letter | None:
    """None where nothing is left to do today: nobody is written to for the sake of it."""
    today = today_of(user.profile, now)
    stand = queue.standing(user, today)
    if not stand.lines or not (stand.due_count or stand.target):
        return None
    titled = queue.titled(user, stand.lines[:1])
    target = stand.target
    return Letter(
        DAILY,
        {
            "count": len(stand.lines),
            "due": stand.due_today,
            "waiting": stand.due_count,
            "minutes": stand.minutes_planned,
            "first_title": titled[0][1].title if titled else "",
            "days_left": (target.on - today).days if target else None,
            "company": target.company if target else "",
            "practise_url": absolute(reverse("practice:next")),
        },
    )


def weekly(user: User, now: datetime) -> Letter | None:
    """The seven days before; None where nothing was done and nothing is due."""
    today = today_of(user.profile, now)
    found = stats(user, today)
    week = [today - timedelta(days=n) for n in range(1, 8)]
    answered = sum(found.days.get(day, (0, 0))[0] for day in week)
    seconds = sum(found.days.get(day, (0, 0))[1] for day in week)
    coming = sum(count for _, count in found.forecast[:8])
    if not answered and not coming:
        return None
    month: Tally = found.past.periods["30"].all
    return Letter(
        WEEKLY,
        {
            "answered": answered,
            "minutes": round(seconds / 60),
            "days": sum(day in found.days for day in week),
            "begun": sum(found.past.begun.get(day, 0) for day in week),
            "coming": coming,
            "asked": month.asked,
            "percent": month.percent,
            "target": round(100 * found.target),
            "progress_url": absolute(reverse("progress:page")),
            "practise_url": absolute(reverse("practice:next")),
        },
    )


def post(user: User, letter: Letter) -> None:
    """Sends it; whatever the mail server raises goes through."""
    leave = absolute(reverse("mail:unsubscribe", args=[token_of(user, letter.kind)]))
    values = {
        **letter.values,
        "name": user.name,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "unsubscribe_url": leave,
        "settings_url": absolute(reverse("reminders:page")),
    }
    subject = " ".join(render_to_string(f"emails/{letter.kind}-subject.txt", values).split())
    text = render_to_string(f"emails/{letter.kind}-body.txt", values).strip() + "\n"
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers)
    message.attach_alternative(render_to_string(f"emails/{letter.kind}-body.html", values), "text/html")
    message.send()
