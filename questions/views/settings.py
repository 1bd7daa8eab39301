"""How one practises: settings with what follows from them, breaks, and today alone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.http import MemberRequest
from accounts.links import is_own_path
from questions.forms_practice import BreakForm, SettingsForm, TodayForm, initial_of
from questions.practice import settings as practice_settings
from questions.practice.calendar import today_of
from questions.practice.consequences import Consequences, consequences, settings_of
from questions.practice.pace import span
from questions.practice.session import PracticeError
from questions.practice.turns import AskAgain
from questions.practice.workload import Settings
from questions.views.access import member_post

SOON = 5  # seconds: so short a wait is waited out by the page itself


@login_required
@require_http_methods(["GET", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        form = SettingsForm(request.POST)
        if form.is_valid():
            practice_settings.save_settings(user=request.user, **form.fields_to_save())
            messages.success(request, "Your settings are saved. They hold from the next question on.")
            return redirect("practice_settings:page")
    else:
        form = SettingsForm(initial=initial_of(request.user.profile))
    return _page(request, form, settings_of(request.user.profile), status=400 if form.errors else 200)


@require_GET
@login_required
def consequences_of(request: MemberRequest) -> HttpResponse:
    """What follows from the values in the address, before anything is saved: a part of the page, or all of it."""
    form = SettingsForm(request.GET)
    then = form.settings() if form.is_valid() else None
    if "HX-Request" not in request.headers:
        return _page(request, form, then or settings_of(request.user.profile), status=200 if then else 400)
    if then is None:
        return render(request, "questions/settings/_consequences.html", {"form": form}, status=400)
    context = _looked_ahead(request, then)
    response = render(
        request, "questions/settings/_consequences.html", context, status=429 if context["seconds"] else 200
    )
    if context["seconds"]:
        response.headers["Retry-After"] = str(context["seconds"])
    return response


def _page(request: MemberRequest, form: SettingsForm, then: Settings, *, status: int) -> HttpResponse:
    context = {"form": form, **_looked_ahead(request, then)}
    return render(request, "questions/settings/page.html", context, status=status)


def _looked_ahead(request: MemberRequest, then: Settings) -> dict[str, Any]:
    """The consequences, or how long it takes until they can be worked out."""
    seen: Consequences | None = None
    seconds = 0
    try:
        seen = consequences(user=request.user, then=then, now=timezone.now())
    except AskAgain as error:
        seconds = error.seconds
    return {
        "seen": seen,
        "seconds": seconds,
        "wait": span(seconds),
        "is_soon": seconds <= SOON,
        "retention": f"{100 * then.desired_retention:.1f}".removesuffix(".0"),
    }


# --- Breaks -----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def breaks(request: MemberRequest) -> HttpResponse:
    today, now = _today(request), timezone.now()
    form = BreakForm(request.POST if request.method == "POST" else None, today=today)
    if form.is_valid() and _is_added(request, form, today, now):
        return redirect("practice_settings:breaks")
    rows = practice_settings.breaks_of(request.user, today)
    context = {"form": form, "breaks": rows, "today": today, "most": practice_settings.MOST_BREAKS}
    return render(request, "questions/settings/breaks.html", context, status=400 if form.errors else 200)


def _is_added(request: MemberRequest, form: BreakForm, today: date, now: datetime) -> bool:
    try:
        row = practice_settings.add_break(user=request.user, today=today, now=now, **form.cleaned_data)
    except PracticeError as error:
        form.add_error("ends_on", str(error))
        return False
    messages.success(request, f"Your break is planned, {_days(row.starts_on, row.ends_on)}.")
    return True


@require_POST
@member_post
def delete_break(request: MemberRequest, break_id: int) -> HttpResponse:
    days = practice_settings.delete_break(user=request.user, break_id=break_id)
    if days is None:
        raise Http404
    said = f"The break {_days(days.starts_on, days.ends_on)} is deleted."
    messages.success(request, said, extra_tags=f"break:{days.starts_on}:{days.ends_on}")
    return redirect("practice_settings:breaks")


def _days(first: date, last: date) -> str:
    return f"on {first:%-d %B %Y}" if first == last else f"from {first:%-d %B} to {last:%-d %B %Y}"


# --- Today alone ------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def today(request: MemberRequest) -> HttpResponse:
    """Other limits for this study day; the button “usual” takes them away."""
    day = _today(request)
    usual = practice_settings.usual_on(request.user, day)
    own = practice_settings.day_limits(request.user, day)
    if request.method != "POST":
        initial = {"minutes": own.minutes, "new": own.new, "reviews": own.reviews} if own else None
        return _today_page(request, TodayForm(initial=initial, usual=usual), is_own=own is not None)
    form = TodayForm({} if "usual" in request.POST else request.POST, usual=usual)
    if not form.is_valid():
        return _today_page(request, form, is_own=own is not None)
    row = practice_settings.set_day_limits(user=request.user, today=day, **form.cleaned_data)
    messages.success(request, "Today has its own limits. Tomorrow is as usual." if row else "Today is as usual.")
    back = request.POST.get("next", "")
    return redirect(back if is_own_path(back) else "dashboard")


def _today_page(request: MemberRequest, form: TodayForm, *, is_own: bool) -> HttpResponse:
    back = request.POST.get("next", "")
    context = {"form": form, "is_own": is_own, "next": back if is_own_path(back) else ""}
    return render(request, "questions/settings/today.html", context, status=400 if form.errors else 200)


def _today(request: MemberRequest) -> date:
    return today_of(request.user.profile, timezone.now())
