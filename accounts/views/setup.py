"""The first-run set-up: level, interview date, minutes a day; every step can be skipped."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.forms import FutureInterview, InterviewStep, LevelStep, MinutesStep
from accounts.http import MemberRequest
from accounts.links import is_own_path
from accounts.models import Profile
from accounts.zones import is_zone

STEPS: list[type[FutureInterview]] = [LevelStep, InterviewStep, MinutesStep]


@login_required
@require_http_methods(["GET", "POST"])
def setup(request: MemberRequest, step: int = 1) -> HttpResponse:
    if not 1 <= step <= len(STEPS):
        raise Http404
    profile = request.user.profile
    target = _target(request)
    today = timezone.localdate(timezone=profile.zone)
    form = STEPS[step - 1](request.POST if _saves(request) else None, instance=profile, today=today)
    if request.method == "POST":
        _guess_zone(profile, request.POST.get("time_zone", ""))
        if "skip_all" in request.POST:
            return _finish(profile, target)
        if "skip" in request.POST or form.is_valid():
            if "skip" not in request.POST:
                Profile.objects.filter(pk=profile.pk).update(**form.cleaned_data)
            return _finish(profile, target) if step == len(STEPS) else redirect(_address(step + 1, target))
    context = {
        "form": form,
        "step": step,
        "steps": len(STEPS),
        "previous": _address(step - 1, target) if step > 1 else None,
        "next": target,
        "asks_zone": profile.time_zone == "UTC" and profile.set_up_at is None,
        "minute_choices": (10, 15, 25, 45, 60),
    }
    return render(request, "accounts/setup.html", context)


def _saves(request: MemberRequest) -> bool:
    return request.method == "POST" and not {"skip", "skip_all"} & request.POST.keys()


def _finish(profile: Profile, target: str) -> HttpResponse:
    Profile.objects.filter(pk=profile.pk, set_up_at=None).update(set_up_at=timezone.now())
    return redirect(target or "dashboard")


def _target(request: MemberRequest) -> str:
    """Where the newcomer was going, empty when nowhere or when it is not on this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if is_own_path(target) else ""


def _address(step: int, target: str) -> str:
    path = reverse("accounts:setup") if step == 1 else reverse("accounts:setup_step", args=[step])
    return f"{path}?{urlencode({'next': target})}" if target else path


def _guess_zone(profile: Profile, name: str) -> None:
    """Takes the browser's zone for somebody who has none yet, once; a chosen zone is never overwritten.

    Later changes are the profile page's, which holds the running study day to its end.
    """
    if is_zone(name):
        Profile.objects.filter(pk=profile.pk, time_zone="UTC", set_up_at=None).update(time_zone=name)
