"""Export and deletion by registry: each app registers what it keeps about a person and how to remove it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from accounts import traces
from accounts.models import ApiToken, Invitation, Profile, User

log = logging.getLogger(__name__)

DEADLOCKS = 4  # tries; each time the other side has gone on
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Holding:
    """What one app keeps. `export` gives JSON-ready rows by table; `erase` removes them and returns how many."""

    app: str
    label: str
    export: Callable[[User], dict[str, Rows]]
    erase: Callable[[User], int]


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Called in an AppConfig's ready(); a second call for the same app replaces the first."""
    _holdings[holding.app] = holding


def labels() -> list[str]:
    """What will be deleted, in words for the page."""
    return [holding.label for holding in _holdings.values()]


def export_person(*, user: User) -> dict[str, dict[str, Rows]]:
    """Everything that is kept about `user`: `{app: {table: rows}}`."""
    return {app: holding.export(user) for app, holding in _holdings.items()}


def erase_person(*, user: User) -> dict[str, int]:
    """Deletes `user` and all that the apps keep about them, all or nothing; returns the rows removed by app."""
    user_id = user.pk
    for left in reversed(range(DEADLOCKS)):
        try:
            removed = _erase_all(user_id)
            break
        except OperationalError as error:  # a worker held what the deletion wanted, and the other way round
            if not left or not isinstance(error.__cause__, DeadlockDetected):
                raise
    log.info("user %s deleted", user_id)
    return removed


@transaction.atomic
def _erase_all(user_id: int) -> dict[str, int]:
    user = User.objects.select_for_update().filter(pk=user_id).first()  # no new rows of theirs meanwhile
    if user is None:
        return {}
    # The account goes last: what the other apps keep points to it.
    order = sorted(_holdings.values(), key=lambda holding: holding.app == "accounts")
    return {holding.app: holding.erase(user) for holding in order}


def _export_account(user: User) -> dict[str, Rows]:
    profile = Profile.objects.for_user(user).values()
    tokens = ApiToken.objects.for_user(user).values("label", "prefix", "created_at", "last_used_at", "expires_at")
    sessions = UserSession.objects.filter(user=user).values("created_at", "ip", "user_agent")
    addresses = EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
    invitations = Invitation.objects.for_user(user).values("email", "created_at", "used_at")
    return {
        "user": [{"email": user.email, "name": user.name, "date_joined": user.date_joined}],
        "profile": list(profile),
        "addresses": list(addresses),
        "api_tokens": list(tokens),
        "sessions": list(sessions),
        "invitations": list(invitations),
        "other_sites": list(
            SocialAccount.objects.filter(user=user).values("provider", "uid", "extra_data", "date_joined")
        ),
        "second_factors": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
    }


def _erase_account(user: User) -> int:
    keys = UserSession.objects.filter(user=user).values("session_key")
    Session.objects.filter(session_key__in=keys).delete()
    addresses = traces.addresses_of(user)
    # Files cannot be brought back when the transaction fails, so they go when it has succeeded.
    transaction.on_commit(lambda: _erase_mail(addresses))
    traced = traces.erase_invitations(user, addresses) + traces.blank_log(user, addresses)
    return traced + user.delete()[0]


def _erase_mail(addresses: traces.Addresses) -> None:
    try:
        traces.erase_mail(addresses)
    except OSError as error:  # the account is gone already; the operator is told what is left
        log.error("kept mail of a deleted account could not be removed: %s", error)


ACCOUNT = Holding(
    app="accounts",
    label="Your account: address, name, settings, log-ins, passkeys and API tokens",
    export=_export_account,
    erase=_erase_account,
)
