"""Writing for a person whose account may be deleted, or who writes elsewhere, at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.models import User


class AccountGone(Exception):
    """The account was deleted while the request was on its way; nothing of it was kept."""


@contextmanager
def held(user: User) -> Iterator[None]:
    """A transaction that first locks the person's row: their writes go one after another, deletion before or after.

    Without it a write that locks a card first and the person second meets a deletion that does it the other way
    round. Raises AccountGone when the row is there no more.
    """
    with transaction.atomic():
        rows = User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk", flat=True)
        if not list(rows):
            raise AccountGone
        yield
