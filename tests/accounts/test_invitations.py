"""Sign-up open, by invitation or closed."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.invitations import InvitationRefused, hash_token, invite, redeem
from accounts.models import Invitation, User
from tests.accounts.conftest import sign_up


@pytest.fixture
def by_invitation(settings):
    settings.SIGNUP_MODE = "invite"


def path_of(email="", *, now=None, by=None) -> str:
    _, link = invite(created_by=by, email=email, now=now or timezone.now())
    return link.removeprefix("http://localhost:8000")


def open_link(client, path):
    return client.get(path)


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["invite", "closed"])
def test_without_an_invitation_nobody_signs_up(client, settings, mode):
    settings.SIGNUP_MODE = mode
    assert "Sign-up is closed" in client.get("/accounts/signup/").content.decode()
    assert "Sign-up is closed" in sign_up(client, "new@example.org").content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_when_closed_an_invitation_does_not_help(client, settings):
    settings.SIGNUP_MODE = "closed"
    open_link(client, path_of())
    assert "Sign-up is closed" in sign_up(client, "new@example.org").content.decode()


@pytest.mark.django_db
def test_an_invitation_lets_one_person_in(client, by_invitation):
    path = path_of()
    assert open_link(client, path)["Location"] == "/accounts/signup/"
    assert sign_up(client, "new@example.org")["Location"] == "/welcome/"
    row = Invitation.objects.get()
    assert row.used_by == User.objects.get(email="new@example.org")
    second = Client()
    assert open_link(second, path).status_code == 404
    assert "Sign-up is closed" in sign_up(second, "other@example.org").content.decode()


@pytest.mark.django_db
def test_an_invitation_for_an_address_fills_it_in_and_serves_no_other(client, by_invitation):
    response = open_link(client, path_of("Carol@example.org"))
    assert response["Location"] == "/accounts/signup/?email=carol%40example.org"
    assert 'value="carol@example.org"' in client.get(response["Location"]).content.decode()
    refused = sign_up(client, "mallory@example.org")
    assert refused["Location"] == "/accounts/invite/refused/"
    assert "for another address" in client.get(refused["Location"]).content.decode()
    assert not User.objects.exists()
    assert sign_up(client, "carol@example.org")["Location"] == "/welcome/"


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["unknown", "x" * 5000, "%00", "..%2f.."])
def test_an_unknown_link_is_refused_kindly(client, by_invitation, token):
    assert open_link(client, f"/accounts/invite/{token}/").status_code == 404


@pytest.mark.django_db
def test_an_expired_link_is_refused_even_when_it_was_opened_in_time(client, by_invitation):
    path = path_of()
    open_link(client, path)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "Sign-up is closed" in sign_up(client, "new@example.org").content.decode()
    page = open_link(Client(), path)
    assert page.status_code == 404
    assert "it may be too old" in page.content.decode()


@pytest.mark.django_db
def test_a_member_is_told_that_they_have_an_account(as_alice, by_invitation):
    path = path_of()
    assert "You have an account already" in open_link(as_alice, path).content.decode()
    assert Invitation.objects.get().used_at is None


@pytest.mark.django_db
def test_where_sign_up_is_open_a_spent_invitation_bars_nobody(client):
    path = path_of()
    open_link(client, path)
    Invitation.objects.update(used_at=timezone.now())
    assert sign_up(client, "new@example.org")["Location"] == "/welcome/"


@pytest.mark.django_db
def test_the_link_is_kept_as_a_hash_only(by_invitation):
    path = path_of()
    token = path.rstrip("/").rpartition("/")[2]
    assert len(token) >= 43  # 256 bits
    assert Invitation.objects.get().token_hash == hash_token(token)
    assert token not in str(Invitation.objects.values().get())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_use_one_invitation_at_once_exactly_one_gets_in(by_invitation):
    path = path_of()
    clients = [Client() for _ in range(20)]
    for client in clients:
        open_link(client, path)
    places: list[str] = []
    barrier = threading.Barrier(len(clients))

    def join(number: int) -> None:
        try:
            barrier.wait()
            places.append(sign_up(clients[number], f"n{number}@example.org").get("Location", "closed"))
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=join, args=(n,)) for n in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == len(clients)
    assert places.count("/welcome/") == 1
    assert set(places) <= {"/welcome/", "/accounts/invite/refused/", "closed"}
    assert User.objects.count() == 1
    assert Invitation.objects.get().used_by == User.objects.get()


@pytest.mark.django_db
def test_redeeming_says_why_not(alice):
    now = timezone.now()
    with pytest.raises(InvitationRefused, match="cannot be used"):
        redeem(token_hash="nothing", user=alice, now=now)


@pytest.mark.django_db(transaction=True)
def test_who_comes_second_waits_for_the_first_and_is_refused(alice, bob):
    token_hash = hash_token(path_of().rstrip("/").rpartition("/")[2])
    has_redeemed, is_second_waiting = threading.Event(), threading.Event()
    outcome: list[str] = []

    def come_second() -> None:
        has_redeemed.wait(10)
        try:
            with transaction.atomic():
                redeem(token_hash=token_hash, user=bob, now=timezone.now())
            outcome.append("let in")
        except InvitationRefused:
            outcome.append("refused")
        finally:
            connection.close()

    second = threading.Thread(target=come_second)
    second.start()
    with transaction.atomic():
        redeem(token_hash=token_hash, user=alice, now=timezone.now())
        has_redeemed.set()
        while not is_second_waiting.is_set() and second.is_alive():
            if _waiting_for_a_lock():
                is_second_waiting.set()
    second.join()
    assert is_second_waiting.is_set()
    assert outcome == ["refused"]
    assert Invitation.objects.get().used_by == alice


def _waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.02)")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
