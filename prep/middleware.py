"""What holds for every page: not cached, in the person's time zone, and 503 when the database is away."""

from __future__ import annotations

import logging
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.shortcuts import render
from django.utils import timezone
from psycopg_pool import PoolTimeout

from accounts.models import User
from accounts.presence import AccountGone
from prep.problems import problem_response

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class Addresses(CommonMiddleware):
    """Leads to the address with its final slash only what carries no body: a redirected POST arrives empty."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)


class PrivatePages:
    """Adds no-store to whatever a view did not declare cacheable, and the isolation headers to everything."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.encoding = "utf-8"  # whatever charset a request claims: some decode to what cannot be kept
        response = self.get_response(request)
        # A missing static file is answered by a page of the site, with the member's own header.
        if not request.path.startswith(settings.STATIC_URL) or response.status_code not in {200, 206, 304}:
            response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


class DatabaseOutages:
    """An outage of PostgreSQL is a 503 that says so, not a 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            return unavailable(request, error)
        return None


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("The database did not answer on %s: %s", request.path, type(error).__name__)
    if request.path.startswith("/api/"):
        response: HttpResponse = problem_response(
            503, "The database does not answer just now. Nothing was changed; try again."
        )
    else:
        response = render(request, "503.html", status=503)
    response.headers["Retry-After"] = "5"
    return response


class GoneAccounts:
    """A request that was under way while its account was deleted is told so; what it would have written is refused."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, AccountGone) or (
            isinstance(error, DatabaseError | ObjectDoesNotExist) and _is_gone(request)
        ):
            return account_gone(request)
        return None


def _is_gone(request: HttpRequest) -> bool:
    try:
        return request.user.is_authenticated and not User.objects.filter(pk=request.user.pk).exists()
    except (DatabaseError, PoolTimeout):
        return False


def account_gone(request: HttpRequest) -> HttpResponse:
    """401 for programs, whose token is no more; 410 with what was typed for people."""
    request.user = AnonymousUser()  # the page must not be drawn for somebody who is not there
    if request.path.startswith("/api/"):
        return problem_response(401, "This account was deleted. Nothing of this request was kept.")
    return render(request, "accounts/gone.html", {"text": request.POST.get("text", "")}, status=410)


class UserTimeZone:
    """Shows times in the member's zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            zone = _zone_of(request)
        except (DatabaseError, PoolTimeout) as error:
            return unavailable(request, error)
        with timezone.override(zone):
            return self.get_response(request)


def _zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo | None:
    user = request.user
    if not user.is_authenticated:
        return None
    try:
        return zoneinfo.ZoneInfo(user.profile.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
