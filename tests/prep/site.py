"""One `make run`, from its start to Ctrl-C, for the tests of the stack."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prep import processes
from prep.services import BASE_DIR
from tests.plant import free_port
from tests.prep.machine import environment, processes_of, wait_until

# As `make run` ends up calling it, but a part that hangs is noticed sooner, lest the tests wait for a minute each time.
RUN = "import sys; from prep import parts, stack; parts.SILENT_SECONDS = 20.0; sys.exit(stack.main(['run']))"
START_SECONDS = 240  # the first start migrates and embeds the bank, on a machine that runs other tests as well


class Site:
    """One run, from its start to its end."""

    def __init__(self, var_dir: Path, port: int, **more: str) -> None:
        self.var_dir, self.port = var_dir, port
        self.said = var_dir.parent / f"said-{port}.txt"
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN],
            stdout=self.said.open("wb"),
            stderr=subprocess.STDOUT,
            cwd=BASE_DIR,
            env=environment(var_dir, PORT=str(port), **more),
            start_new_session=True,
            preexec_fn=processes.dying_with(os.getpid(), signal.SIGTERM),  # should pytest itself be killed
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


@contextmanager
def running_site(var_dir: Path, **more: str) -> Iterator[Site]:
    """A site that is ready, and that Ctrl-C ends without leaving a process."""
    if not (BASE_DIR / "static" / "dist").is_dir():
        pytest.skip("the front end is not built: npm ci && npm run build, or make test")
    started = Site(var_dir, free_port(), **more)
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
