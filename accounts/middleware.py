"""Leaving for another site after a form, which the content policy does not let a redirect do."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

GetResponse = Callable[[HttpRequest], HttpResponse]


class LeaveByPage:
    """Turns a form's redirect to another site (log-in through it) into a page that goes there by itself.

    Chromium holds redirects of a form against `form-action`, which names this site alone. A list of providers would
    not do either: they pass people on between hosts of theirs.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        target = urlsplit(response.headers.get("Location", ""))
        is_elsewhere = target.scheme in {"http", "https"} and target.netloc != request.get_host()
        if request.method != "POST" or response.status_code != 302 or not is_elsewhere:
            return response
        return render(request, "accounts/leaving.html", {"target": target.geturl(), "host": target.hostname})
