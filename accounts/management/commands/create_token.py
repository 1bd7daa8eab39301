"""An API token from the command line."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from accounts.models import User
from accounts.people import create_person
from accounts.tokens import create_token


class Command(BaseCommand):
    help = "Prints a new API token of EMAIL, alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--create", action="store_true", help="Make the account if there is none.")
        parser.add_argument("--label", default="command line", help="What will use the token.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = _user(options["email"].strip().lower(), may_create=options["create"])
        _, key = create_token(user=user, label=options["label"][:60], now=timezone.now())
        self.stdout.write(key)


def _user(email: str, *, may_create: bool) -> User:
    user = User.objects.filter(email=email).first()
    if user is None and not may_create:
        raise CommandError(f"There is no account {email}. Add --create to make one.")
    if user is None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        user = create_person(email=email)
    if not user.is_active:
        raise CommandError(f"The account {email} is not active: its tokens would open nothing.")
    return user
