"""An invitation from the command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from accounts.invitations import LIFETIME, invite


class Command(BaseCommand):
    help = "Prints an invitation link for EMAIL, or one that anyone can use once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="")
        parser.add_argument("--days", type=int, default=LIFETIME.days, help="How long the link works.")

    def handle(self, *args: Any, **options: Any) -> None:
        email, days = options["email"], options["days"]
        if not 1 <= days <= 365:
            raise CommandError("--days must be from 1 to 365.")
        try:
            if email:
                validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        _, link = invite(created_by=None, email=email, now=timezone.now(), lifetime=timedelta(days=days))
        self.stdout.write(link)
