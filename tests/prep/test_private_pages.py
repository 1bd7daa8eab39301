"""Pages are never stored by caches; files of the bundle may be."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere/", "/static/no-such-file.js", "/api/v1/me/"])
def test_a_page_is_not_stored(client: Client, path: str):
    assert "no-store" in client.get(path).headers["Cache-Control"]


def test_a_static_file_may_be_stored(client: Client):
    response = client.get("/static/img/favicon.svg")
    assert response.status_code == 200
    assert "no-store" not in response.headers.get("Cache-Control", "")
