"""An account that is deleted while requests of it are on their way: each is whole or is told so, none is a 500."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import Client

from accounts.models import User
from accounts.presence import AccountGone
from accounts.rights import erase_person
from questions.models import Answer, Draft, KeyedRequest, Review
from questions.practice import session
from tests.cast import NOW, TokenClient, client_of
from tests.questions.test_session import submit, together

ANSWER = {"question": "chunking", "text": "An answer of several words.", "seconds": 5}


def test_every_write_of_practice_says_that_the_account_is_gone(alice, question):
    erase_person(user=User.objects.get(pk=alice.pk))
    writes = [
        lambda: submit(alice, question),
        lambda: session.save_draft(user=alice, question=question, text="Half", seconds=1, now=NOW),
        lambda: session.reveal(user=alice, question=question, now=NOW),
        lambda: session.rate(user=alice, question=question, rating=3, now=NOW),
        lambda: session.undo(user=alice, review_id=1),
    ]
    for write in writes:
        with pytest.raises(AccountGone):
            write()


@pytest.fixture
def deleted_meanwhile(monkeypatch):
    """The account goes after the request was let in and before its first write."""

    def arrange(user: User) -> None:
        real = session.checked_text

        def checked(text: str) -> str:
            User.objects.filter(pk=user.pk).delete()
            return real(text)

        monkeypatch.setattr(session, "checked_text", checked)

    return arrange


def test_the_page_gives_the_text_back(alice, as_alice, question, deleted_meanwhile):
    deleted_meanwhile(alice)
    response = as_alice.post("/questions/chunking/answer/", {"text": "My words.", "token": "t"})
    assert response.status_code in {302, 410}
    page = response.content.decode()
    assert "This account was deleted" in page
    assert "My words." in page


def test_the_api_says_401(alice, api, question, deleted_meanwhile):
    deleted_meanwhile(alice)
    response = api.post("answers/", ANSWER)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
def test_a_deletion_among_many_writes_leaves_nothing_and_breaks_nothing(alice, bob, bank):
    question = bank["chunking"]
    pages, programs = [client_of(alice) for _ in range(4)], [TokenClient(alice) for _ in range(4)]
    bobs = client_of(bob)

    def act(number: int) -> int:
        if number == 8:
            erase_person(user=User.objects.get(pk=alice.pk))
            return 0
        return many(pages[number // 2], number) if number % 2 else keyed(programs[number // 2], number)

    def many(client: Client, number: int) -> int:
        client.raise_request_exception = False
        codes = [
            client.post("/questions/chunking/draft/", {"text": f"Half {number}"}).status_code,
            client.post("/questions/chunking/answer/", {"text": f"Words {number}", "token": f"{number}"}).status_code,
            client.post("/questions/tool-calling/reveal/").status_code,
        ]
        return max(codes)

    def keyed(client: TokenClient, number: int) -> int:
        codes = [
            client.post("answers/", {**ANSWER, "text": f"Words {turn}"}, Idempotency_Key=f"{number}").status_code
            for turn in range(3)
        ]
        return max(codes)

    came = together(9, act)

    assert not [one for one in came if not isinstance(one, int)], came
    assert max(came) < 500, Counter(came)
    assert not User.objects.filter(pk=alice.pk).exists()
    for model in (Answer, Draft, Review, KeyedRequest):
        assert not model.objects.filter(user_id=alice.pk).exists()
    assert bobs.get(f"/questions/{question.slug}/").status_code == 200
