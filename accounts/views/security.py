"""How you log in: the security page, API tokens, and the end of an account."""

from __future__ import annotations

import logging
from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import rights
from accounts.forms import DeletionForm, TokenForm
from accounts.http import MemberRequest
from accounts.models import ApiToken
from accounts.tokens import create_token, revoke_token

log = logging.getLogger(__name__)


@login_required
@require_GET
def security(request: MemberRequest) -> HttpResponse:
    return _page(request, TokenForm(), status=200)


@login_required
@require_POST
@reauthentication_required
def token_create(request: MemberRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    now = timezone.now()
    days = form.cleaned_data["days"]
    token, key = create_token(
        user=request.user,
        label=form.cleaned_data["label"],
        now=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    return render(request, "accounts/token_created.html", {"token": token, "key": key})


@login_required
@require_POST
def token_revoke(request: MemberRequest, token_id: int) -> HttpResponse:
    user = request.user
    token = ApiToken.objects.for_user(user).filter(pk=token_id).first()
    if token is None:
        log.warning("user %s asked for api token %s, which is not theirs", user.pk, token_id)
        raise Http404
    revoke_token(token=token, now=timezone.now())
    messages.success(request, f"The token “{token.label}” no longer works.")
    return redirect("accounts:security")


@login_required
@require_http_methods(["GET", "POST"])
@reauthentication_required
def delete_account(request: MemberRequest) -> HttpResponse:
    user = request.user
    form = DeletionForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        return render(request, "accounts/delete.html", {"form": form, "labels": rights.labels()})
    rights.erase_person(user=user)
    logout(request)
    # Not a redirect: only the page of a deletion that has happened may clear the drafts that the browser keeps.
    return render(request, "accounts/deleted.html")


def _page(request: MemberRequest, form: TokenForm, *, status: int) -> HttpResponse:
    user = request.user
    now = timezone.now()
    context = {
        "form": form,
        "tokens": ApiToken.objects.for_user(user).working(now),
        "address": EmailAddress.objects.filter(user=user, primary=True).first(),
        "has_password": user.has_usable_password(),
        "has_totp": is_mfa_enabled(user, [Authenticator.Type.TOTP]),
        "passkeys": Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count(),
        "sessions": UserSession.objects.filter(user=user).count(),
        "providers": get_social_adapter().list_providers(request),
    }
    return render(request, "accounts/security.html", context, status=status)
