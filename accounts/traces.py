"""What names a person outside their own rows: invitations to them, the operators' log, kept mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from accounts import mailbox
from accounts.models import Invitation, User

IN_ADDRESS = r"[\w.+-]"
INVITATION = "/accounts/invite/"


@dataclass(frozen=True)
class Addresses:
    """In small letters. Anybody can claim an address, so what others wrote about it goes only when it is proven."""

    proven: tuple[str, ...]
    claimed: tuple[str, ...]
    since: datetime


def addresses_of(user: User) -> Addresses:
    """Proven: confirmed by a mail's link, or the one to which the invitation went that the person came by."""
    rows = dict(EmailAddress.objects.filter(user=user).values_list("email", "verified"))
    invited = Invitation.objects.filter(used_by=user).values_list("email", flat=True)
    proven = {address.lower() for address in (*(email for email, is_proven in rows.items() if is_proven), *invited)}
    every = {address.lower() for address in (user.email, *rows)}
    return Addresses(tuple(sorted(proven - {""})), tuple(sorted(every - proven)), user.date_joined)


def names_one(text: str, addresses: Iterable[str]) -> bool:
    """True when one of `addresses` stands in `text` as a whole: `joann@…` does not name `ann@…`."""
    whole = "|".join(re.escape(address) for address in addresses)
    if not whole:
        return False
    return re.search(rf"(?<!{IN_ADDRESS})(?:{whole})(?!{IN_ADDRESS}*\w)", text, re.IGNORECASE) is not None


def erase_invitations(user: User, addresses: Addresses) -> int:
    """Those of the person, who can no longer answer for them, and those to the person, which hold an address."""
    own = Q(created_by=user) | Q(used_by=user)
    return Invitation.objects.filter(own | Q(email__in=addresses.proven)).delete()[0]


def blank_log(user: User, addresses: Addresses) -> int:
    """What operators did to the account stays in their log, without saying whose it was; returns the rows changed."""
    own = _log_of(User, [user.pk]) | _log_of(EmailAddress, user.emailaddress_set.values_list("pk", flat=True))
    naming = Q(pk__in=[])
    for address in addresses.proven:
        naming |= Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    rows = LogEntry.objects.filter(naming)
    named = [row.pk for row in rows if names_one(f"{row.object_repr} {row.change_message}", addresses.proven)]
    return LogEntry.objects.filter(own | Q(pk__in=named)).update(object_repr="Deleted account", change_message="")


def _log_of(model: type[Model], keys: Iterable[int]) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(model), object_id__in=[str(key) for key in keys])


def erase_mail(addresses: Addresses) -> int:
    """Kept mails to the person, and those to others that name them; returns how many."""
    named = [letter for letter in mailbox.letters() if _is_theirs(letter, addresses)]
    for letter in named:
        mailbox.remove(letter)
    return len(named)


def _is_theirs(letter: mailbox.Letter, addresses: Addresses) -> bool:
    if names_one(_text(letter), addresses.proven):
        return True
    # To an address that was only claimed, the site wrote on the account's behalf; invitations came from operators.
    is_to_claimed = {address.lower() for address in letter.to} <= set(addresses.claimed)
    return is_to_claimed and letter.sent_at >= addresses.since and INVITATION not in letter.text


def _text(letter: mailbox.Letter) -> str:
    return " ".join((*letter.to, letter.subject, letter.text))
