"""The site's addresses as the resolver holds them, and one request at a time that leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+"?(?P<table>\w+)', re.IGNORECASE)
# Cookies' own rows: a session may be saved by any request.
SESSION_TABLES = {"django_session", "usersessions_usersession"}


def addresses() -> Iterator[str]:
    """Each URL by `namespace:name`, those without a name by their route."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: URLResolver, namespace: str, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""), route)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else f"/{route}"


@dataclass(frozen=True)
class Seen:
    """One response, and the tables that were written while it was made."""

    response: HttpResponseBase
    written: frozenset[str]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return b"".join(self.response).decode(errors="replace")

    @property
    def plain(self) -> str:
        """The body without what differs on every page: nonces, CSRF tokens, form tokens."""
        text = re.sub(r'nonce="[^"]*"', "", self.text)
        return re.sub(r'value="[A-Za-z0-9]{64}"', "", text)


def ask(cookies: Client, method: str, path: str, *, checks_csrf: bool = False) -> Seen:
    """A request with the cookies of that client; whatever it writes is rolled back."""
    client = Client(enforce_csrf_checks=checks_csrf, raise_request_exception=False)
    client.cookies.update(cookies.cookies)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        response: HttpResponseBase = client.generic(method, path, content_type=_content_type(path))
        transaction.set_rollback(True)
    tables = {found["table"] for query in queries.captured_queries if (found := WRITES.match(query["sql"]))}
    return Seen(response, frozenset(tables - SESSION_TABLES))


def _content_type(path: str) -> str:
    return "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
