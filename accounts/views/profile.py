"""How you practise: the profile page."""

from __future__ import annotations

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
    today = timezone.localdate(timezone=instance.zone)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=instance, today=today)
    if form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "zones": zones_by_region()})
