"""A database and a broker that the operator gives: used if they will do, else the start names what they lack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from prep import external, services
from tests.prep.machine import environment


@pytest.fixture(scope="module")
def given(module_dir: Path) -> Iterator[services.Addresses]:
    with services.in_use(module_dir / "var", ["postgres", "valkey"], is_durable=False) as addresses:
        yield addresses


def test_services_that_will_do_have_no_fault(given: services.Addresses) -> None:
    assert external.database_fault(given.database_url) == ""
    assert external.redis_fault(given.redis_url) == ""


def test_a_database_whose_extension_only_a_superuser_may_install_is_told_so(given: services.Addresses) -> None:
    with psycopg.connect(given.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare TEMPLATE template0")
    bare = given.database_url.replace("/onsite?", "/bare?")
    assert "As a superuser run there: CREATE EXTENSION vector" in external.database_fault(bare)
    as_superuser = bare.replace("onsite@", "postgres@")
    assert external.database_fault(as_superuser) == ""
    with psycopg.connect(as_superuser) as connection:  # looking has changed nothing
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone() is None


@pytest.mark.parametrize("url", ["postgresql://x@127.0.0.1:1/x", "postgresql://x@/x?host=/nonexistent", "nonsense"])
def test_a_database_that_does_not_answer_is_named(url: str) -> None:
    assert external.database_fault(url).startswith("it does not answer: ")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nonexistent.sock", "nonsense"])
def test_a_broker_that_does_not_answer_is_named(url: str) -> None:
    assert external.redis_fault(url).startswith("it does not answer: ")


def test_a_start_with_unusable_services_names_both_hides_the_password_and_starts_nothing(open_dir: Path) -> None:
    more = {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1", "PORT": "8199"}
    done = subprocess.run(
        [sys.executable, "-m", "prep.stack", "run"],
        cwd=services.BASE_DIR,
        env=environment(open_dir / "var", **more),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "DATABASE_URL (postgresql://me:...@127.0.0.1:1/x): it does not answer" in done.stderr
    assert "REDIS_URL (redis://127.0.0.1:1): it does not answer" in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert not (open_dir / "var" / "postgres").exists()


def test_a_command_with_given_addresses_starts_nothing(given: services.Addresses, open_dir: Path) -> None:
    more = {"DATABASE_URL": given.database_url, "REDIS_URL": given.redis_url}
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
