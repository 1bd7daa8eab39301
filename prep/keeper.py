"""The process that keeps the embedded services of one VAR_DIR: starts, restarts, and stops them with the last user.

Users hold a shared lock on run/users.lock (prep.services). The kernel drops it however a user ends, so that nothing
has to be counted: when the keeper can take the lock for itself, nobody is left. Run by prep.services, not by hand.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from prep import placement, processes
from prep.placement import ServiceError
from prep.postgres import Postgres
from prep.terminal import say
from prep.valkey import Valkey

Service = Postgres | Valkey
START_SECONDS = 90.0  # recovery after a crash may have to read much of the log
LOG_BYTES_MAX = 5_000_000


class Kept:
    """One service and its present process."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.crashes = 0
        self.retry_at = 0.0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = self.service.start()

    def check(self) -> None:
        """Notice a crash, and start again after a pause that grows with each crash in a row."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            if now - self.started_at > processes.STEADY_SECONDS:
                self.crashes = 0
            pause = processes.PAUSES[min(self.crashes, len(processes.PAUSES) - 1)]
            self.crashes, self.retry_at = self.crashes + 1, now + pause
            how = processes.ending(self.process.returncode)
            note(f"WARNING {self.service.name} ended ({how}), starting again in {pause:g} s")
            self.process = None
        elif self.process is None and now >= self.retry_at:
            try:
                self.start()
                note(f"WARNING {self.service.name} started again")
            except (ServiceError, OSError) as error:
                self.crashes, self.retry_at = (
                    self.crashes + 1,
                    now + processes.PAUSES[min(self.crashes, len(processes.PAUSES) - 1)],
                )
                note(f"ERROR {self.service.name}: {error}")

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        for what, seconds in ((self.service.when_stopping, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            processes.signal_pid(self.process.pid, what)
            try:
                self.process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                continue


def note(text: str) -> None:
    say(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}")


class Keeper:
    def __init__(self, var_dir: Path, names: list[str], *, is_durable: bool) -> None:
        self.run_dir = var_dir / "run"
        self.var_dir = var_dir
        self.is_stopping = False
        makers: dict[str, type[Service]] = {"postgres": Postgres, "valkey": Valkey}
        self.kept = [Kept(makers[name](var_dir, is_durable=is_durable)) for name in names]

    def start(self) -> None:
        for kept in self.kept:
            _shorten(kept.service.log)
            kept.start()
        for kept in self.kept:
            self._wait_until_ready(kept)
            kept.service.set_up()
            _write(self.run_dir / _address_file(kept.service.name), kept.service.url)

    def _wait_until_ready(self, kept: Kept) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not kept.service.is_ready():
            if kept.process is None or kept.process.poll() is not None or time.monotonic() > deadline:
                end = kept.service.log.read_text(errors="replace").splitlines()[-12:]
                raise ServiceError(
                    f"{kept.service.name} did not start. {kept.service.log} ends with:\n" + "\n".join(end)
                )
            if self.is_stopping:
                raise ServiceError("stopped while starting")
            time.sleep(0.05)

    def keep(self, users: IO[str]) -> None:
        """Until asked to stop, or until no user is left."""
        while not self.is_stopping:
            time.sleep(0.2)
            for kept in self.kept:
                kept.check()
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                continue

    def stop(self) -> None:
        for kept in reversed(self.kept):
            kept.stop()
            (self.run_dir / _address_file(kept.service.name)).unlink(missing_ok=True)
        placement.remove_short_folder(self.var_dir)

    def ask_to_stop(self, *_: object) -> None:
        self.is_stopping = True


def _address_file(name: str) -> str:
    return {"postgres": "database.url", "valkey": "redis.url"}[name]


def _write(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text + "\n")
    unfinished.chmod(0o600)
    unfinished.rename(path)


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.rename(log.with_suffix(".log.1"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("var_dir", type=Path)
    parser.add_argument("names", nargs="+", choices=("postgres", "valkey"))
    parser.add_argument("--report", type=int, required=True, help="file descriptor that gets 'ready' or the fault")
    parser.add_argument("--fast", action="store_true", help="for data that is thrown away")
    options = parser.parse_args()
    with (
        os.fdopen(options.report, "w") as report,
        (options.var_dir / "run" / "keeper.lock").open("a+") as own,
        (options.var_dir / "run" / "users.lock").open("a") as users,
    ):
        fcntl.flock(own, fcntl.LOCK_EX)
        own.truncate(0)
        own.write(f"{os.getpid()} {' '.join(options.names)}\n")
        own.flush()
        return _run(options.var_dir, options.names, is_durable=not options.fast, report=report, users=users)


def _run(var_dir: Path, names: list[str], *, is_durable: bool, report: IO[str], users: IO[str]) -> int:
    try:
        keeper = Keeper(var_dir, names, is_durable=is_durable)
    except (ServiceError, OSError) as error:
        report.write(str(error))
        return 1
    for what in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(what, keeper.ask_to_stop)
    try:
        keeper.start()
        report.write("ready")
        report.close()
        keeper.keep(users)
    except (ServiceError, OSError) as error:
        if report.closed:
            raise
        report.write(str(error))
        return 1
    finally:
        keeper.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
