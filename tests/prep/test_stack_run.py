"""`make run` as a whole: one site is started, hurt in every way, and taken down without a trace."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep import processes
from prep.services import BASE_DIR
from tests.prep.machine import environment, pid_of, processes_of, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(420)]
START_SECONDS = 240  # the first start migrates and embeds the bank, on a machine that runs other tests as well


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """One `python -m prep.stack run`, as `make run` ends up calling it."""

    def __init__(self, var_dir: Path, port: int, **more: str) -> None:
        self.var_dir, self.port = var_dir, port
        self.said = var_dir.parent / f"said-{port}.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prep.stack", "run"],
            stdout=self.said.open("wb"),
            stderr=subprocess.STDOUT,
            cwd=BASE_DIR,
            env=environment(var_dir, PORT=str(port), **more),
            start_new_session=True,
        )

    def output(self) -> str:
        return self.said.read_text(errors="replace")

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output()
        return "Onsite is ready" in self.output()

    def status(self, path: str, host: str = "127.0.0.1") -> int:
        line = http.client.HTTPConnection(host, self.port, timeout=20)
        try:
            line.request("GET", path, headers={"Host": f"localhost:{self.port}"})
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def wait_ready(self) -> None:
        wait_until(self.is_ready, START_SECONDS, "the site is ready")


@pytest.fixture(scope="module")
def site(module_dir: Path) -> Iterator[Site]:
    if not (BASE_DIR / "static" / "dist").is_dir():
        pytest.skip("the front end is not built: npm ci && npm run build, or make test")
    var_dir = module_dir / "var"
    started = Site(var_dir, free_port())
    try:
        started.wait_ready()
        yield started
    finally:
        started.process.send_signal(signal.SIGINT)
        try:
            started.process.wait(60)
        except subprocess.TimeoutExpired:
            started.process.kill()
        left = processes_of(var_dir)
        for pid in left:
            processes.signal_pid(pid, signal.SIGKILL)
    assert left == {}, "Ctrl-C leaves no process"
    assert started.process.returncode == 0, started.output()


def test_it_ends_its_start_with_the_address_and_answers_there(site: Site) -> None:
    lines = site.output().splitlines()
    assert f"Onsite is ready: http://localhost:{site.port}" in lines
    assert any(re.search(rf"http://localhost:{site.port}/mailbox/\?key=\S{{20,}}$", line) for line in lines)
    assert site.status("/readyz") == 200
    assert site.status("/") == 200


def test_localhost_answers_on_both_protocols(site: Site) -> None:
    try:
        socket.create_connection(("::1", 9), timeout=1).close()
    except ConnectionRefusedError:
        pass
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert site.status("/healthz", host="::1") == 200


def test_nothing_but_this_machine_is_listened_to(site: Site) -> None:
    for table, here in (("tcp", {"0100007F"}), ("tcp6", {"0" * 24 + "01000000"})):
        rows = [line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
        bound = {
            row[1].partition(":")[0]
            for row in rows
            if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == site.port
        }
        assert bound <= here


def test_a_second_start_says_where_the_first_one_runs(site: Site) -> None:
    before = processes_of(site.var_dir)
    second = Site(site.var_dir, free_port())
    assert second.process.wait(60) == 1
    said = second.output().strip()
    assert said == f"Onsite: Onsite is already running at http://localhost:{site.port} (pid {site.process.pid})."
    assert set(processes_of(site.var_dir)) >= {pid for pid in before if processes.is_alive(pid)}
    assert site.status("/readyz") == 200


def test_a_port_in_use_is_named_before_anything_starts(site: Site, open_dir: Path) -> None:
    other = Site(open_dir / "var", site.port)
    assert other.process.wait(60) == 1
    assert f"Port {site.port} cannot be used" in other.output()
    assert f"PORT={site.port + 1} make run" in other.output()
    assert not (open_dir / "var" / "postgres").exists()
    assert processes_of(open_dir / "var") == {}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("web", ["-m gunicorn", "--preload"]),
        ("llm", ["celery", "llm@"]),
        ("beat", ["celery", "beat"]),
        ("services", ["prep.keeper"]),
    ],
)
def test_a_part_that_is_killed_is_shown_and_started_again(site: Site, part: str, words: list[str]) -> None:
    mains = {pid: line for pid, line in processes_of(site.var_dir).items() if all(word in line for word in words)}
    victim = next(pid for pid in mains if _parent(pid) == site.process.pid)
    shown = len(site.output())
    processes.signal_pid(victim, signal.SIGKILL)
    wait_until(lambda: f"{part}: " in site.output()[shown:], 20, f"the end of {part} is shown")

    def is_back() -> bool:
        now = [pid for pid, line in processes_of(site.var_dir).items() if all(word in line for word in words)]
        return any(_parent(pid) == site.process.pid and pid != victim for pid in now) and site.status("/readyz") == 200

    wait_until(is_back, 90, f"{part} is back and the site ready")


def test_postgres_that_is_killed_is_shown_and_started_again(site: Site) -> None:
    shown = len(site.output())
    processes.signal_pid(pid_of(site.var_dir, "bin/postgres -D"), signal.SIGKILL)
    wait_until(lambda: "postgres ended (signal SIGKILL)" in site.output()[shown:], 20, "its end is shown")
    wait_until(lambda: site.status("/readyz") == 200, 60, "the site is ready again")


def test_a_command_uses_the_services_of_the_running_site(site: Site) -> None:
    keeper = pid_of(site.var_dir, "prep.keeper")
    done = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "--plan"],
        cwd=BASE_DIR,
        env=environment(site.var_dir, DJANGO_SETTINGS_MODULE="prep.settings"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "[ ]" not in done.stdout
    assert pid_of(site.var_dir, "prep.keeper") == keeper


def test_killed_itself_it_takes_the_parts_along_and_the_next_start_recovers(site: Site) -> None:
    site.process.kill()
    site.process.wait()
    wait_until(lambda: not processes_of(site.var_dir), 30, "no part outlives a killed supervisor")
    again = Site(site.var_dir, site.port)
    site.process, site.said = again.process, again.said
    site.wait_ready()
    assert "Loading the bank" not in site.output()  # nothing changed: a second start skips what is done
    assert site.status("/") == 200


@pytest.mark.parametrize("what", [signal.SIGHUP, signal.SIGTERM])
def test_a_stop_during_the_start_leaves_nothing(open_dir: Path, what: signal.Signals) -> None:
    early = Site(open_dir / "var", free_port())
    wait_until(lambda: "PostgreSQL and Valkey ..." in early.output(), 30, "the start has begun")
    os.kill(early.process.pid, what)
    assert early.process.wait(60) == 0, early.output()
    assert early.output().rstrip().endswith("Stopped.")
    assert processes_of(open_dir / "var") == {}


def test_a_port_that_is_none_is_named(open_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prep.stack", "run"],
        cwd=BASE_DIR,
        env=environment(open_dir / "var", PORT="http"),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.strip()) == (1, "Onsite: PORT='http' is not a number from 1 to 65535.")


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return 0
