"""Looking at the processes of one VAR_DIR from outside, for the tests of the stack."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from prep import placement, processes

ADDRESSES = ("DATABASE_URL", "REDIS_URL", "ONSITE_TEST_OWNS_VALKEY", "PYTEST_XDIST_WORKER")


def environment(var_dir: Path, **more: str) -> dict[str, str]:
    """This process's, without the test session's own services."""
    kept = {name: value for name, value in os.environ.items() if name not in ADDRESSES}
    return {**kept, "VAR_DIR": str(var_dir), "PYTHONDONTWRITEBYTECODE": "", **more}


def processes_of(var_dir: Path) -> dict[int, str]:
    """Every live process that belongs to `var_dir`, by id, with its command line."""
    found = dict.fromkeys(processes.tagged(placement.digest(var_dir)), "")
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            folder = os.readlink(entry / "cwd")
        except OSError:
            continue
        pid = int(entry.name)
        belongs = str(var_dir) in command or folder.startswith(str(var_dir)) or pid in found
        if belongs and pid != os.getpid() and processes.is_alive(pid):
            found[pid] = command
    return found


def pid_of(var_dir: Path, *words: str) -> int:
    """The one process of `var_dir` with all `words` in its command line."""
    pids = [pid for pid, command in processes_of(var_dir).items() if all(word in command for word in words)]
    assert len(pids) == 1, (words, processes_of(var_dir))
    return pids[0]


def wait_until(is_so: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)
