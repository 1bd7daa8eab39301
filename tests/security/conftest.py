"""Alice has done everything once; Bob and the operator look at it; nobody is logged in as the fourth."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tokens import create_token
from questions.own import collections
from questions.practice import interviews, session
from questions.practice import settings as practice_settings
from questions.practice.calendar import today_of
from tests import cast

ACTORS = ("anonymous", "alice", "bob", "staff")


class Site:
    """The actors' cookies, and Alice's things by the placeholder that names them in the table of access."""

    def __init__(self) -> None:
        now = timezone.now()
        bank = cast.small_bank()
        self.alice = cast.person("alice@example.org", name="Alice Example")
        self.bob = cast.person("bob@example.org")
        self.staff = cast.person("olga@example.org", is_staff=True)
        answer = cast.answered(self.alice, bank["chunking"], now=now)
        cast.coached(answer)
        review = cast.rated(self.alice, bank["chunking"], answer=answer, now=now)
        session.save_draft(user=self.alice, question=bank["tool-calling"], text=cast.ALICE_TEXT, seconds=9, now=now)
        token, _ = create_token(user=self.alice, label="Alice Example's laptop", now=now)
        own = cast.own_question(self.alice, title=cast.ALICE_TEXT, now=now)
        collection = collections.create(user=self.alice, title=cast.ALICE_TEXT, description="", now=now)
        collections.fill(collection=collection, questions=[own, bank["chunking"]])
        day = now.date() + timedelta(days=9)
        away = practice_settings.add_break(user=self.alice, starts_on=day, ends_on=day, today=now.date(), now=now)
        details = interviews.Details(on=(now + timedelta(days=9)).date(), company="Alice Example")
        today = today_of(self.alice.profile, now)
        interview = interviews.add(user=self.alice, details=details, today=today, now=now)
        self.things = {
            "answer": answer.pk,
            "review": review.pk,
            "token": token.pk,
            "user": self.alice.pk,
            "own": own.slug,
            "collection": collection.pk,
            "interview": interview.pk,
            "away": away.pk,
        }
        self.missing = dict.fromkeys(self.things, 987_654_321)
        self.cookies = {
            "anonymous": Client(),
            "alice": cast.client_of(self.alice),
            "bob": cast.client_of(self.bob),
            "staff": cast.client_of(self.staff),
        }


@pytest.fixture
def site(db, settings) -> Site:
    settings.ACCOUNT_RATE_LIMITS = False  # hundreds of requests a minute are the point here
    return Site()
