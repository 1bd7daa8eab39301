"""What every test gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services import forget_everything


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rate limits and heartbeats of one test must not reach the next; tests without a database touch neither."""
    yield
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        forget_everything()
