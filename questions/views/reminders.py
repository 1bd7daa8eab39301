"""Reminders: the settings page, the calendar link and feed, and leaving by one click."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import MemberRequest
from accounts.links import absolute
from accounts.models import Profile
from questions.forms_reminders import RemindersForm
from questions.practice import feed, letters, reminders
from questions.practice.calendar import today_of
from questions.views.access import member_post

SAMPLES, SAMPLES_PERIOD = 3, 60 * 60
FIELDS = {letters.DAILY: "reminds_daily", letters.WEEKLY: "reports_weekly"}
NAMES = {letters.DAILY: "daily reminder", letters.WEEKLY: "weekly report"}


@require_http_methods(["GET", "POST"])
@login_required
def page(request: MemberRequest) -> HttpResponse:
    profile = request.user.profile
    today = today_of(profile, timezone.now())
    form = RemindersForm(request.POST if request.method == "POST" else None, instance=profile, today=today)
    if form.is_valid():
        form.save()
        messages.success(request, "Your reminders are saved.")
        return redirect("reminders:page")
    context = {
        "form": form,
        "snoozed_until": profile.snoozed_until if profile.snoozed_until and profile.snoozed_until > today else None,
        "has_link": bool(profile.feed_hash),
        "new_link": request.session.pop("feed_link", ""),
        "has_smtp": settings.HAS_SMTP,
        "can_be_mailed": reminders.can_be_mailed(request.user),
        "tomorrow": today + timedelta(days=1),
    }
    return render(request, "questions/reminders/page.html", context, status=400 if form.errors else 200)


@require_POST
@member_post
def sample(request: MemberRequest) -> HttpResponse:
    """Today's reminder at once, or the reason why there is none."""
    if not reminders.can_be_mailed(request.user):
        messages.error(request, "No mail goes to this address yet. Confirm it first.")
    elif not _may_sample(request.user.pk):
        messages.error(request, "That is enough samples for this hour.")
    else:
        _send_sample(request)
    return redirect("reminders:page")


def _may_sample(user_id: int) -> bool:
    place = f"reminder-samples:{user_id}"
    cache.add(place, 0, timeout=SAMPLES_PERIOD)
    return cache.incr(place) <= SAMPLES


def _send_sample(request: MemberRequest) -> None:
    letter = letters.daily(request.user, timezone.now()) or letters.weekly(request.user, timezone.now())
    if letter is None:
        messages.info(request, "Nothing is due, so no reminder would be sent today.")
        return
    try:
        letters.post(request.user, letter)
    except (OSError, SMTPException):
        messages.error(request, "The message could not be sent just now. Please try again later.")
    else:
        messages.success(request, f"A {NAMES[letter.kind]} is on its way to {request.user.email}.")


@require_POST
@member_post
def make_link(request: MemberRequest) -> HttpResponse:
    token = feed.make_link(user=request.user)
    request.session["feed_link"] = absolute(f"/calendar/{token}.ics")  # shown once, on the next page
    return redirect("reminders:page")


@require_POST
@member_post
def remove_link(request: MemberRequest) -> HttpResponse:
    feed.remove_link(user=request.user)
    messages.success(request, "The calendar link opens nothing any more.")
    return redirect("reminders:page")


@csrf_exempt  # a calendar program sends no token; what is not GET must be a 405, not a 403
@require_http_methods(["GET", "HEAD"])
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    user = feed.owner_of(token)
    if user is None:
        raise Http404
    content = feed.feed(user, timezone.now(), request.get_host().partition(":")[0])
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt  # the mail program posts without cookies (RFC 8058); the signed token says who it is
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST switches off; once more changes nothing."""
    found = letters.read_token(token)
    if found is None:
        raise Http404
    user_id, kind = found
    context = {"name": NAMES[kind], "token": token, "is_off": False}
    if request.method == "POST":
        Profile.objects.filter(user_id=user_id).update(**{FIELDS[kind]: False})
        context["is_off"] = True
    return render(request, "questions/reminders/unsubscribe.html", context)
