"""Where the data lives: addresses of the embedded services, and DATABASE_URL as Django wants it."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

SERVER_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
_QUOTED = "In a password write %40 for @, %2F for /, %3A for :, %23 for #, %3F for ? and %25 for %."
_SUCH_AS = f"such as postgresql://user:password@host:5432/name. {_QUOTED}"


def embedded_url(var_dir: Path) -> str:
    """The address of the embedded cluster that runs in `var_dir`, as prep.stack wrote it at its start."""
    return _written(var_dir / "run" / "database.url") or "postgresql://onsite@/onsite?host=" + quote(
        str(var_dir / "run")
    )


def embedded_redis_url(var_dir: Path) -> str:
    return _written(var_dir / "run" / "redis.url") or "unix://" + quote(str(var_dir / "run" / "valkey.sock"))


def broker_url(redis_url: str) -> str:
    """The same server as Celery spells it: of the options only the number of the database and those of TLS.

    A Unix socket has another scheme there. Certificates are verified unless the address says otherwise: Celery's own
    default for rediss:// is not to.
    """
    try:
        parts = urlsplit(redis_url)
        is_address = parts.scheme in {"redis", "rediss", "unix"} and parts.port != 0
    except ValueError:  # its text may quote a part of the password
        is_address = False
    if not is_address:
        raise ImproperlyConfigured(f"REDIS_URL is not an address such as redis://:password@host:6379/0. {_QUOTED}")
    query = dict(parse_qsl(parts.query))
    who = parts.netloc.replace(";", "%3B")  # where Celery would begin another address
    if parts.scheme == "unix":
        return f"redis+socket://{who}{parts.path}?virtual_host={query.get('db', '0')}"
    ssl = {name: value for name, value in query.items() if name.startswith("ssl_")}
    if parts.scheme == "rediss":
        ssl = {"ssl_cert_reqs": "required", **ssl}
    number = query.get("db") or parts.path.strip("/") or "0"
    return f"{parts.scheme}://{who}/{number}" + (f"?{urlencode(ssl)}" if ssl else "")


def _written(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def parameters(url: str) -> dict[str, str]:
    """A postgresql:// address in the words of libpq, with our limits among its options; those of the address win."""
    if url.partition("://")[0] not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL is not an address {_SUCH_AS}")
    try:
        found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        # Other messages quote what may be a password.
        why = f" ({str(error).strip()})" if "query parameter" in str(error) else ""
        raise ImproperlyConfigured(f"DATABASE_URL is not an address{why} {_SUCH_AS}") from None
    if not all(port.isdigit() for port in found.get("port", "0").split(",")):
        raise ImproperlyConfigured(f"DATABASE_URL has a port that is not a number. It is an address {_SUCH_AS}")
    found["options"] = f"{SERVER_OPTIONS} {found.get('options', '')}".strip()
    return {"dbname": "onsite", **found}


def from_url(url: str, *, pool_max: int) -> dict[str, Any]:
    """Django's DATABASES entry for a postgresql:// address; the pool is per process."""
    found = parameters(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{name: found.pop(word, "") for name, word in names.items()},
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**found, "pool": {"min_size": 1, "max_size": pool_max, "timeout": 5, "max_idle": 120}},
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
    handle, unfinished = tempfile.mkstemp(dir=var_dir)  # 0600
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    with contextlib.suppress(FileExistsError):  # another process was faster; whole or not at all either way
        os.link(unfinished, path)
    os.unlink(unfinished)
    return path.read_text().strip()
