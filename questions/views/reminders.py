"""Reminders: the settings page, the calendar link and feed, leaving by one click and coming back."""

from __future__ import annotations

import hashlib
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.http import MemberRequest
from accounts.links import absolute
from questions.forms_reminders import RemindersForm, initial_of
from questions.practice import feed, letters, reminders, subscriptions
from questions.practice.calendar import today_of
from questions.views.access import member_post

SAMPLES, SAMPLES_PERIOD = 3, 60 * 60
NAMES = {subscriptions.DAILY: "daily reminder", subscriptions.WEEKLY: "weekly report"}


@require_http_methods(["GET", "POST"])
@login_required
def page(request: MemberRequest) -> HttpResponse:
    today = today_of(request.user.profile, timezone.now())
    if request.method != "POST":
        return _page(request, RemindersForm(initial=initial_of(request.user.profile, today), today=today))
    form = RemindersForm(request.POST, today=today)
    if not form.is_valid():
        return _page(request, form, status=400)
    subscriptions.save(user=request.user, **form.cleaned_data)
    messages.success(request, "Your reminders are saved.")
    return redirect("reminders:page")


def _page(request: MemberRequest, form: RemindersForm, *, new_link: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "snoozed_until": initial_of(request.user.profile, form.today)["snoozed_until"],
        "has_link": bool(request.user.profile.feed_hash),
        "new_link": new_link,
        "has_smtp": settings.HAS_SMTP,
        "can_be_mailed": reminders.can_be_mailed(request.user),
    }
    return render(request, "questions/reminders/page.html", context, status=status)


@require_POST
@member_post
def wake(request: MemberRequest) -> HttpResponse:
    subscriptions.wake(user=request.user)
    messages.success(request, "The quiet time is over.")
    return redirect("reminders:page")


@require_POST
@member_post
def sample(request: MemberRequest) -> HttpResponse:
    """Today's reminder at once, or the reason why there is none."""
    if request.user.profile.is_demo:
        messages.error(request, "A demonstration account gets no mail.")
    elif not reminders.can_be_mailed(request.user):
        messages.error(request, "No mail goes to this address yet. Confirm it first.")
    elif not _may_sample(request.user.pk):
        messages.error(request, f"{SAMPLES} samples an hour can be sent. Try again in an hour.")
    else:
        _send_sample(request)
    return redirect("reminders:page")


def _may_sample(user_id: int) -> bool:
    place = f"reminder-samples:{user_id}"
    cache.add(place, 0, timeout=SAMPLES_PERIOD)
    try:
        return cache.incr(place) <= SAMPLES
    except ValueError:  # the hour ended between the two lines
        return True


def _send_sample(request: MemberRequest) -> None:
    letter = letters.daily(request.user, timezone.now()) or letters.weekly(request.user, timezone.now())
    if letter is None:
        messages.info(request, "Nothing is due, so no reminder would be sent today.")
        return
    try:
        letters.message(request.user, letter).send()
    except (OSError, SMTPException):
        messages.error(request, "The message could not be sent just now. Please try again later.")
    else:
        messages.success(request, f"A {NAMES[letter.kind]} is on its way to {request.user.email}.")


@require_POST
@member_post
def make_link(request: MemberRequest) -> HttpResponse:
    """Shows the link on this response and never again: what is kept is its hash."""
    token = feed.make_link(user=request.user)
    today = today_of(request.user.profile, timezone.now())
    form = RemindersForm(initial=initial_of(request.user.profile, today), today=today)
    return _page(request, form, new_link=absolute(reverse("mail:calendar", args=[token])))


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
    content = feed.feed(user, timezone.now(), urlsplit(settings.SITE_URL).hostname or "")
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    whole = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response = get_conditional_response(request, etag=tag, response=whole) or whole
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt  # the mail program posts without cookies (RFC 8058); the signed token says who it is
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST switches off; once more changes nothing."""
    try:
        _, kind = subscriptions.read(token)
        if request.method != "POST":
            return _told(request, "asked", kind)
        return _told(request, "off", kind, way_back=subscriptions.leave(token=token))
    except subscriptions.NoSuchLink:
        raise Http404 from None


@csrf_exempt  # as for leaving: the signed token says who it is, and opens once
@require_POST
def subscribe_again(request: HttpRequest, token: str) -> HttpResponse:
    try:
        return _told(request, "on", subscriptions.come_back(token=token))
    except subscriptions.NoSuchLink:
        raise Http404 from None
    except subscriptions.LinkIsOver:
        return _told(request, "over", status=410)


def _told(request: HttpRequest, state: str, kind: str = "", *, way_back: str = "", status: int = 200) -> HttpResponse:
    context = {"state": state, "name": NAMES.get(kind, ""), "way_back": way_back}
    response = render(request, "questions/reminders/unsubscribe.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
