"""Mail without a mail server."""

from __future__ import annotations

import stat

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

from accounts import mailbox

KEY = "a-long-random-key"


@pytest.fixture
def box(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MAILBOX_KEY = KEY
    return tmp_path / "mailbox"


def send(subject="Hello", to="alice@example.org", text="See http://localhost:8000/x/ <b>now</b>"):
    connection = get_connection("accounts.mailbox.MailboxBackend")
    message = EmailMultiAlternatives(subject, text, "site@example.org", [to], connection=connection)
    message.attach_alternative("<p>html</p>", "text/html")
    return message.send()


def test_a_mail_is_shown_on_standard_error_and_kept_privately(box, capsys):
    assert send() == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "To: alice@example.org" in shown.err
    assert "http://localhost:8000/x/" in shown.err
    (letter,) = mailbox.letters()
    assert (letter.subject, letter.to, letter.sender) == ("Hello", ["alice@example.org"], "site@example.org")
    assert stat.S_IMODE(box.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in box.iterdir()] == [0o600]


def test_only_the_last_200_are_kept(box, capsys):
    for number in range(mailbox.KEPT + 3):
        send(subject=f"Number {number}")
    subjects = [letter.subject for letter in mailbox.letters()]
    assert len(subjects) == mailbox.KEPT
    assert subjects[0] == f"Number {mailbox.KEPT + 2}"
    assert "Number 2" not in subjects


def test_a_broken_file_does_not_break_the_mailbox(box):
    send()
    (box / "00001790000000000001-0a1b2c3d.json").write_text("{}")
    (box / "00001790000000000002-0a1b2c3d.json").write_text("not json")
    assert len(mailbox.letters()) == 1


@pytest.mark.django_db
def test_the_key_opens_it_and_leaves_the_address_bar(box, client):
    send()
    response = client.get("/mailbox/", {"key": KEY})
    assert (response.status_code, response["Location"]) == (302, "/mailbox/")
    page = client.get("/mailbox/").content.decode()
    assert "Hello" in page
    (letter,) = mailbox.letters()
    detail = client.get(f"/mailbox/{letter.id}/").content.decode()
    assert '<a href="http://localhost:8000/x/"' in detail
    assert "&lt;b&gt;now&lt;/b&gt;" in detail


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "wrong", KEY + "x", "ü", None])
def test_without_the_key_there_is_no_mailbox(box, client, key):
    send()
    (letter,) = mailbox.letters()
    assert client.get("/mailbox/", {} if key is None else {"key": key}).status_code == 404
    assert client.get("/mailbox/").status_code == 404
    assert client.get(f"/mailbox/{letter.id}/").status_code == 404


@pytest.mark.django_db
def test_a_member_without_the_key_sees_no_mail_either(box, as_bob):
    assert as_bob.get("/mailbox/").status_code == 404


@pytest.mark.django_db
def test_with_a_mail_server_or_without_a_key_there_is_no_mailbox(box, settings):
    client = Client()
    client.get("/mailbox/", {"key": KEY})
    assert client.get("/mailbox/").status_code == 200
    settings.HAS_SMTP = True
    assert client.get("/mailbox/").status_code == 404
    assert client.get("/mailbox/", {"key": KEY}).status_code == 404
    settings.HAS_SMTP = False
    settings.MAILBOX_KEY = ""
    assert client.get("/mailbox/").status_code == 404
    assert client.get("/mailbox/", {"key": ""}).status_code == 404


@pytest.mark.django_db
def test_a_new_key_closes_what_the_old_one_opened(box, client, settings):
    client.get("/mailbox/", {"key": KEY})
    settings.MAILBOX_KEY = "another"
    assert client.get("/mailbox/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["..%2f..%2fsecret_key", "00001790000000000009-0a1b2c3d", "x"])
def test_only_kept_mails_can_be_read(box, client, name):
    (box.parent / "secret_key").write_text("secret")
    client.get("/mailbox/", {"key": KEY})
    assert client.get(f"/mailbox/{name}/").status_code == 404


def test_a_subject_cannot_forge_lines(box, capsys):
    from django.core.mail import BadHeaderError

    try:
        send(subject="Hello\nTo: mallory@example.org")
    except BadHeaderError:
        return
    assert mailbox.letters()[0].subject == "Hello To: mallory@example.org"
