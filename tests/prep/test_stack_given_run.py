"""`make run` with a PostgreSQL and a broker of the operator's: a whole site, none of ours, theirs left as they were."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
import redis

from prep.services import BASE_DIR
from tests.plant import wait_for
from tests.prep.given import AWKWARD, broker, certificate, cluster, tls_in_front_of
from tests.prep.machine import environment, processes_of, wait_until
from tests.prep.site import Site, running_site

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

TEXT = (
    "I split along headings and paragraphs so that one chunk holds one idea, and I measure recall on a labelled set "
    "of questions before I change the size."
)


def api(site: Site, addresses: dict[str, str]) -> httpx.Client:
    """A new member's client; the command that makes the token uses the given services as well."""
    done = subprocess.run(
        [sys.executable, "manage.py", "create_token", "given@example.org", "--create"],
        cwd=BASE_DIR,
        env=environment(site.var_dir, PORT=str(site.port), DJANGO_SETTINGS_MODULE="prep.settings", **addresses),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    headers = {"Authorization": f"Token {done.stdout.split()[-1]}"}
    return httpx.Client(base_url=f"http://localhost:{site.port}/api/v1", headers=headers, timeout=30)


def connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'site'").fetchone()
        return row[0] if row else 0


def is_coached(client: httpx.Client, answer: int) -> object:
    feedback = client.get(f"/answers/{answer}/feedback/").json()
    assert feedback["status"] != "failed", feedback
    return feedback if feedback["status"] == "done" else None


def test_an_answer_is_coached_on_the_given_services_and_ctrl_c_leaves_them_running(open_dir: Path) -> None:
    var_dir = open_dir / "var"
    signed = certificate(open_dir)
    with (
        cluster(open_dir / "given") as server,
        broker(open_dir / "broker") as (port, _),
        tls_in_front_of(port, signed) as tls_port,
    ):
        server.as_superuser("CREATE DATABASE whole OWNER site")
        server.as_superuser("CREATE EXTENSION vector", "whole")
        url = server.url("site", AWKWARD, "whole")
        secret = quote(AWKWARD, safe="")
        addresses = {
            "DATABASE_URL": url,
            "REDIS_URL": f"rediss://:{secret}@localhost:{tls_port}/2?ssl_ca_certs={quote(str(signed))}",
        }
        with running_site(var_dir, **addresses) as site:
            assert site.status("/readyz") == 200
            assert site.status("/") == 200
            assert "PostgreSQL" not in site.output()
            client = api(site, addresses)
            said = client.post("/answers/", json={"question": "rag-chunking-strategies", "text": TEXT, "seconds": 60})
            assert said.status_code == 201, said.text
            feedback = wait_for(lambda: is_coached(client, said.json()["id"]), "the coaching")
            assert any(point["quote"] and point["quote"] in TEXT for point in feedback["points"]), feedback
            ours = " ".join(processes_of(var_dir).values())
            assert "gunicorn" in ours
            assert not [name for name in ("postgres -D", "valkey-server", "prep.keeper") if name in ours], ours
            assert not [name for name in ("postgres", "valkey", "run/database.url") if (var_dir / name).exists()]
        told = site.output() + "".join(log.read_text() for log in (var_dir / "log").glob("*.log"))
        assert "celery" in told
        assert AWKWARD not in told
        assert secret not in told
        assert redis.Redis(port=port, password=AWKWARD).ping()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT text FROM questions_answer").fetchall() == [(TEXT,)]
        wait_until(lambda: connections(url) == 1, 10, "no connection of ours is left but the one that counts")
