"""Posts that a browser kept while it had no connection: answered in JSON, and for the person who wrote them alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url

HEADER = "X-Outbox"  # holds the id of the user who wrote it
OTHER_PERSON = "Somebody else is logged in now. This is sent when the person who wrote it is back."

P = ParamSpec("P")


def kept_posts(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answers a kept post with {url}, the address that the form would have led to, and a lost log-in with 401.

    Refusals stay as they are: the page reads their text. The messages of the post wait for the next page.
    """

    def answering(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        owner = request.headers.get(HEADER)
        if owner is None:
            return view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            return JsonResponse({"url": resolve_url(settings.LOGIN_URL)}, status=401)
        if owner != str(request.user.pk):
            return JsonResponse({"error": OTHER_PERSON}, status=403)
        response = view(request, *args, **kwargs)
        return JsonResponse({"url": response.url}) if isinstance(response, HttpResponseRedirect) else response

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], wraps(view)(answering))
