"""API tokens: made, checked and revoked; the class with which the API reads `Authorization: Token …`."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import TOKEN_PREFIX_LENGTH, ApiToken, User

log = logging.getLogger(__name__)

SCHEME = "Token"
MARK = "onsite_"  # lets a secret scanner recognise a leaked one
MAX_KEY_LENGTH = 200
NOTE_USE_EVERY = timedelta(hours=1)


def create_token(*, user: User, label: str, now: datetime, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """The row and the token itself, which cannot be read again."""
    key = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        label=label.strip() or "Token",
        key_hash=hash_key(key),
        prefix=key[:TOKEN_PREFIX_LENGTH],
        created_at=now,
        expires_at=expires_at,
    )
    log.info("api token %s created for user %s", token.pk, user.pk)
    return token, key


def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """From the next request on this token opens nothing. Revoking twice keeps the first time."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    log.info("api token %s revoked for user %s", token.pk, token.user_id)


def revoke_all(*, user: User, now: datetime) -> int:
    """Ends every working token of `user`; returns how many there were."""
    count = ApiToken.objects.for_user(user).working(now).update(revoked_at=now)
    log.info("%s api tokens revoked for user %s", count, user.pk)
    return count


def find_token(*, key: str, now: datetime) -> ApiToken | None:
    """The working token of an active user, with user and profile loaded."""
    tokens = ApiToken.objects.working(now).select_related("user__profile")
    return tokens.filter(key_hash=hash_key(key), user__is_active=True).first()


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Writes `last_used_at` at most once an hour, so that reading through the API stays a read."""
    if token.last_used_at is None or now - token.last_used_at >= NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def hash_key(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token onsite_…`: no such header leaves the request to the next class, a bad one is a 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != SCHEME.lower().encode():
            return None
        if len(header) != 2 or len(header[1]) > MAX_KEY_LENGTH:
            raise self._refusal()
        now = timezone.now()
        token = find_token(key=header[1].decode("latin-1"), now=now)
        if token is None:
            raise self._refusal()
        note_use(token=token, now=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="api"'

    def _refusal(self) -> AuthenticationFailed:
        log.warning("api token refused")
        return AuthenticationFailed("This token is not valid. Make a new one on the security page of your account.")
