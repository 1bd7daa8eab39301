"""After a deletion the address stands nowhere: in no table, no session and no kept mail."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import mailbox, rights, traces
from accounts.invitations import invite
from accounts.models import Invitation, User
from accounts.people import create_person
from tests.accounts.conftest import log_in, prove, sign_up

pytestmark = pytest.mark.django_db

ADDRESS = "alice@example.org"
NEW = "alice@new.example"
LIKE_HERS = "malice@example.org"  # holds her address, and is somebody else's


@pytest.fixture(autouse=True)
def kept_mail(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.EMAIL_BACKEND = "accounts.mailbox.MailboxBackend"
    return tmp_path / "mailbox"


@pytest.fixture
def operator():
    return create_person(email="olga@example.org", is_operator=True)


def columns() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'inet')"
        )
        return cursor.fetchall()


def places_with(address: str) -> set[str]:
    """Every table, session and kept mail that holds the text."""
    found = set()
    with connection.cursor() as cursor:
        for table, column in columns():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{address}%"])
            if cursor.fetchone()[0]:
                found.add(f"{table}.{column}")
    found |= {"session" for row in Session.objects.all() if address in str(row.get_decoded())}
    found |= {f"mail to {letter.to[0]}" for letter in mailbox.letters() if address in str(letter)}
    return found


def delete(client: Client, address: str):
    prove(client)
    return client.post("/account/delete/", {"email": address})


def leave_traces(client: Client, operator) -> None:
    """A person with all that is written down about one: mails, invitations, an operator's log, a second address."""
    invitation, link = invite(created_by=operator, email=ADDRESS, now=timezone.now())
    invite(created_by=operator, email=ADDRESS, now=timezone.now())  # a second one, never used
    client.get(link)
    sign_up(client, ADDRESS)
    invitation.refresh_from_db()
    user = invitation.used_by
    EmailAddress.objects.filter(user=user).update(verified=True)
    prove(client)
    client.post("/accounts/email/", {"email": NEW, "action_add": "1"})
    client.post("/accounts/password/reset/", {"email": ADDRESS})
    assert user
    send_mail("A guest", f"Somebody wrote from\n{ADDRESS}\ntoday.", "site@example.org", ["bob@example.org"])
    LogEntry.objects.log_actions(operator.pk, [user], CHANGE, "Changed Name.")
    LogEntry.objects.log_actions(operator.pk, EmailAddress.objects.filter(user=user), CHANGE, f"Changed {ADDRESS}.")


def test_the_walk_sees_the_tables_that_matter():
    wanted = {("accounts_user", "email"), ("django_admin_log", "object_repr"), ("questions_answer", "text")}
    assert wanted <= set(columns())


def test_nothing_keeps_the_address(client, operator, settings, django_capture_on_commit_callbacks):
    settings.SIGNUP_MODE = "invite"
    leave_traces(client, operator)
    assert places_with(ADDRESS) >= {"accounts_user.email", "accounts_invitation.email", "django_admin_log.object_repr"}
    assert places_with(ADDRESS) >= {f"mail to {ADDRESS}", "mail to bob@example.org"}
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(client, ADDRESS).status_code == 200
    assert places_with(ADDRESS) == set()
    assert places_with(NEW) == set()


def test_the_operators_log_keeps_that_something_was_done_and_not_to_whom(
    client, operator, django_capture_on_commit_callbacks
):
    leave_traces(client, operator)
    before = LogEntry.objects.count()
    delete(client, ADDRESS)
    assert before == LogEntry.objects.filter(object_repr="Deleted account", change_message="", user=operator).count()


def test_what_names_somebody_else_stays(client, operator, kept_mail, django_capture_on_commit_callbacks):
    neighbour = create_person(email=LIKE_HERS)
    invite(created_by=operator, email=LIKE_HERS, now=timezone.now())
    LogEntry.objects.log_actions(operator.pk, [neighbour], CHANGE, f"Changed {neighbour}.")
    send_mail("Hello", f"This is for {LIKE_HERS}.", "site@example.org", [LIKE_HERS])
    before = places_with(LIKE_HERS)
    leave_traces(client, operator)
    with django_capture_on_commit_callbacks(execute=True):
        delete(client, ADDRESS)
    assert places_with(LIKE_HERS) == before
    assert f"mail to {LIKE_HERS}" in before


def test_when_the_deletion_fails_the_mail_stays(client, operator, django_capture_on_commit_callbacks):
    leave_traces(client, operator)
    user = EmailAddress.objects.get(email=ADDRESS).user
    letters = len(mailbox.letters())

    def fail(user: object) -> int:
        raise RuntimeError("no")

    before = dict(rights._holdings)
    rights._holdings["accounts"] = rights.Holding(
        "accounts", "", rights.ACCOUNT.export, lambda user: rights.ACCOUNT.erase(user) and fail(user)
    )
    try:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
            rights.erase_person(user=user)
    finally:
        rights._holdings.clear()
        rights._holdings.update(before)
    assert len(mailbox.letters()) == letters
    assert log_in(Client(), ADDRESS).status_code == 302


@pytest.fixture
def victim(operator):
    """Somebody who was invited and written to, and has no account yet."""
    invite(created_by=operator, email=ADDRESS, now=timezone.now())
    LogEntry.objects.log_actions(operator.pk, [operator], CHANGE, f"Refused {ADDRESS}.")
    send_mail("For you", "Come and see.", "site@example.org", [ADDRESS])
    send_mail("A guest", f"Somebody wrote from {ADDRESS}.", "site@example.org", ["bob@example.org"])


@pytest.mark.parametrize("how", ["signed up with it", "added it"])
def test_who_only_claims_an_address_erases_nothing_that_others_wrote_of_it(
    client, operator, victim, how, django_capture_on_commit_callbacks
):
    before = places_with(ADDRESS)
    own = ADDRESS if how == "signed up with it" else "mallory@example.org"
    sign_up(client, own)
    invite(created_by=operator, email=ADDRESS, now=timezone.now())
    if own != ADDRESS:
        prove(client)
        client.post("/accounts/email/", {"email": ADDRESS, "action_add": "1"})
    assert any("confirm-email" in letter.text for letter in mailbox.letters() if letter.to == [ADDRESS])
    with django_capture_on_commit_callbacks(execute=True):
        assert delete(client, ADDRESS).status_code == 200
    assert not User.objects.exclude(is_staff=True).exists()
    assert places_with(ADDRESS) == before
    assert Invitation.objects.filter(email=ADDRESS).count() == 2
    # The mail that asked for the confirmation is theirs.
    assert [letter.text.strip() for letter in mailbox.letters() if letter.to == [ADDRESS]] == ["Come and see."]


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("alice@example.org", True),
        ("To: <Alice@Example.org>.", True),
        ("mailto:alice@example.org, and more", True),
        ("Write to alice@example.org. Then wait.", True),
        ("malice@example.org", False),
        ("not.alice@example.org", False),
        ("alice@example.org.uk", False),
        ("alice@example.organic", False),
        ("alice@exampleXorg", False),
    ],
)
def test_an_address_is_found_as_a_whole(text, is_named):
    assert traces.names_one(text, [ADDRESS]) is is_named
