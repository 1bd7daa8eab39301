"""Checks the DATABASE_URL and REDIS_URL that were given and names what they lack: `python -m prep.external`."""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from prep.terminal import say

POSTGRES_MIN = 15
PGVECTOR_MIN = (0, 7)


def database_fault(url: str) -> str:
    """What is wrong with the database at `url`, or an empty string."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            if version < POSTGRES_MIN:
                return f"it is PostgreSQL {version}, and Onsite needs {POSTGRES_MIN} or newer."
            return _extension_fault(connection)
    except (psycopg.Error, UnicodeError) as error:
        return f"it does not answer: {str(error).strip()}"


def _extension_fault(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'vector'"
    ).fetchone()
    if row is None:
        return "the extension pgvector is not installed on that server (Debian: apt install postgresql-NN-pgvector)."
    version = row[0] or row[1]
    if tuple(int(part) for part in version.split(".")[:2]) < PGVECTOR_MIN:
        return f"it has pgvector {version}, and Onsite needs 0.7 or newer."
    if row[0] is None and not _may_install(connection):
        return "pgvector is not installed in that database. As a superuser run there: CREATE EXTENSION vector"
    return ""


def _may_install(connection: psycopg.Connection) -> bool:
    """By trying it, and taking it back: who may depends on the server's packaging."""
    try:
        connection.execute("CREATE EXTENSION vector")
    except psycopg.errors.InsufficientPrivilege:
        return False
    finally:
        connection.rollback()
    return True


def redis_fault(url: str) -> str:
    try:
        with redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return f"it does not answer: {error}"
    return ""


def without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":...@")))


def main() -> int:
    checks = {"DATABASE_URL": database_fault, "REDIS_URL": redis_fault}
    faults = 0
    for name, check in checks.items():
        url = os.environ.get(name, "").strip()
        if url and (fault := check(url)):
            say(f"{name} ({without_password(url)}): {fault}")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
