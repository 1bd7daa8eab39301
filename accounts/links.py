"""Links: absolute ones always from SITE_URL, never from the Host header; and which targets a redirect may have."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.utils.http import url_has_allowed_host_and_scheme


def absolute(path: str) -> str:
    """`path`, or the path of a whole URL, on this site."""
    parts = urlsplit(path)
    local = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    return f"{settings.SITE_URL}/{local.lstrip('/')}"


def is_own_path(url: str) -> bool:
    """True for `/a/path?of=this#site` and for nothing that a browser could read as another place."""
    return url.startswith("/") and url.isprintable() and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
