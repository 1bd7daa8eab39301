"""Starting, finding and stopping operating-system processes so that none outlives its purpose. No Django here."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

TAG = "ONSITE_STACK"
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds before the first, second, ... restart in a row
STEADY_SECONDS = 60.0  # whoever ran this long starts counting anew
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: int | None = None,
    when_orphaned: signal.Signals = signal.SIGTERM,
    keep_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in its own session, its output appended to `log`.

    On Linux the child gets `when_orphaned` when this process dies, however it dies. Call it from the main
    thread: the kernel ties that signal to the thread that forked. `user` is a numeric user and group id.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment) if environment is not None else None,
            cwd=folder,
            start_new_session=True,
            pass_fds=tuple(keep_fds),
            preexec_fn=dying_with(os.getpid(), when_orphaned),
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )


def dying_with(parent: int, when_orphaned: signal.Signals) -> Callable[[], None] | None:
    """For preexec_fn: the child gets `when_orphaned` when `parent`, this process, dies. None where it cannot be had."""
    libc = _libc
    if libc is None:
        return None

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(when_orphaned), 0, 0, 0)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return arrange


def ending(code: int) -> str:
    """How a process ended, from its return code as subprocess has it."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def is_alive(pid: int) -> bool:
    """Whether a process has this id; a zombie counts as dead where /proc can tell."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2][:1] != b"Z"
    except OSError:
        return True


def runs_in(pid: int, folder: Path) -> bool:
    """Whether process `pid` has `folder` as its working directory (PostgreSQL's always has its data folder)."""
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except OSError:
        pass
    if Path("/proc/self/cwd").exists():
        return False
    command = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    return str(folder) in shown.stdout


def wait_gone(pids: Iterable[int], seconds: float, *, pause: Callable[[], None] | None = None) -> set[int]:
    """Wait until no process of `pids` is alive; those that still are after `seconds` are returned."""
    left = set(pids)
    deadline = time.monotonic() + seconds
    while left := {pid for pid in left if is_alive(pid)}:
        if time.monotonic() > deadline:
            break
        (pause or _nap)()
    return left


def _nap() -> None:
    time.sleep(0.05)


def signal_pid(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)


def signal_group(pid: int, what: signal.Signals) -> None:
    """Signal the process group that `pid` leads; a group that has gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        os.killpg(pid, what)


def tagged(tag: str) -> set[int]:
    """Every live process whose environment at its start held ONSITE_STACK=`tag`. Empty without /proc."""
    needle = f"{TAG}={tag}".encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if needle in entry.joinpath("environ").read_bytes().split(b"\0"):
                found.add(int(entry.name))
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return {pid for pid in found if pid != os.getpid() and is_alive(pid)}


def end_tagged(tag: str) -> set[int]:
    """Kill whatever an earlier run that was itself killed has left behind; returns what was found."""
    leftovers = tagged(tag)
    for pid in leftovers:
        signal_pid(pid, signal.SIGTERM)
    for pid in wait_gone(leftovers, 3):
        signal_pid(pid, signal.SIGKILL)
    wait_gone(leftovers, 3)
    return leftovers
