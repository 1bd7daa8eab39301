"""A part whose process lives but whose work stands still is replaced; one that is busy, or waits for others, is not."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from prep import parts, processes, pulse
from prep.parts import Part, Plan
from prep.supervisor import Supervisor
from tests.prep import busy
from tests.prep.machine import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
BEATING = "import time\nfrom prep import pulse\nwhile True: pulse.give(); time.sleep(0.1)"


def part_of(folder: Path, code: str) -> Part:
    sign = folder / "part.pulse"
    plan = Plan("part", [sys.executable, "-c", code], {**os.environ, pulse.VARIABLE: str(sign)}, pulse=sign)
    return Part(plan, folder / "part.log")


@contextmanager
def started(part: Part) -> Iterator[Part]:
    part.start()
    try:
        yield part
    finally:
        part.kill()


def silent_within(part: Part, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if part.is_silent():
            return True
        time.sleep(0.1)
    return False


# --- Counting ---


def test_a_sign_of_life_ends_the_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pulse.VARIABLE, str(tmp_path / "x"))
    watch = pulse.Watch(tmp_path / "x")
    assert [watch.look(now) for now in (100.0, 100.5, 101.0)] == [0.0, 0.5, 1.0]
    known = [watch.has_pulsed]
    pulse.give()
    assert [watch.look(now) for now in (101.5, 102.0)] == [0.0, 0.5]
    assert [*known, watch.has_pulsed] == [False, True]


def test_a_machine_that_slept_did_not_hear_nothing_for_hours(tmp_path: Path) -> None:
    watch = pulse.Watch(tmp_path / "x")
    watch.look(100.0)
    assert watch.look(100.0 + 8 * 3600) == pulse.STEP_MAX


def test_a_clock_that_is_set_back_does_not_silence_anybody(tmp_path: Path) -> None:
    watch = pulse.Watch(tmp_path / "x")
    watch.look(1.0)
    watch.look(2.0)
    os.utime(tmp_path / "x", (1000, 1000))
    assert watch.look(3.0) == 0.0


def test_without_a_supervisor_a_sign_of_life_costs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(pulse.VARIABLE, raising=False)
    pulse.give()
    monkeypatch.setenv(pulse.VARIABLE, str(tmp_path / "gone"))
    pulse.give()
    assert not (tmp_path / "gone").exists()


# --- Replacing ---


def test_a_part_that_stands_still_is_silent_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SILENT_SECONDS", 1.5)
    with started(part_of(tmp_path, BEATING)) as part:
        assert not silent_within(part, 3), "it beats"
        assert part.process is not None
        first = part.process.pid
        os.kill(first, signal.SIGSTOP)
        assert silent_within(part, 10)
        said = part.replace()
        assert "shows no sign of life any more and was killed; starting it again in 1 s" in said
        assert not processes.is_alive(first)
        wait_until(lambda: part.check() == "started again", 10, "it starts again")
        assert not silent_within(part, 2.5), "it beats again"


def test_a_part_that_never_comes_up_is_replaced_and_given_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SILENT_SECONDS", 0.1)
    monkeypatch.setattr(parts, "START_SECONDS", 1.0)
    with started(part_of(tmp_path, "import time; time.sleep(60)")) as part:
        assert silent_within(part, 5)
        assert "does not come up and was killed" in part.replace()
        wait_until(lambda: part.check() == "started again", 10, "it starts again")
        assert not silent_within(part, 1.5), "the second start may take twice as long"
        assert silent_within(part, 5)


class Readyz(BaseHTTPRequestHandler):
    """The answer of a site whose broker is away, or of one where all is well."""

    broker = "ok"

    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(json.dumps({"parts": {"database": "ok", "broker": self.broker}}).encode())

    def log_message(self, *_: object) -> None:
        pass


def test_a_worker_that_waits_for_the_broker_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SILENT_SECONDS", 0.5)
    site = HTTPServer(("127.0.0.1", 0), Readyz)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    supervisor = Supervisor({"VAR_DIR": str(tmp_path), "PORT": str(site.server_port)})
    said: list[str] = []
    with started(part_of(tmp_path, BEATING)) as part:
        supervisor.parts = [part]
        wait_until(lambda: not part.is_silent() and part._watch and part._watch.has_pulsed, 10, "it beats")
        assert part.process is not None
        os.kill(part.process.pid, signal.SIGSTOP)
        monkeypatch.setattr(Readyz, "broker", "does not answer (OperationalError)")
        monkeypatch.setattr(supervisor, "_look_after_keeper", lambda tell: None)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            supervisor._look_after(said.append)
            time.sleep(0.05)
        assert said == []
        monkeypatch.setattr(Readyz, "broker", "ok")

        def is_told() -> list[str]:
            supervisor._look_after(said.append)
            return said

        wait_until(is_told, 10, "it is replaced")
        assert said[0].startswith("part: shows no sign of life any more")
    site.shutdown()
    site.server_close()


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_worker_that_is_busy_for_long_gives_signs_of_life(
    tmp_path: Path, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SILENT_SECONDS", 6.0)  # three times the time between two signs
    queue, sign, begun = f"busy-{os.getpid()}", tmp_path / "busy.pulse", tmp_path / "begun"
    words = ["-A", "tests.prep.busy", "-q", "worker", "-Q", queue, "-n", f"{queue}@x", "-P", pool, "-c", "1"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "prep.settings", pulse.VARIABLE: str(sign)}
    plan = Plan("busy", [sys.executable, "-m", "celery", *words], environment, pulse=sign)
    with started(Part(plan, tmp_path / "busy.log")) as part:
        busy.burn.apply_async((10, str(begun)), queue=queue)
        wait_until(begun.exists, 60, "the long task has begun")
        while not begun.with_suffix(".done").exists():
            assert not part.is_silent()
            assert part.check() == ""
            time.sleep(0.1)
