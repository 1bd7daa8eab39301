"""How you practise: the profile page."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.forms import ProfileForm
from accounts.http import MemberRequest
from accounts.zones import zones_by_region


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    instance = request.user.profile
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = ProfileForm(data, instance=instance, today=instance.study_day(now), now=now)
    if form.is_valid():
        form.save()
        messages.success(request, _saved(form, now))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "zones": zones_by_region()})


def _saved(form: ProfileForm, now: datetime) -> str:
    if form.held_until is None or form.held_until <= now:
        return "Your profile is saved."
    ends = form.held_until.astimezone(form.instance.zone)
    moment = f"{ends:%A at %H:%M}"
    return f"Your profile is saved. The running study day ends on {moment}; days follow the new clock from then on."
