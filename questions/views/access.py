"""Log-in for what is posted: whoever lost their session comes back to the page that they posted from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from accounts.http import MemberRequest

P = ParamSpec("P")


def member_post(
    view: Callable[Concatenate[MemberRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Like login_required, for addresses that answer POST only: after log-in, a GET there would be a 405."""

    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}:
            # Other encodings (unicode_escape) can hold text that no page and no table can.
            raise BadRequest("Forms are sent in UTF-8.")
        if not request.user.is_authenticated:
            return redirect_to_login(page_behind(request))
        return view(cast(MemberRequest, request), *args, **kwargs)

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], wraps(view)(guarded))


def page_behind(request: HttpRequest) -> str:
    """`/questions/x/answer/` -> `/questions/x/`; the first page where there is none behind."""
    parent = request.path.rstrip("/").rpartition("/")[0] + "/"
    if parent.startswith("/reviews/"):
        return "/"
    return f"{parent}?{request.GET.urlencode()}" if request.GET else parent
