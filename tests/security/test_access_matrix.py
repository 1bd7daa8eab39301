"""Every URL of the site, every actor, every method: against the table in access.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import resolve

from accounts.rights import export_person
from tests.cast import LEAKS, fresh
from tests.security.access import ACCESS, ADMIN_MODELS, admin_addresses
from tests.security.conftest import ACTORS, Site
from tests.security.walking import METHODS, addresses, ask
from tests.services import forget_everything

OWNED = [name for name, row in ACCESS.items() if "{" in row.path]
# Answers 503 in the tests, where no worker runs.
WITHOUT_WORKERS = {"readyz"}
# Where nobody is recognised by a session, so that there is nothing to forge: what may be done there hangs on the secret
# in the address, here a wrong one.
NO_SESSION_NEEDED = {"api:schema": 405, "mail:calendar": 405, "mail:unsubscribe": 404}


def _areas() -> dict[str, list[str]]:
    """The names of the table by the first part of their path: one test walks one of these."""
    areas: dict[str, list[str]] = {}
    for name, row in ACCESS.items():
        areas.setdefault("/".join(row.path.split("/")[:3]), []).append(name)
    return areas


AREAS = _areas()


def test_every_url_of_the_site_is_in_the_table_and_nothing_else():
    listed = set(ACCESS) | {name for name, _, _ in admin_addresses()}

    assert set(addresses()) - listed == set(), "list these in tests/security/access.py"
    assert listed - set(addresses()) == set(), "these are gone: take them out of tests/security/access.py"


def test_each_path_in_the_table_is_the_one_of_its_name():
    for name, row in ACCESS.items():
        match = resolve(row.path.format(answer=1, review=1, token=1, collection=1, away=1, own="own-1", interview=1))
        assert name == (match.view_name if match.url_name else f"/{match.route}")


@pytest.mark.parametrize("area", AREAS)
def test_each_actor_gets_of_each_method_what_the_table_says(area, site: Site):
    found, expected = {}, {}
    for name in AREAS[area]:
        row = ACCESS[name]
        for column, actor in enumerate(ACTORS):
            forget_everything()
            for method in METHODS:
                found[name, actor, method] = _status(site, name, actor, method)
                expected[name, actor, method] = int(row.expected[method][column])

    assert found == expected


def _status(site: Site, name: str, actor: str, method: str) -> int:
    """The response's status, after what holds for every response."""
    seen = ask(site.cookies[actor], method, ACCESS[name].path.format(**site.things))
    assert seen.status < 500 or name in WITHOUT_WORKERS, (name, actor, method)
    if actor in {"anonymous", "bob"}:
        assert not [leak for leak in LEAKS if leak in seen.text], (name, actor, method)
    if actor == "anonymous" or method == "GET":
        assert not seen.written, (name, actor, method, seen.written)
    return seen.status


@pytest.mark.parametrize("name", OWNED)
def test_of_alices_things_the_others_get_what_they_get_of_nothing(name, site: Site):
    path = ACCESS[name].path
    before = export_person(user=fresh(site.alice))
    for actor in ("anonymous", "bob", "staff"):
        for method in METHODS:
            hers = ask(site.cookies[actor], method, path.format(**site.things))
            nothing = ask(site.cookies[actor], method, path.format(**site.missing))

            assert hers.status == nothing.status
            assert _without_ids(hers.plain, site) == _without_ids(nothing.plain, site)
            assert not hers.written
            location = _without_ids(hers.response.get("Location", ""), site)
            assert location == _without_ids(nothing.response.get("Location", ""), site)
    assert export_person(user=fresh(site.alice)) == before


def _without_ids(text: str, site: Site) -> str:
    """The address that was asked for may stand in the body; what it names may not differ."""
    for number in {*site.things.values(), *site.missing.values()}:
        text = text.replace(f"/{number}/", "/N/").replace(f"%2F{number}%2F", "%2FN%2F")
    return text


def test_a_post_of_a_session_without_a_csrf_token_does_nothing(site: Site):
    for name, path in _every_path():
        seen = ask(site.cookies["alice"], "POST", path.format(**site.things), checks_csrf=True)

        assert (name, seen.status) == (name, NO_SESSION_NEEDED.get(name, 403))
        assert not seen.written


def _every_path() -> Iterator[tuple[str, str]]:
    yield from ((name, row.path) for name, row in ACCESS.items())
    yield from ((name, path) for name, path, _ in admin_addresses())


@pytest.mark.parametrize("actor", ["anonymous", "alice", "bob"])
def test_the_administration_sends_everybody_else_to_its_log_in(actor, site: Site):
    for name, path, _ in admin_addresses():
        for method in METHODS:
            seen = ask(site.cookies[actor], method, path)

            assert (name, seen.status, seen.written) == (name, 302, frozenset())
            assert seen.response["Location"].startswith("/admin/")


def test_the_administration_opens_for_operators(site: Site):
    for name, path, status in admin_addresses():
        for method in METHODS:
            seen = ask(site.cookies["staff"], method, path)

            assert seen.status < 500, (name, method)
            if method == "GET":
                assert (name, seen.status, seen.written) == (name, status, frozenset())


def test_operators_do_not_read_what_people_wrote(site: Site):
    for label in ADMIN_MODELS:
        seen = ask(site.cookies["staff"], "GET", f"/admin/{label.replace('.', '/')}/")

        assert seen.status == 200
        assert LEAKS[0] not in seen.text
