"""Mail without a mail server: shown in the terminal and kept as files for the local mailbox page."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 200
ID = re.compile(r"[0-9]{14,20}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Letter:
    """One kept mail; `sent_at` is aware, UTC."""

    id: str
    subject: str
    sender: str
    to: list[str]
    text: str
    sent_at: datetime


class MailboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            letter = _letter(message, datetime.now(UTC))
            _show(letter)
            _keep(letter)
        return len(email_messages)


def folder() -> Path:
    return Path(settings.VAR_DIR) / "mailbox"


def letters() -> list[Letter]:
    """The kept mails, newest first."""
    found = (_read(path) for path in sorted(folder().glob("*.json"), reverse=True))
    return [letter for letter in found if letter]


def find(letter_id: str) -> Letter | None:
    return _read(folder() / f"{letter_id}.json") if ID.fullmatch(letter_id) else None


def remove(letter: Letter) -> None:
    (folder() / f"{letter.id}.json").unlink(missing_ok=True)


def _letter(message: EmailMessage, now: datetime) -> Letter:
    return Letter(
        id=f"{int(now.timestamp() * 1_000_000):018d}-{secrets.token_hex(4)}",
        subject=" ".join(str(message.subject).split()),
        sender=message.from_email,
        to=list(message.recipients()),
        text=str(message.body),
        sent_at=now,
    )


def _show(letter: Letter) -> None:
    head = f"To: {', '.join(letter.to)}\nSubject: {letter.subject}"
    rule = "-" * 60
    sys.stderr.write(f"---- mail {rule}\n{head}\n\n{letter.text.strip()}\n---- end of mail {rule}\n")
    sys.stderr.flush()


def _keep(letter: Letter) -> None:
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.chmod(0o700)
    part = place / f"{letter.id}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({**asdict(letter), "sent_at": letter.sent_at.isoformat()}, file)
    part.rename(place / f"{letter.id}.json")
    for old in sorted(place.glob("*.json"), reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)


def _read(path: Path) -> Letter | None:
    """None when the file is gone (another process tidied) or is not one of ours."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Letter(**{**row, "sent_at": datetime.fromisoformat(row["sent_at"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
