"""Where the data lives: addresses of the embedded services, and DATABASE_URL as Django wants it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SERVER_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"


def embedded_url(var_dir: Path) -> str:
    """The address of the embedded cluster that runs in `var_dir`, as prep.stack wrote it at its start."""
    return _written(var_dir / "run" / "database.url") or "postgresql://onsite@/onsite?host=" + str(var_dir / "run")


def embedded_redis_url(var_dir: Path) -> str:
    return _written(var_dir / "run" / "redis.url") or "unix://" + str(var_dir / "run" / "valkey.sock")


def broker_url(redis_url: str) -> str:
    """The same server as Celery spells it: a Unix socket has another scheme there, and another name for the number."""
    if not redis_url.startswith("unix://"):
        return redis_url
    parts = urlsplit(redis_url)
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


def _written(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def from_url(url: str, *, pool_max: int) -> dict[str, Any]:
    """Django's DATABASES entry for a postgresql:// address; the pool is per process."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql://, such as postgresql://user:pw@host/name."
        )
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    port = query.pop("port", "") or str(parts.port or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "onsite",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **query,
            "options": SERVER_OPTIONS,
            "pool": {"min_size": 1, "max_size": pool_max, "timeout": 5, "max_idle": 120},
        },
    }


def secret_key(var_dir: Path, *, is_local: bool) -> str:
    """On a laptop the key is made once and kept in `var_dir`; a server must be given one."""
    if not is_local:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing. Set it to a long random value, for example the output of: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    path = var_dir / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    var_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was faster
        return path.read_text().strip()
    key = secrets.token_urlsafe(50)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key
