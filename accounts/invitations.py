"""Invitations: made by an operator, kept as a hash, good for one sign-up."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.links import absolute
from accounts.models import Invitation, User

log = logging.getLogger(__name__)

LIFETIME = timedelta(days=14)


class InvitationRefused(Exception):
    """The invitation is used, expired, unknown or for another address. Trying again does not help."""


def invite(
    *,
    created_by: User | None,
    email: str,
    now: datetime,
    lifetime: timedelta = LIFETIME,
) -> tuple[Invitation, str]:
    """The invitation and its link, which cannot be read again. An empty `email` lets anyone use it."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email.strip().lower(),
        token_hash=hash_token(token),
        created_by=created_by,
        created_at=now,
        expires_at=now + lifetime,
    )
    log.info("invitation %s created", invitation.pk)
    return invitation, absolute(reverse("accounts:invitation", args=[token]))


def find(*, token_hash: str, now: datetime) -> Invitation | None:
    """The invitation while it can still be used."""
    return Invitation.objects.open_at(now).filter(token_hash=token_hash).first()


def redeem(*, token_hash: str, user: User, now: datetime) -> Invitation:
    """Marks the invitation as used by `user`. Call it in the transaction that makes the user.

    Raises InvitationRefused; of two that come at once, exactly one gets through.
    """
    row = Invitation.objects.select_for_update().filter(token_hash=token_hash).first()
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise InvitationRefused("This invitation cannot be used any more.")
    if row.email and row.email != user.email:
        raise InvitationRefused("This invitation is for another address.")
    row.used_by = user
    row.used_at = now
    row.save(update_fields=["used_by", "used_at"])
    log.info("invitation %s used by user %s", row.pk, user.pk)
    return row


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
