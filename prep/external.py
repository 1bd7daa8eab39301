"""Checks the DATABASE_URL and REDIS_URL that were given and names what they lack: `python -m prep.external`."""

from __future__ import annotations

import os
import shlex
import sys
from urllib.parse import parse_qs, urlsplit

import psycopg
import redis
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import make_conninfo

from prep import database, stack
from prep.terminal import say

POSTGRES_MIN = 15
PGVECTOR_MIN = (0, 7)
CREATE = "CREATE EXTENSION vector"
UPDATE = "ALTER EXTENSION vector UPDATE"
SECONDS = 5  # to wait for an answer


def database_fault(url: str) -> str:
    """What is wrong with the database at `url`, or an empty string."""
    try:
        where = make_conninfo(**{"connect_timeout": str(SECONDS), **database.parameters(url)})
        with psycopg.connect(where) as connection:
            return (
                version_fault(connection.info.server_version)
                or _extension_fault(connection)
                or _encoding_fault(connection)
                or _rights_fault(connection)
            )
    except ImproperlyConfigured as error:
        return str(error)
    except (psycopg.Error, UnicodeError) as error:
        return f"no connection: {_one_line(error)}"


def version_fault(number: int) -> str:
    """`number` as the server gives it: 150004 is 15.4."""
    major = number // 10000
    return f"it is PostgreSQL {major}, and Onsite needs {POSTGRES_MIN} or newer." if major < POSTGRES_MIN else ""


def _extension_fault(connection: psycopg.Connection) -> str:
    row = connection.execute(
        "SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'vector'"
    ).fetchone()
    major = connection.info.server_version // 10000
    if row is None:
        package = f"postgresql-{major}-pgvector"
        return f"the extension pgvector is not installed on that server (Debian there: apt install {package})."
    version = row[0] or row[1]
    if pgvector_is_old(version):
        update = "" if row[0] is None or pgvector_is_old(row[1]) else f" {_as_superuser(connection, UPDATE)}"
        return f"it has pgvector {version}, and Onsite needs 0.7 or newer.{update}"
    if row[0] is None and not _may_install(connection):
        info = connection.info
        lack = f'pgvector is not installed in the database "{info.dbname}", and "{info.user}" may not install it.'
        return f"{lack} {_as_superuser(connection, CREATE)}"
    return ""


def pgvector_is_old(version: str) -> bool:
    return tuple(int(part) for part in version.split(".")[:2]) < PGVECTOR_MIN


def _as_superuser(connection: psycopg.Connection, statement: str) -> str:
    """What to run, ready to be copied; `postgres` is the superuser's usual name."""
    info = connection.info
    words = ["psql", "-h", info.host, "-p", str(info.port), "-U", "postgres", "-d", info.dbname, "-c", statement]
    return f"As a superuser run: {shlex.join(words)}"


def _may_install(connection: psycopg.Connection) -> bool:
    """By trying it, and taking it back: who may depends on the server's packaging."""
    try:
        connection.execute(CREATE)
    except psycopg.errors.InsufficientPrivilege:
        return False
    finally:
        connection.rollback()
    return True


def _encoding_fault(connection: psycopg.Connection) -> str:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding == "UTF8":
        return ""
    return f"its encoding is {encoding}, and Onsite needs UTF8: make it with CREATE DATABASE ... ENCODING 'UTF8'."


def _rights_fault(connection: psycopg.Connection) -> str:
    """Since PostgreSQL 15 only a database's owner may make tables in it. One that has its tables already is fine."""
    row = connection.execute(
        "SELECT to_regclass('django_migrations') IS NOT NULL OR has_schema_privilege(current_schema(), 'CREATE')"
    ).fetchone()
    if row and row[0]:
        return ""
    info = connection.info
    statement = f'ALTER DATABASE "{info.dbname}" OWNER TO "{info.user}"'
    return f'"{info.user}" may not make tables there. {_as_superuser(connection, statement)}'


def redis_fault(url: str) -> str:
    """What is wrong with the broker at `url`, or an empty string."""
    try:
        database.broker_url(url)
        with redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as client:
            client.ping()
    except ImproperlyConfigured as error:
        return str(error)
    except (redis.RedisError, OSError, ValueError, TypeError) as error:  # TypeError: an option that is none
        asks = "HELLO must be called with the client already authenticated" in str(error)
        return f"no connection: {'it asks for a password.' if asks else _one_line(error)}"
    return ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def shown(url: str) -> str:
    """An address without what must not be shown: passwords, and options, which may hold one."""
    try:
        parts = urlsplit(url)
        who, at, place = parts.netloc.rpartition("@")
        name, colon, _ = who.partition(":")
        place = place or parse_qs(parts.query).get("host", [""])[0]
        is_strange = "@" in parts.path or parts.fragment or parts.port == 0  # what is left may be of a password
        if is_strange or not parts.scheme or not (place or parts.path):
            return "..."
    except ValueError:
        return "..."
    return f"{parts.scheme}://{name}{':...' if colon else ''}{at}{place}{parts.path}"


def main() -> int:
    stack.read_env_file()
    checks = {"DATABASE_URL": database_fault, "REDIS_URL": redis_fault}
    faults = 0
    for name, check in checks.items():
        if not (url := os.environ.get(name, "").strip()):
            continue
        fault = check(url)
        faults += bool(fault)
        say(f"{name} ({shown(url)}): {fault or 'will do'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
