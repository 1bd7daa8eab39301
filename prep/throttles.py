"""The API's request rate, per person, on the shared cache."""

from __future__ import annotations

from rest_framework.throttling import UserRateThrottle


class UserRate(UserRateThrottle):
    scope = "user"
