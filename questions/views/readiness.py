"""Readiness by round, the rows behind each number, and the checklist."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.http import MemberRequest
from questions.models import Question
from questions.practice import checklist
from questions.practice.calendar import today_of
from questions.practice.readiness import FEW, TARGET, NextThing, readiness, rows_behind
from questions.views.access import member_post


@require_GET
@login_required
def page(request: MemberRequest) -> HttpResponse:
    today = today_of(request.user.profile, timezone.now())
    rounds = readiness(request.user, today)
    slugs = _slugs([row.next_thing.question_id for row in rounds if row.next_thing])
    shown = [{"round": row, "next": _next(row.next_thing, slugs)} for row in rounds]
    context = {"section": "progress", "rounds": shown, "target": TARGET, "few": FEW}
    return render(request, "questions/readiness/page.html", context)


def _slugs(ids: list[int | None]) -> dict[int, str]:
    """One query."""
    wanted = [pk for pk in ids if pk is not None]
    return dict(Question.objects.filter(pk__in=wanted).values_list("pk", "slug"))


def _next(thing: NextThing | None, slugs: dict[int, str]) -> dict[str, str] | None:
    """The one thing in words, with where it leads."""
    if thing is None:
        return None
    plural = "" if thing.questions == 1 else "s"
    minutes = f"about {thing.minutes} minutes"
    if thing.kind == "new":
        url = f"{reverse('questions:list')}?category={thing.category_slug}&state=new"
        return {
            "text": f"Answer {thing.questions} new question{plural} on {thing.category_name}, {minutes}.",
            "url": url,
        }
    text = f"Go once more over the weakest {thing.questions} on {thing.category_name}, {minutes}."
    slug = slugs.get(thing.question_id or 0)
    return {"text": text, "url": reverse("questions:detail", args=[slug]) if slug else reverse("practice:next")}


@require_GET
@login_required
def rows(request: MemberRequest, round_slug: str, category_slug: str) -> HttpResponse:
    today = today_of(request.user.profile, timezone.now())
    found = rows_behind(request.user, round_slug, category_slug, today)
    if found is None:
        raise Http404
    whole, category, questions = found
    context = {"section": "progress", "whole": whole, "category": category, "rows": questions}
    return render(request, "questions/readiness/rows.html", context)


@require_GET
@login_required
def checklist_page(request: MemberRequest) -> HttpResponse:
    today = today_of(request.user.profile, timezone.now())
    items = checklist.states(request.user, today)
    context: dict[str, Any] = {"section": "progress", "items": items, "done": sum(item.is_done for item in items)}
    return render(request, "questions/readiness/checklist.html", context)


@require_POST
@member_post
def tick(request: MemberRequest, item: str) -> HttpResponse:
    if item not in checklist.BY_SLUG:
        raise Http404
    is_ticked = checklist.tick(user=request.user, item=item, now=timezone.now())
    title = checklist.BY_SLUG[item].title
    messages.success(request, f"“{title}” is ticked." if is_ticked else f"The tick at “{title}” is taken back.")
    return redirect(f"{reverse('checklist:page')}#{item}")
