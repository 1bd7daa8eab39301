"""A marked demonstration account with 90 days of practice, for pictures and for trying the site out."""

from __future__ import annotations

import secrets
import sys
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.people import create_person
from questions.bank.embeddings import local_encoder
from questions.bank.state import what_is_missing
from questions.practice import demonstration
from questions.rights import PRACTICE

EMAIL = "demo@example.org"
NAME = "Demo (sample data)"
SEED = 41


class Command(BaseCommand):
    help = f"Make {EMAIL}, or rebuild its history up to yesterday. No other account is touched."

    def handle(self, *args: Any, **options: Any) -> None:
        if missing := what_is_missing():
            raise CommandError(f"The bank is {missing}.")
        encoder = local_encoder()
        with transaction.atomic():
            user, password = _account()
            demonstration.prepare_profile(user, timezone.now())
            PRACTICE.erase(user)
            user = User.objects.select_related("profile").get(pk=user.pk)
            told = demonstration.tell(user, timezone.now(), encoder, Random(SEED), self.show_progress)
        self.stdout.write(
            f"{EMAIL}: {told.answers} answers on {told.days} of {demonstration.DAYS} days, "
            f"{told.lapses} forgotten, {told.due_today} due today."
        )
        self.stdout.write(f"Password: {password}" if password else "The password is the one it had.")

    def show_progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            sys.stderr.write(f"\rWriting the history: day {done}/{total}{end}")
            sys.stderr.flush()
        elif done % 30 == 0:
            self.stderr.write(f"Writing the history: day {done}/{total}")


def _account() -> tuple[User, str]:
    """The demonstration's user, locked, and the password if the account is new."""
    user = User.objects.select_for_update().filter(email=EMAIL).first()
    if user is not None:
        if not user.profile.is_demo:
            raise CommandError(f"{EMAIL} is an account of somebody's, not the demonstration: nothing was changed.")
        return user, ""
    password = secrets.token_urlsafe(12)
    user = create_person(email=EMAIL, password=password)
    User.objects.filter(pk=user.pk).update(name=NAME)
    return user, password
