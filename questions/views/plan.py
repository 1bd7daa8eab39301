"""The plan: what is to be expected on the day, why each question is there today, and the interviews themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.http import MemberRequest
from questions.models import Interview
from questions.practice import interviews, queue
from questions.practice.calendar import today_of
from questions.practice.outlook import MOST_DAYS, Outlook, outlook

RECENT = timedelta(days=7)


@require_GET
@login_required
def plan(request: MemberRequest) -> HttpResponse:
    user, now = request.user, timezone.now()
    today = today_of(user.profile, now)
    ahead = interviews.ahead(user, today)
    chosen = _chosen(request.GET.get("interview", ""), ahead)
    context: dict[str, Any] = {
        "section": "plan",
        "today": today,
        "ahead": ahead,
        "interview": chosen,
        "is_first": bool(ahead) and chosen is ahead[0],
        "past": Interview.objects.for_user(user).filter(on__lt=today, on__gte=today - RECENT).last(),
    }
    if chosen is not None:
        stand = queue.standing(user, today)
        found = outlook(user, chosen, today)
        context |= {
            "days_left": (chosen.on - today).days,
            "outlook": found,
            "bars": bars(found),
            "missed": max(round(100 * found.missed_day), 1),
            "stand": stand,
            "items": queue.titled(user, stand.lines),
            "is_far": found.days_left > MOST_DAYS,
            "weights": "by hand"
            if chosen.weights
            else "as usual for the round"
            if chosen.round
            else "as the guide says",
        }
    return render(request, "questions/plan/page.html", context)


def _weights(interview: Interview) -> str:
    if interview.weights:
        return "set by hand"
    return "as usual for the round" if interview.round else "as the guide says"


def _chosen(raw: str, ahead: list[Interview]) -> Interview | None:
    """The one that the address names, else the nearest."""
    return next((row for row in ahead if str(row.pk) == raw), ahead[0] if ahead else None)


def bars(found: Outlook) -> list[dict[str, Any]]:
    """The three figures in whole percent, with what each means."""
    return [
        {"label": "If it were today", "percent": percent(found.now), "note": "what you would recall of a question now"},
        {
            "label": "If you follow the plan",
            "percent": percent(found.followed),
            "note": f"give or take {max(round(100 * found.margin), 1)}",
        },
        {"label": "If you stop today", "percent": percent(found.stopped), "note": "the same, with no more practice"},
    ]


def percent(value: float) -> int:
    return round(100 * value)
