"""People are greeted by the name they gave, or by none: never by a part of their address."""

from __future__ import annotations

import re

import pytest

from accounts.models import User, display_name
from tests import cast

pytestmark = pytest.mark.django_db


def greeting(client) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", client.get("/").content.decode(), re.DOTALL)
    assert found
    return " ".join(found[1].split())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "Welcome. One question is enough to start."), ("Ada", "Welcome, Ada. One question is enough to start.")],
)
def test_the_first_page_greets_by_name_or_by_none(alice, as_alice, name, expected):
    cast.small_bank()
    User.objects.filter(pk=alice.pk).update(name=name)
    assert greeting(as_alice) == expected


def test_the_administration_greets_by_name_or_by_the_whole_address(alice):
    assert alice.get_short_name() == ""
    assert display_name(alice) == "alice@example.org"
    alice.name = "Ada"
    assert (alice.get_short_name(), display_name(alice)) == ("Ada", "Ada")
