"""Using the embedded services of a VAR_DIR: start them for the first user, stop them after the last. No Django here."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO, RawIOBase
from pathlib import Path
from typing import IO

from prep import placement, processes
from prep.placement import ServiceError

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Addresses:
    """Where the services answer: an embedded one's address, or the one that was given."""

    database_url: str
    redis_url: str


def wanted(environment: Mapping[str, str]) -> list[str]:
    """The embedded services that the settings leave to us."""
    given = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
    return [name for name, variable in given.items() if not environment.get(variable, "").strip()]


def var_dir_of(environment: Mapping[str, str]) -> Path:
    """VAR_DIR as prep.settings understands it, but relative to the checkout when it is not given."""
    return Path(environment.get("VAR_DIR", "").strip() or BASE_DIR / "var").absolute()


class Use:
    """One process's claim on the services: `acquire` before the first use, `release` at the end.

    Claims are locks of the kernel: a user that is killed needs no cleaning up after.
    """

    def __init__(self, var_dir: Path, names: list[str], *, is_durable: bool = True) -> None:
        self.var_dir = var_dir
        self.names = names
        self.is_durable = is_durable
        self._users: IO[str] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def acquire(self, *, wait: Callable[[], None] = lambda: time.sleep(0.05)) -> Addresses:
        """`wait` is called again and again while a service starts; it may raise to give up. Raises ServiceError."""
        placement.prepare_var(self.var_dir)
        run_dir = self.var_dir / "run"
        with (run_dir / "start.lock").open("a") as start:
            _lock(start, fcntl.LOCK_EX, wait)
            users = (run_dir / "users.lock").open("a")
            try:
                _lock(users, fcntl.LOCK_SH, wait)  # waits while a keeper without users is stopping
                self.ensure_keeper(wait)
            except BaseException:
                users.close()
                raise
            self._users = users
        return self.addresses()

    def addresses(self) -> Addresses:
        def read(name: str, variable: str, file: str) -> str:
            if name not in self.names:
                return os.environ.get(variable, "")
            return (self.var_dir / "run" / file).read_text().strip()

        return Addresses(
            database_url=read("postgres", "DATABASE_URL", "database.url"),
            redis_url=read("valkey", "REDIS_URL", "redis.url"),
        )

    def keeper_pid(self) -> int | None:
        """The keeper's process id while one runs."""
        path = self.var_dir / "run" / "keeper.lock"
        try:
            with path.open("r+") as own:
                try:
                    fcntl.flock(own, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    return None
                except BlockingIOError:
                    return int(own.read().split()[0])
        except (FileNotFoundError, IndexError):
            return None

    def ensure_keeper(self, wait: Callable[[], None]) -> None:
        """Start a keeper unless one runs; also used by the supervisor when the keeper itself was killed."""
        if self.keeper_pid() is None:
            self._start_keeper(wait)
            return
        kept = (self.var_dir / "run" / "keeper.lock").read_text().split()[1:]
        if missing := [name for name in self.names if name not in kept]:
            raise ServiceError(
                f"The services of {self.var_dir} run already, but without {' and '.join(missing)}: another process was "
                "started with a different DATABASE_URL or REDIS_URL. Stop that one first."
            )

    def _start_keeper(self, wait: Callable[[], None]) -> None:
        readable, writable = os.pipe()
        command = [sys.executable, "-m", "prep.keeper", str(self.var_dir), *self.names, "--report", str(writable)]
        with (self.var_dir / "log" / "services.log").open("ab") as log:
            keeper = self._keeper = subprocess.Popen(
                command + ([] if self.is_durable else ["--fast"]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=BASE_DIR,
                start_new_session=True,
                pass_fds=(writable,),
            )
        os.close(writable)
        os.set_blocking(readable, False)
        with FileIO(readable, "rb") as pipe:
            try:
                said = _read_all(pipe, wait)
            except BaseException:
                keeper.terminate()
                processes.wait_gone([keeper.pid], 30)
                keeper.poll()
                raise
        if said != "ready":
            keeper.wait()
            raise ServiceError(said or f"The services did not start; see {self.var_dir / 'log' / 'services.log'}.")

    def release(self, *, seconds: float = 40.0) -> None:
        """Give up the claim. The last user stops the services and returns when they have ended."""
        users, self._users = self._users, None
        if users is None:
            return
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # others go on; the keeper notices when the last of them has gone
            pid = self.keeper_pid()
            if pid is None:
                return
            processes.signal_pid(pid, signal.SIGTERM)
            processes.wait_gone([pid], seconds)
            if self._keeper is not None:
                self._keeper.poll()  # no zombie is left, whatever adopts orphans here


def _lock(file: IO[str], kind: int, wait: Callable[[], None]) -> None:
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            wait()


def _read_all(pipe: RawIOBase, wait: Callable[[], None]) -> str:
    parts: list[bytes] = []
    while True:
        part = pipe.read(4096)
        if part == b"":
            return b"".join(parts).decode(errors="replace")
        if part is None:
            wait()
        else:
            parts.append(part)


@contextmanager
def in_use(var_dir: Path, names: list[str], *, is_durable: bool = True) -> Iterator[Addresses]:
    """The services run for as long as the block lasts."""
    use = Use(var_dir, names, is_durable=is_durable)
    try:
        yield use.acquire()
    finally:
        use.release()
