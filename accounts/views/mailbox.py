"""The local mailbox: everybody's mail, so only for the holder of the key, and only where no mail server is set."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET

from accounts import mailbox

OPENED = "mailbox"  # in the session: a hash of the key that opened it, so that a new key closes it

View = Callable[..., HttpResponse]


def for_key_holder(view: View) -> View:
    """404 for everybody else, as if there were no mailbox."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.MAILBOX_KEY or settings.HAS_SMTP:
            raise Http404
        offered = request.GET.get("key")
        if offered is not None and constant_time_compare(offered, settings.MAILBOX_KEY):
            request.session[OPENED] = _hash(settings.MAILBOX_KEY)
            return redirect("accounts:mailbox")
        if not constant_time_compare(str(request.session.get(OPENED, "")), _hash(settings.MAILBOX_KEY)):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_GET
@for_key_holder
def mail_list(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/mailbox.html", {"letters": mailbox.letters(), "kept": mailbox.KEPT})


@require_GET
@for_key_holder
def mail_detail(request: HttpRequest, letter_id: str) -> HttpResponse:
    letter = mailbox.find(letter_id)
    if letter is None:
        raise Http404
    return render(request, "accounts/mail.html", {"letter": letter})


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
