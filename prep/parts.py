"""The parts of the site that `make run` starts beside the embedded services. Stdlib only."""

from __future__ import annotations

import errno
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prep import processes, pulse

BASE_DIR = Path(__file__).resolve().parent.parent
CLOCK = ("celery", "-A", "prep.beat", "-q", "beat")
SILENT_SECONDS = 60.0  # without a sign of life, which comes every 2 s (workers) or 5 s (beat), a part counts as hung
START_SECONDS = 60.0  # until the first one; twice as long after each start that it did not suffice for


@dataclass(frozen=True)
class Plan:
    """How one part is started and how long it may take to end. `when_orphaned` is sent if the supervisor dies.

    A part with a `pulse` changes that file's time as long as it works (prep.pulse); gunicorn watches its own children.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    keep_fds: Sequence[int] = ()
    stop_seconds: float = 10.0
    when_orphaned: signal.Signals = signal.SIGKILL  # what it had in hand stands in PostgreSQL
    pulse: Path | None = None


def plans(var_dir: Path, listeners: Sequence[socket.socket], environment: Mapping[str, str]) -> list[Plan]:
    """In the order of starting. A pool of connections is per process and grows only as it is needed."""

    def plan(name: str, *words: str, pool: int, seconds: float, fds: Sequence[int] = ()) -> Plan:
        sign = None if name == "web" else var_dir / "run" / f"{name}.pulse"
        own = {**environment, "DB_POOL_MAX": environment.get("DB_POOL_MAX") or str(pool)}
        own |= {pulse.VARIABLE: str(sign)} if sign else {}
        return Plan(name, [sys.executable, "-m", *words], own, keep_fds=fds, stop_seconds=seconds, pulse=sign)

    fds = [listener.fileno() for listener in listeners]
    return [
        plan("web", *_gunicorn(var_dir, fds), pool=9, seconds=8, fds=fds),
        plan("llm", *_worker("llm", "-P", "threads", "-c", "32"), pool=33, seconds=6),
        plan("cpu", *_worker("cpu", "-P", "prefork", "-c", "1"), pool=3, seconds=6),
        plan("beat", *CLOCK, "-s", str(var_dir / "run" / "beat"), "--pidfile=", pool=2, seconds=4),
    ]


def _worker(queue: str, *size: str) -> list[str]:
    """The worker's name begins with its queue: /readyz knows it by that."""
    quiet = ["--loglevel", "INFO", "--without-mingle", "--without-gossip"]
    return ["celery", "-A", "prep", "-q", "worker", "-Q", queue, "-n", f"{queue}@%h", *size, *quiet]


def _gunicorn(var_dir: Path, fds: Sequence[int]) -> list[str]:
    bind = [part for fd in fds for part in ("--bind", f"fd://{fd}")]
    size = ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--graceful-timeout", "5"]
    files = ["--no-control-socket", "--worker-tmp-dir", str(var_dir / "run")]
    # By default a client on this machine may set SCRIPT_NAME, as a proxy would: ours never does.
    trust = ["--forwarder-headers", ""]
    return ["gunicorn", "prep.wsgi:application", *bind, *size, *files, *trust, "--preload"]


class Part:
    """One plan and its present process."""

    def __init__(self, plan: Plan, log: Path) -> None:
        self.plan = plan
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self._watch: pulse.Watch | None = None
        self._started_at = 0.0
        self._crashes = 0
        self._slow_starts = 0
        self._retry_at = 0.0

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._watch = pulse.Watch(self.plan.pulse) if self.plan.pulse else None
        self.process = processes.spawn(
            self.plan.command,
            log=self.log,
            environment=self.plan.environment,
            folder=BASE_DIR,
            when_orphaned=self.plan.when_orphaned,
            keep_fds=self.plan.keep_fds,
        )

    def check(self) -> str:
        """Notice a crash and start again after a pause that grows; returns what there is to say about it."""
        if self.process is None:
            if time.monotonic() < self._retry_at:
                return ""
            self.start()
            return "started again"
        if (code := self.process.poll()) is None:
            return ""
        processes.signal_group(self.process.pid, signal.SIGKILL)  # children that outlived their parent
        return f"ended unexpectedly ({processes.ending(code)}); {self._start_later()}"

    def is_silent(self) -> bool:
        """Whether the process lives, but its work stands still for longer than a start or a busy moment explains."""
        if self._watch is None or self.process is None:
            return False
        silent = self._watch.look(time.monotonic())
        if self._watch.has_pulsed:
            self._slow_starts = 0
            return silent > SILENT_SECONDS
        return silent > START_SECONDS * (1 << min(self._slow_starts, 3))

    def excuse(self) -> None:
        """Its silence has another reason, such as a broker that is away."""
        if self._watch is not None:
            self._watch.excuse()

    def replace(self) -> str:
        """End a part that hangs, and start it again; returns what there is to say about it."""
        has_worked = self._watch is not None and self._watch.has_pulsed
        self._slow_starts += not has_worked
        self.kill()
        why = "shows no sign of life any more" if has_worked else "does not come up"
        return f"{why} and was killed; {self._start_later()}"

    def _start_later(self) -> str:
        now = time.monotonic()
        if now - self._started_at > processes.STEADY_SECONDS:
            self._crashes = 0
        pause = processes.PAUSES[min(self._crashes, len(processes.PAUSES) - 1)]
        self._crashes, self._retry_at, self.process = self._crashes + 1, now + pause, None
        return f"starting it again in {pause:g} s, see {self.log}"

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            processes.signal_pid(self.process.pid, signal.SIGTERM)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End what is left of the part: the whole process group."""
        if self.process is not None:
            processes.signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()


def listen(port: int, bind: str) -> list[socket.socket]:
    """Take the port for the time of the run. `localhost` may mean ::1, so that is taken too where it exists.

    Raises OSError when a program has the port already. The parts inherit the sockets, so that requests wait
    instead of failing while a crashed web server starts again.
    """
    hosts = [bind or "127.0.0.1", *([] if bind in {"::", "::1"} else ["::1"])]
    listeners: list[socket.socket] = []
    try:
        for host in hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                listener = socket.socket(family, socket.SOCK_STREAM)
                listeners.append(listener)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6 and bind != "::":
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((host, port))
                listener.listen(512)
            except OSError as error:
                if host != "::1" or bind == "::1" or _is_taken(error):
                    raise
                listeners.pop().close()  # this machine has no IPv6
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _is_taken(error: OSError) -> bool:
    return error.errno == errno.EADDRINUSE


def kept_key(path: Path) -> str:
    """The key of the local mailbox page: made once, readable for its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24) + "\n")
        return path.read_text().strip()
