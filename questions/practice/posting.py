"""Handing a mail to the server, so that one knows whether it was taken, was not, or whether nobody can tell."""

from __future__ import annotations

from contextlib import suppress
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage, get_connection


class ServerAway(Exception):
    """The mail server was not reached or did not let us in: it took nothing, and will take nothing of the next."""


class NotTaken(Exception):
    """The server answered that it does not take this mail. `is_lasting`: trying again will not help."""

    def __init__(self, *, is_lasting: bool) -> None:
        super().__init__("for good" if is_lasting else "for now")
        self.is_lasting = is_lasting


def post(mail: EmailMessage) -> None:
    """Raises ServerAway or NotTaken where the mail surely did not go out; after any other error it may have."""
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:  # errors of SMTP are among them
        raise ServerAway from error
    mail.connection = connection
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        raise NotTaken(is_lasting=all(code >= 500 for code, _ in error.recipients.values())) from error
    except SMTPResponseException as error:
        raise NotTaken(is_lasting=error.smtp_code >= 500) from error
    finally:
        with suppress(OSError):  # the mail is with the server by now
            connection.close()
