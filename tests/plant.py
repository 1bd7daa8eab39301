"""A whole site of real processes for one test module: its own database and Valkey, web server, workers and beat."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

from prep import processes, valkey

ROOT = Path(__file__).resolve().parents[1]
CELERY = (sys.executable, "-m", "celery", "-A", "prep")
PATIENCE = 60.0  # generous: outcomes are asserted, not times


def wait_for(claim: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> Any:
    """The first true value of `claim`, or a failure that says what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := claim():
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Plant:
    """Starts and kills the parts by name. `settings` are further environment variables of all of them."""

    def __init__(self, folder: Path, name: str, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log").mkdir(exist_ok=True)
        self.admin_url = os.environ["DATABASE_URL"]
        self.database = f"plant_{name}_{os.getpid()}"
        self.database_url = urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{self.database}"))
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.valkey_socket = self.folder / "valkey.sock"
        self.settings = settings or {}
        self.parts: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "EMAIL_", "PYTEST", "DJANGO_"))}
        return {
            **kept,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"unix://{self.valkey_socket}",
            "VAR_DIR": str(self.folder / "var"),
            "PORT": str(self.port),
            "SECRET_KEY": "plant-" + "k" * 60,
            "RATE_LOGIN": "10000/m/ip",
            "RATE_SIGNUP": "10000/m/ip",
            "RATE_LOGIN_FAILED": "10000/m/ip",
            "MAILBOX_KEY": "plant-mailbox-key",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.settings,
        }

    def build(self, *, bank: Path | None = None) -> None:
        """An empty database with the tables and the bank."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{self.database}"')
        self.start_valkey()
        self.manage("migrate", "--noinput")
        self.manage("collectstatic", "--noinput", "--verbosity=0")
        self.manage("load_bank", *(["--folder", str(bank)] if bank else []))

    def manage(self, *words: str, text: str = "") -> str:
        """Standard output of a command of manage.py; its errors fail the test."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        log = (self.folder / "log" / f"{name}.log").open("ab")
        self.parts[name] = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=processes.dying_with(os.getpid(), signal.SIGKILL),  # should pytest itself be killed
        )
        log.close()

    def start_valkey(self) -> None:
        self.start(
            "valkey",
            [valkey.program(), "--port", "0", "--unixsocket", self.valkey_socket, "--dir", self.folder, "--save", ""],
        )
        wait_for(self.valkey_socket.exists, "Valkey's socket")

    def start_worker(self, kind: str, *options: str) -> None:
        pool = ["-P", "threads", "-c", "8"] if kind == "llm" else ["-P", "prefork", "-c", "1"]
        self.start(
            kind,
            [*CELERY, "worker", "-Q", kind, "-n", f"{kind}@plant", *pool, *options],
        )

    def start_beat(self) -> None:
        self.start("beat", [*CELERY, "beat", "-s", self.folder / "schedule"])

    def start_web(self) -> None:
        options = ["-k", "gthread", "-w", "2", "--threads", "8", "-b", f"127.0.0.1:{self.port}"]
        self.start("web", [sys.executable, "-m", "gunicorn", "prep.wsgi:application", *options])
        wait_for(self.is_alive, "the web server")

    def is_alive(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, name: str, what: signal.Signals = signal.SIGKILL) -> None:
        """Signals the part's whole process group and waits until it is gone."""
        part = self.parts.pop(name)
        os.killpg(part.pid, what)
        part.wait(timeout=60)
        if name == "valkey":
            self.valkey_socket.unlink(missing_ok=True)

    def close(self) -> None:
        for name in list(self.parts):
            if name != "valkey":
                self.kill(name)
        if "valkey" in self.parts:
            self.kill("valkey")
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def client(self, email: str) -> httpx.Client:
        """A member's API client."""
        token = self.manage("create_token", email, "--create").strip().splitlines()[-1]
        return httpx.Client(base_url=f"{self.url}/api/v1", headers={"Authorization": f"Token {token}"}, timeout=30)
