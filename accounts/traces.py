"""What names a person outside their own rows: invitations to them, the operators' log, kept mail."""

from __future__ import annotations

import re
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accounts import mailbox
from accounts.models import Invitation, User

IN_ADDRESS = r"[\w.+-]"


def addresses_of(user: User) -> list[str]:
    """Every address that the account has, confirmed or not, in small letters."""
    further = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return sorted({address.lower() for address in (user.email, *further)})


def names_one(text: str, addresses: Iterable[str]) -> bool:
    """True when one of `addresses` stands in `text` as a whole: `joann@…` does not name `ann@…`."""
    whole = "|".join(re.escape(address) for address in addresses)
    return re.search(rf"(?<!{IN_ADDRESS})(?:{whole})(?!{IN_ADDRESS}*\w)", text, re.IGNORECASE) is not None


def erase_invitations(user: User, addresses: Iterable[str]) -> int:
    """Those of the person, who can no longer answer for them, and those to the person, which hold an address."""
    own = Q(created_by=user) | Q(used_by=user)
    return Invitation.objects.filter(own | Q(email__in=list(addresses))).delete()[0]


def blank_log(user: User, addresses: Iterable[str]) -> int:
    """What operators did to the account stays in their log, without saying whose it was; returns the rows changed."""
    addresses = list(addresses)
    about = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    for address in addresses:
        about |= Q(object_repr__icontains=address) | Q(change_message__icontains=address)
    rows = LogEntry.objects.filter(about).select_related("content_type")
    named = [row.pk for row in rows if _is_about(row, user) or names_one(_words(row), addresses)]
    return LogEntry.objects.filter(pk__in=named).update(object_repr="Deleted account", change_message="")


def erase_mail(addresses: Iterable[str]) -> int:
    """Kept mails to the person, and those to others that name them; returns how many."""
    addresses = list(addresses)
    named = [letter for letter in mailbox.letters() if names_one(_text(letter), addresses)]
    for letter in named:
        mailbox.remove(letter)
    return len(named)


def _is_about(row: LogEntry, user: User) -> bool:
    return row.content_type is not None and row.content_type.model_class() is User and row.object_id == str(user.pk)


def _text(letter: mailbox.Letter) -> str:
    return " ".join((*letter.to, letter.subject, letter.text))


def _words(row: LogEntry) -> str:
    return f"{row.object_repr} {row.change_message}"
