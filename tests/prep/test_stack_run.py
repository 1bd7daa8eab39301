"""`make run` as a whole: one site is started, hurt in every way, and taken down without a trace."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep import processes
from prep.services import BASE_DIR
from tests.plant import free_port
from tests.prep.machine import environment, pid_of, processes_of, wait_until
from tests.prep.site import Site, running_site

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def site(module_dir: Path) -> Iterator[Site]:
    with running_site(module_dir / "var") as started:
        yield started


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
    victim = main_of(site, words)
    shown = len(site.output())
    processes.signal_pid(victim, signal.SIGKILL)
    wait_until(lambda: f"{part}: " in site.output()[shown:], 20, f"the end of {part} is shown")

    def is_back() -> bool:
        return main_of(site, words) not in (victim, 0) and site.status("/readyz") == 200

    wait_until(is_back, 90, f"{part} is back and the site ready")


@pytest.mark.parametrize(("part", "words"), [("cpu", ["celery", "cpu@"]), ("beat", ["celery", "beat"])])
def test_a_part_that_hangs_is_shown_and_started_again(site: Site, part: str, words: list[str]) -> None:
    # A part that is still starting, after the test before this one, is given more time.
    wait_until(lambda: gives_signs_of_life(site, part), 90, f"{part} works")
    victim = main_of(site, words)
    shown = len(site.output())
    processes.signal_pid(victim, signal.SIGSTOP)
    told = f"{part}: shows no sign of life any more and was killed; starting it again"
    wait_until(lambda: told in site.output()[shown:], 120, "that it hangs is shown")
    wait_until(lambda: gives_signs_of_life(site, part), 60, f"{part} works again")
    assert main_of(site, words) != victim
    wait_until(lambda: site.status("/readyz") == 200, 30, "the site is ready")


def test_a_worker_whose_child_is_killed_while_it_starts_comes_up_in_the_end(site: Site) -> None:
    """By the moment, Celery then ends, goes on or hangs."""
    words = ["celery", "cpu@"]
    victim = main_of(site, words)
    processes.signal_pid(victim, signal.SIGKILL)
    wait_until(lambda: main_of(site, words) not in (victim, 0), 60, "the next one starts")
    hurt = main_of(site, words)
    until = time.monotonic() + 30
    while not (child := _child(hurt)) and time.monotonic() < until:
        time.sleep(0.01)
    processes.signal_pid(child, signal.SIGKILL)
    wait_until(lambda: not processes.is_alive(child), 10, "the child is dead")
    wait_until(lambda: gives_signs_of_life(site, "cpu"), 120, "the worker works again")
    wait_until(lambda: site.status("/readyz") == 200, 30, "the site is ready")


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


def main_of(site: Site, words: list[str]) -> int:
    """The part's process that the supervisor itself started; 0 while there is none."""
    lines = processes_of(site.var_dir).items()
    found = [pid for pid, line in lines if all(word in line for word in words) and _parent(pid) == site.process.pid]
    return found[0] if found else 0


def gives_signs_of_life(site: Site, part: str) -> bool:
    """Twice in a row, so that the last one of a process that has gone is not taken for one."""
    sign = site.var_dir / "run" / f"{part}.pulse"
    seen = {sign.stat().st_mtime_ns}
    until = time.monotonic() + 12
    while len(seen) < 3 and time.monotonic() < until:
        time.sleep(0.1)
        seen.add(sign.stat().st_mtime_ns)
    return len(seen) == 3


def _child(pid: int) -> int:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(found[0]) if found else 0


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return 0
