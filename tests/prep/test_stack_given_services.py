"""A database and a broker that the operator gives: used if they will do, else the start names what they lack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from celery import Celery
from django.core.cache.backends.redis import RedisCache
from django.core.exceptions import ImproperlyConfigured

from prep import database, external, services
from tests.prep.given import AWKWARD, SUPER, Cluster, broker, certificate, cluster, tls_in_front_of
from tests.prep.machine import environment, processes_of

DEBIAN_15 = Path("/usr/lib/postgresql/15")
SECRET = quote(AWKWARD, safe="")


@pytest.fixture(scope="module")
def server(module_dir: Path) -> Iterator[Cluster]:
    with cluster(module_dir / "given") as started:
        started.as_superuser("CREATE DATABASE whole OWNER site")
        started.as_superuser("CREATE EXTENSION vector", "whole")
        yield started


@pytest.fixture(scope="module")
def redis_port(module_dir: Path) -> Iterator[tuple[int, Path]]:
    with broker(module_dir / "broker") as found:
        yield found


def connects(url: str) -> bool:
    """Whether Django gets in with what it makes of the address."""
    found = database.from_url(url, pool_max=2)
    options = {name: value for name, value in found["OPTIONS"].items() if name != "pool"}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {word: found[name] for word, name in names.items() if found[name]}
    with psycopg.connect(**given, **options) as connection:
        row = connection.execute("SELECT current_user, current_setting('statement_timeout')").fetchone()
        return row == ("site", "15s")


def test_a_database_with_a_password_an_ordinary_role_and_the_extension_will_do(server: Cluster) -> None:
    url = server.url("site", AWKWARD, "whole")
    assert external.database_fault(url) == ""
    assert connects(url)


@pytest.mark.parametrize("form", ["{who}@/whole?host={folder}&port={port}", "{who}@{quoted}:{port}/whole"])
def test_a_database_may_be_reached_through_a_unix_socket(server: Cluster, form: str) -> None:
    folder = str(server.place.sockets)
    rest = form.format(who=f"site:{SECRET}", folder=folder, quoted=quote(folder, safe=""), port=server.port)
    assert external.database_fault(f"postgresql://{rest}") == ""
    assert connects(f"postgresql://{rest}")


def test_options_of_the_address_win_over_ours(server: Cluster) -> None:
    options = quote("-c statement_timeout=7s -c application_name=mine")
    found = database.parameters(server.url("site", AWKWARD, "whole") + f"?options={options}")
    with psycopg.connect(**found) as connection:  # type: ignore[arg-type]
        names = ("statement_timeout", "application_name", "lock_timeout")
        assert [connection.execute(f"SHOW {name}").fetchone() for name in names] == [("7s",), ("mine",), ("3s",)]


def test_an_extension_that_only_a_superuser_may_install_is_named_with_the_command(server: Cluster) -> None:
    server.as_superuser('CREATE DATABASE "my prep" OWNER site')
    url = server.url("site", AWKWARD, "my%20prep")
    fault = external.database_fault(url)
    assert fault.startswith('pgvector is not installed in the database "my prep", and "site" may not install it.')
    command = fault.partition("As a superuser run: ")[2]
    assert external.database_fault(server.url("postgres", SUPER, "my%20prep")) == ""
    with psycopg.connect(url) as connection:  # looking has changed nothing
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone() is None
    psql = server.place.binaries / "bin" / "psql"
    assert command.startswith("psql ")
    subprocess.run(
        str(psql) + command.removeprefix("psql"),
        shell=True,  # as the operator would: by copying the line
        check=True,
        capture_output=True,
        env={"PATH": os.defpath, "PGPASSWORD": SUPER},
    )
    assert external.database_fault(url) == ""


def test_a_role_that_may_not_make_tables_is_named_with_the_command(server: Cluster) -> None:
    server.as_superuser("CREATE DATABASE foreign_one")
    server.as_superuser("CREATE EXTENSION vector", "foreign_one")
    url = server.url("site", AWKWARD, "foreign_one")
    fault = external.database_fault(url)
    assert fault.startswith('"site" may not make tables there. As a superuser run: psql ')
    assert 'ALTER DATABASE "foreign_one" OWNER TO "site"' in fault
    server.as_superuser('ALTER DATABASE "foreign_one" OWNER TO "site"')
    assert external.database_fault(url) == ""


def test_a_database_that_is_not_unicode_is_named(server: Cluster) -> None:
    server.as_superuser("CREATE DATABASE old_one OWNER site ENCODING 'LATIN1' TEMPLATE template0")
    server.as_superuser("CREATE EXTENSION vector", "old_one")
    assert "its encoding is LATIN1, and Onsite needs UTF8" in external.database_fault(
        server.url("site", AWKWARD, "old_one")
    )


def test_a_wrong_password_and_a_missing_database_are_named_without_the_password(server: Cluster) -> None:
    wrong = external.database_fault(server.url("site", "wr0ng/one", "whole"))
    assert wrong.startswith("no connection: ")
    assert 'password authentication failed for user "site"' in wrong
    assert "wr0ng" not in wrong
    assert 'database "nowhere" does not exist' in external.database_fault(server.url("site", AWKWARD, "nowhere"))


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:1/x", "postgresql://x@/x?host=/nonexistent"])
def test_a_database_that_cannot_be_reached_is_named(url: str) -> None:
    assert external.database_fault(url).startswith("no connection: ")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://me:hidden@host/x",
        "postgresql://me:hidden/half@host/x",
        "postgresql://me:hidden%@host/x",
        "postgresql://me:hidden@[::1/x",
        "postgres:/me:hidden@host/x",
    ],
)
def test_what_is_no_address_of_a_database_is_answered_with_the_form_of_one(url: str) -> None:
    fault = external.database_fault(url)
    assert "an address such as postgresql://user:password@host:5432/name" in fault
    assert "hidden" not in fault + external.shown(url)


def test_an_option_that_libpq_does_not_know_is_named() -> None:
    assert 'invalid URI query parameter: "ssl"' in external.database_fault("postgresql://me:hidden@host/x?ssl=1")


@pytest.mark.parametrize(
    ("number", "fault"),
    [(140012, "it is PostgreSQL 14, and Onsite needs 15 or newer."), (150000, ""), (180001, "")],
)
def test_an_old_postgresql_is_named(number: int, fault: str) -> None:
    assert external.version_fault(number) == fault


@pytest.mark.parametrize(("version", "is_old"), [("0.6.2", True), ("0.7.0", False), ("0.10.1", False), ("1.0", False)])
def test_an_old_pgvector_is_told_from_a_new_one(version: str, is_old: bool) -> None:
    assert external.pgvector_is_old(version) == is_old


@pytest.mark.skipif(not (DEBIAN_15 / "bin" / "initdb").exists(), reason="needs Debian's PostgreSQL 15")
@pytest.mark.skipif(any(Path("/usr/share/postgresql/15/extension").glob("vector*")), reason="this one has pgvector")
def test_a_server_without_pgvector_is_told_which_package_it_lacks(open_dir: Path) -> None:
    with cluster(open_dir / "given", DEBIAN_15) as old:
        old.as_superuser("CREATE DATABASE whole OWNER site")
        fault = external.database_fault(old.url("site", AWKWARD, "whole"))
    assert fault == (
        "the extension pgvector is not installed on that server (Debian there: apt install postgresql-15-pgvector)."
    )


# --- The broker ---


def takes_jobs(url: str) -> bool:
    """Whether Celery gets in with what it makes of the address, and the cache as well."""
    app = Celery("x", broker=database.broker_url(url))
    options = {"socket_timeout": 5, "socket_connect_timeout": 5}
    with app.connection_for_write(connect_timeout=5) as line:
        line.ensure_connection(max_retries=1, interval_start=0, timeout=5)
        channel: Any = line.channel()
        channel.client.rpush("x", "job")
        number = channel.client.connection_pool.connection_kwargs["db"]
    cache = RedisCache([url], {"OPTIONS": options})
    cache.set("key", "value")
    return cache.get("key") == "value" and number == 3


def test_a_broker_with_a_password_will_do_for_jobs_and_cache(redis_port: tuple[int, Path]) -> None:
    port, path = redis_port
    for url in (
        f"redis://:{SECRET}@127.0.0.1:{port}/3",
        f"redis://:{SECRET}@127.0.0.1:{port}?db=3",
        f"redis://default:{SECRET}@127.0.0.1:{port}/3?socket_timeout=4",
        f"unix://:{SECRET}@{path}?db=3",
    ):
        assert external.redis_fault(url) == "", url
        assert takes_jobs(url), url


def test_tls_is_spoken_and_the_certificate_verified(
    redis_port: tuple[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = certificate(tmp_path)
    with tls_in_front_of(redis_port[0], signed) as port:
        url = f"rediss://:{SECRET}@localhost:{port}/3"
        assert "certificate verify failed" in external.redis_fault(url)
        with pytest.raises(Exception, match="certificate verify failed"):
            takes_jobs(url)
        for trusting in (f"{url}?ssl_ca_certs={quote(str(signed))}", f"{url}?ssl_cert_reqs=none"):
            assert external.redis_fault(trusting) == ""
            assert takes_jobs(trusting)
        assert external.redis_fault(f"redis://:{SECRET}@localhost:{port}/3").startswith("no connection: ")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("redis://127.0.0.1:{port}/0", "it asks for a password."),
        ("redis://:wr0ng@127.0.0.1:{port}/0", "invalid username-password pair"),
        ("redis://:{secret}@127.0.0.1:{port}/999", "out of range"),
        ("redis://127.0.0.1:1/0", "Connection refused"),
        ("redis://nowhere.invalid/0", "connecting to nowhere.invalid:6379"),
        ("unix:///nonexistent.sock", "No such file"),
    ],
)
def test_a_broker_that_does_not_let_us_in_is_named(redis_port: tuple[int, Path], form: str, said: str) -> None:
    fault = external.redis_fault(form.format(port=redis_port[0], secret=SECRET))
    assert fault.startswith("no connection: ")
    assert said in fault
    assert "wr0ng" not in fault


@pytest.mark.parametrize("url", ["nonsense", "redis://:hidden#half@host:1/0", "http://:hidden@host"])
def test_what_is_no_address_of_a_broker_is_answered_with_the_form_of_one(url: str) -> None:
    fault = external.redis_fault(url)
    assert "an address such as redis://:password@host:6379/0" in fault
    assert "hidden" not in fault + external.shown(url)
    with pytest.raises(ImproperlyConfigured):
        database.broker_url(url)


def test_celery_verifies_certificates_unless_told_otherwise() -> None:
    assert database.broker_url("rediss://h:1/2") == "rediss://h:1/2?ssl_cert_reqs=required"
    assert database.broker_url("rediss://h:1/2?ssl_cert_reqs=none") == "rediss://h:1/2?ssl_cert_reqs=none"


# --- The start ---


def start(var_dir: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "prep.stack", "run"],
        cwd=services.BASE_DIR,
        env=environment(var_dir, **more),
        capture_output=True,
        text=True,
    )


def test_a_start_with_unusable_services_names_both_hides_the_password_and_starts_nothing(open_dir: Path) -> None:
    more = {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1", "PORT": "8199"}
    done = start(open_dir / "var", **more)
    assert done.returncode == 1
    assert "DATABASE_URL (postgresql://me:...@127.0.0.1:1/x): no connection" in done.stderr
    assert "REDIS_URL (redis://127.0.0.1:1): no connection" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert not (open_dir / "var" / "postgres").exists()
    assert processes_of(open_dir / "var") == {}


def test_a_start_with_a_database_without_pgvector_ends_with_the_command(
    server: Cluster, redis_port: tuple[int, Path], open_dir: Path
) -> None:
    server.as_superuser("CREATE DATABASE bare OWNER site")
    more = {
        "DATABASE_URL": server.url("site", AWKWARD, "bare"),
        "REDIS_URL": f"redis://:{SECRET}@127.0.0.1:{redis_port[0]}/1",
        "PORT": "8198",
    }
    done = start(open_dir / "var", **more)
    assert done.returncode == 1
    assert "CREATE EXTENSION vector" in done.stderr
    assert f"REDIS_URL (redis://:...@127.0.0.1:{redis_port[0]}/1): will do" in done.stderr
    assert AWKWARD not in done.stderr
    assert SECRET not in done.stderr


def test_a_command_with_given_addresses_starts_nothing(server: Cluster, open_dir: Path) -> None:
    more = {"DATABASE_URL": server.url("site", AWKWARD, "whole"), "REDIS_URL": "redis://127.0.0.1:1"}
    code = "from prep.stack import services_for_command\nwith services_for_command(['manage.py', 'shell']): print('in')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=services.BASE_DIR,
        env=environment(open_dir / "var", **more),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "in\n", done.stderr
    assert not os.path.exists(open_dir / "var")
