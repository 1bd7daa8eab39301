"""Requests whose user is known to be a member, for code behind log-in."""

from __future__ import annotations

from typing import Protocol, cast

from django.http import HttpRequest

from accounts.models import User


class MemberRequest(HttpRequest):
    """What a view behind `login_required` receives."""

    user: User


class HasUser(Protocol):
    @property
    def user(self) -> object: ...


def member(request: HasUser) -> User:
    """The user of a request that authentication has let through (API views: IsAuthenticated)."""
    return cast(User, request.user)
