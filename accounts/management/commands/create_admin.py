"""The first operator."""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.models import User
from accounts.people import create_person, is_verified, promote, take_over


class Command(BaseCommand):
    help = (
        "Makes EMAIL an operator. A new one gets the password of ONSITE_ADMIN_PASSWORD, else the one you type, "
        "else a generated one that is printed. An account with a confirmed address is promoted and keeps its password; "
        "one that was never confirmed gets a new password and loses its log-ins, tokens and second factors."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        email = _checked_email(options["email"])
        user = User.objects.filter(email=email).first()
        if user is not None and is_verified(user=user):
            promote(user=user)
            self.stdout.write(f"{email} is an operator.")
            return
        password, is_generated = _password(email)
        if user is None:
            create_person(email=email, password=password, is_operator=True)
        else:
            # Anybody may have registered an address that was never confirmed.
            take_over(user=user, password=password)
            self.stdout.write("Somebody had registered this address without confirming it.")
            self.stdout.write("The account has a new password; its log-ins, tokens and second factors are gone.")
        self.stdout.write(f"{email} is an operator.")
        if is_generated:
            self.stdout.write(f"Password: {password}")


def _checked_email(raw: str) -> str:
    email = raw.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{raw!r} is not an e-mail address.") from None
    return email


def _password(email: str) -> tuple[str, bool]:
    """The password, and whether it was made here and must be shown."""
    given = os.environ.get("ONSITE_ADMIN_PASSWORD", "")
    if not given and sys.stdin.isatty():
        given = getpass.getpass("Password for the operator (empty to have one made): ")
    if not given:
        return secrets.token_urlsafe(15), True
    try:
        validate_password(given, User(email=email))
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return given, False
