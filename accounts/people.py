"""Making accounts outside of sign-up: for operators, commands and demonstrations."""

from __future__ import annotations

import logging

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.tokens import revoke_all

log = logging.getLogger(__name__)


def create_person(*, email: str, password: str | None = None, is_operator: bool = False) -> User:
    """A user whose address counts as verified. Without a password nobody can log in until it is reset."""
    with transaction.atomic():
        make = User.objects.create_superuser if is_operator else User.objects.create_user
        user = make(email, password)
        verify_address(user=user)
    log.info("user %s created%s", user.pk, " as operator" if is_operator else "")
    return user


def promote(*, user: User) -> None:
    """Makes an existing user an operator, with a verified address; the password stays."""
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True, is_active=True)
    verify_address(user=user)
    log.info("user %s promoted to operator", user.pk)


def is_verified(*, user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def take_over(*, user: User, password: str) -> None:
    """Makes an unconfirmed account the operator's own: whoever registered it has no way in any more."""
    with transaction.atomic():
        user.set_password(password)  # ends every session: they are bound to the password
        user.save(update_fields=["password"])
        revoke_all(user=user, now=timezone.now())
        Authenticator.objects.filter(user=user).delete()
        promote(user=user)


def verify_address(*, user: User) -> None:
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
