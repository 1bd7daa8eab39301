"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "operator_email": settings.OPERATOR_EMAIL,
        "signup_open": settings.SIGNUP_MODE == "open",
        "has_smtp": settings.HAS_SMTP,
        "has_mailbox": bool(settings.MAILBOX_KEY) and not settings.HAS_SMTP,
    }
