"""Loud checks at the start: settings that would hurt in production."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

BUNDLE = ("app.js", "app.css", "theme.js", "icons.svg")


def bundle_is_built(**_: Any) -> list[CheckMessage]:
    missing = [name for name in BUNDLE if not (settings.BASE_DIR / "static" / "dist" / name).is_file()]
    if not missing:
        return []
    return [Error(f"The front end is not built ({', '.join(missing)}).", hint="Run: npm ci && npm run build")]


def mail_can_leave(**_: Any) -> list[CheckMessage]:
    if settings.HAS_SMTP or settings.IS_LOCAL or settings.SIGNUP_MODE == "closed":
        return []
    return [
        checks.Warning(
            "EMAIL_HOST is not set: nobody's address is verified and nobody can reset a password.",
            hint="Set EMAIL_HOST, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
        )
    ]


def mailbox_stays_at_home(**_: Any) -> list[CheckMessage]:
    if settings.MAILBOX_KEY and not settings.IS_LOCAL:
        return [Error("MAILBOX_KEY opens everybody's mail and is for localhost only.", hint="Unset MAILBOX_KEY.")]
    return []


def register_all() -> None:
    register(bundle_is_built, Tags.staticfiles, deploy=True)
    register(mail_can_leave, Tags.security, deploy=True)
    register(mailbox_stays_at_home, Tags.security)
