"""Coming in by an invitation link."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts import invitations
from accounts.adapter import INVITATION_KEY

log = logging.getLogger(__name__)


@require_GET
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Remembers the invitation in the session and goes on to sign-up; the link itself is not kept."""
    if request.user.is_authenticated:
        return render(request, "accounts/invitation_refused.html", {"is_member": True}, status=409)
    token_hash = invitations.hash_token(token)
    found = invitations.find(token_hash=token_hash, now=timezone.now())
    if found is None:
        log.warning("invitation refused")
        return render(request, "accounts/invitation_refused.html", status=404)
    request.session[INVITATION_KEY] = token_hash
    query = f"?{urlencode({'email': found.email})}" if found.email else ""
    return redirect(reverse("account_signup") + query)


@require_GET
def invitation_refused(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invitation_refused.html", status=409)
