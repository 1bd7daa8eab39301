"""What the reminder and the weekly report say, each with a way out in one click (RFC 8058)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.links import absolute
from accounts.models import User
from questions.practice import queue
from questions.practice.calendar import today_of
from questions.practice.subscriptions import DAILY, WEEKLY, token_of
from questions.practice.week import week_before


@dataclass(frozen=True)
class Letter:
    """`kind` names the templates emails/<kind>-{subject,body}."""

    kind: str
    values: dict[str, Any]


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
    """The seven dates before this one; None where nothing was done and nothing is due."""
    week = week_before(user, now.astimezone(user.profile.zone).date(), today_of(user.profile, now))
    if not week.answered and not week.coming:
        return None
    return Letter(WEEKLY, {**asdict(week), "month": week.month, "progress_url": absolute(reverse("progress:page"))})


def message(user: User, letter: Letter) -> EmailMultiAlternatives:
    """The mail as it is sent."""
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
    headers = {
        "List-Unsubscribe": f"<{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",  # no holiday reply is asked for
    }
    mail = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers)
    mail.attach_alternative(render_to_string(f"emails/{letter.kind}-body.html", values), "text/html")
    return mail
