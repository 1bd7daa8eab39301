"""`make run`: bring the whole site up in order, keep its parts alive, take it down without a trace. No Django here."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from prep import parts, placement, processes, services
from prep.parts import BASE_DIR, Part
from prep.placement import ServiceError
from prep.terminal import LogView, Step, cut_log, last_line, plain, say

LOG_BYTES_MAX = 10_000_000
READY_SECONDS = 120.0
MIGRATE = ("migrate", "--noinput", "-v", "0")
COLLECT = ("collectstatic", "--noinput", "--clear", "-v", "0")
LOAD = ("load_bank",)


class Stopped(Exception):
    """Somebody asked for the end while the site was starting."""

    step_ends = "stopped"


class Refused(Exception):
    """The site cannot start; the message says why and what to do."""


class Supervisor:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self.var_dir = services.var_dir_of(environment)
        self.port = _port(environment)
        self.bind = environment.get("BIND", "").strip()
        self.url = f"http://localhost:{self.port}"
        self.site_url = environment.get("SITE_URL", "").strip().rstrip("/") or self.url
        self.tag = placement.digest(self.var_dir)
        self.use = services.Use(self.var_dir, services.wanted(environment))
        self.environment = {
            **environment,
            processes.TAG: self.tag,
            "VAR_DIR": str(self.var_dir),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "prep.settings",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": environment.get("PYTHONUTF8") or "1",  # texts are UTF-8, whatever the locale says
            "MALLOC_ARENA_MAX": environment.get("MALLOC_ARENA_MAX", "2"),
        }
        self.parts: list[Part] = []
        self.listeners: list[socket.socket] = []
        self.views: list[LogView] = []
        self.asked = 0
        self._checked_keeper_at = 0.0

    # --- Starting ---

    def start(self) -> None:
        """Everything up to the line that says the address."""
        self._free_the_port()
        for name in ("services", "web", "llm", "cpu", "beat"):
            log = self._log(name)
            cut_log(log, most=LOG_BYTES_MAX // 10)
            self.views.append(LogView(name, log))
        self._start_services()
        self._bring_up_to_date()
        self._add_mailbox()
        self.parts = [
            Part(plan, self._log(plan.name)) for plan in parts.plans(self.var_dir, self.listeners, self.environment)
        ]
        for part in self.parts:
            part.start()
        if not self._becomes_ready():
            self._catch_up()
            if not self._becomes_ready():
                raise Refused(f"The site does not become ready: {plain(self._readiness()[1])}")
        self._announce()

    def _free_the_port(self) -> None:
        if processes.end_tagged(self.tag):
            say("  Ended what an interrupted run had left behind.")
        try:
            self.listeners = parts.listen(self.port, self.bind)
        except OSError as error:
            raise Refused(
                f"Port {self.port} cannot be used ({error.strerror}). Stop the program that has it, "
                f"or choose another port: PORT={self.port + 1} make run"
            ) from error

    def _start_services(self) -> None:
        names = [{"postgres": "PostgreSQL", "valkey": "Valkey"}[name] for name in self.use.names]
        if names:
            with Step(f"Starting {' and '.join(names)}") as step:
                self.use.acquire(wait=lambda: self._pause(step))
        if len(names) < 2:
            self._run_step("Checking the given services", [sys.executable, "-m", "prep.external"], "external")
        note = self.var_dir / "postgres.location"
        if "postgres" in self.use.names and note.exists():
            say(f"  The database lies in {note.read_text().strip()}, as PostgreSQL cannot reach {self.var_dir}.")

    def _bring_up_to_date(self) -> None:
        """Migrate, load the bank, collect static files: each only if its inputs changed since it was last done here.

        Should the stamps be wrong (a database restored, say), /readyz tells, and `_catch_up` does it after all.
        """
        database = self.use.addresses().database_url
        code = [BASE_DIR / "uv.lock", BASE_DIR / "prep" / "settings.py"]
        for name, label, words, inputs in (
            ("migrate", "Bringing the database up to date", MIGRATE, sorted(BASE_DIR.glob("*/migrations"))),
            ("static", "Collecting static files", COLLECT, [BASE_DIR / "static"]),
            ("bank", "Loading the bank", LOAD, [BASE_DIR / "questions" / "content", BASE_DIR / "questions" / "bank"]),
        ):
            stamp = _stamp([*code, *inputs], [database, self.environment.get("EMBEDDING_MODEL_DIR", "")])
            done = self.var_dir / "run" / f"{name}.stamp"
            if done.exists() and done.read_text() == stamp:
                continue
            self._manage(label, *words)
            done.write_text(stamp)

    def _catch_up(self) -> None:
        self._manage("Bringing the database up to date", *MIGRATE)
        self._manage("Loading the bank", *LOAD)

    def _manage(self, label: str, *words: str) -> None:
        self._run_step(label, [sys.executable, "manage.py", *words], words[0])

    def _run_step(self, label: str, command: Sequence[str], name: str) -> None:
        """Run one command to its end; its last line is shown while it works, all of it when it fails."""
        log = self._log(name)
        log.unlink(missing_ok=True)
        with Step(label) as step:
            done = processes.spawn(command, log=log, environment=self.environment, folder=BASE_DIR)
            try:
                while done.poll() is None:
                    self._pause(step, last_line(log))
            except Stopped:
                done.terminate()
                raise
            if done.returncode:
                end = "".join(f"\n    {plain(line)}" for line in log.read_text(errors="replace").splitlines()[-20:])
                raise Refused(f"{label} failed; {log} ends with:{end}")

    def _add_mailbox(self) -> None:
        is_local = urlsplit(self.site_url).hostname in {"localhost", "127.0.0.1", "::1"}
        if is_local and not self.environment.get("EMAIL_HOST") and not self.environment.get("MAILBOX_KEY"):
            self.environment["MAILBOX_KEY"] = parts.kept_key(self.var_dir / "mailbox_key")

    def _becomes_ready(self) -> bool:
        """Wait for /readyz; False when migrations or questions are missing, which waiting does not bring."""
        with Step("Starting web, workers and beat") as step:
            until, asked_at = time.monotonic() + READY_SECONDS, 0.0
            while True:
                self._pause(step)
                self._look_after(step.aside)
                if time.monotonic() - asked_at < 0.5:
                    continue
                status, said = self._readiness()
                asked_at = time.monotonic()
                if status == 200 or _is_behind(said):
                    return status == 200
                if asked_at > until:
                    raise Refused(f"The site is not ready after {READY_SECONDS:.0f} s: {plain(said) or 'no answer'}")

    def _readiness(self) -> tuple[int, str]:
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104 - asks
        line = http.client.HTTPConnection(host, self.port, timeout=2)
        try:
            line.request("GET", "/readyz", headers={"Host": urlsplit(self.site_url).netloc})
            answer = line.getresponse()
            return answer.status, answer.read(2000).decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()

    def _announce(self) -> None:
        if key := self.environment.get("MAILBOX_KEY"):
            say(f"Mail that the site sends is shown here and at {self.url}/mailbox/?key={key}")
        elsewhere = "" if self.site_url == self.url else f" (for visitors: {self.site_url})"
        say(f"Onsite is ready: {self.url}{elsewhere}")

    # --- Running ---

    def stay(self) -> None:
        """Until asked to stop."""
        while not self.asked:
            time.sleep(0.2)
            self._look_after()

    def _look_after(self, tell: Callable[[str], None] = say) -> None:
        for part in self.parts:
            if news := part.check() or self._look_after_silent(part):
                tell(f"{part.plan.name}: {news}")
        self._look_after_keeper(tell)
        for view in self.views:
            for line in view.news():
                tell(line)
            cut_log(view.path, most=LOG_BYTES_MAX)

    def _look_after_silent(self, part: Part) -> str:
        """Replace a part that hangs. While the broker is away a worker waits for it, and is silent, too."""
        if not part.is_silent():
            return ""
        if _states(self._readiness()[1]).get("broker") == "ok":
            return part.replace()
        part.excuse()
        return ""

    def _look_after_keeper(self, tell: Callable[[str], None]) -> None:
        """PostgreSQL and Valkey are restarted by their keeper; the keeper itself by us."""
        if not self.use.names or time.monotonic() - self._checked_keeper_at < 1:
            return
        self._checked_keeper_at = time.monotonic()
        if self.use.keeper_pid() is not None:
            return
        tell("services: the keeper ended unexpectedly; starting it again")
        try:
            self.use.ensure_keeper(lambda: time.sleep(0.05))
        except (ServiceError, OSError) as error:
            tell(f"services: {error}")

    def _pause(self, step: Step, note: str = "") -> None:
        if self.asked:
            raise Stopped
        step.tick(note)
        time.sleep(0.05)

    # --- Stopping ---

    def ask_to_stop(self, *_: object) -> None:
        self.asked += 1

    def stop(self) -> None:
        """Web and beat first, then the workers, then the services; what does not end in time is killed."""
        for listener in self.listeners:
            listener.close()
        for names in ({"web", "beat"}, {"llm", "cpu"}):
            self._stop_parts([part for part in self.parts if part.plan.name in names])
        for pid in processes.tagged(self.tag):
            processes.signal_pid(pid, signal.SIGKILL)
        self.use.release()

    def _stop_parts(self, stopping: Sequence[Part]) -> None:
        for part in stopping:
            part.ask_to_stop()
        until = time.monotonic() + max((part.plan.stop_seconds for part in stopping), default=0)
        while time.monotonic() < until and self.asked < 2 and not all(part.has_ended() for part in stopping):
            time.sleep(0.05)
        for part in stopping:
            part.kill()

    def _log(self, name: str) -> Path:
        return self.var_dir / "log" / f"{name}.log"


def _port(environment: Mapping[str, str]) -> int:
    raw = environment.get("PORT", "").strip() or "8000"
    if not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise SystemExit(f"Onsite: PORT={raw!r} is not a number from 1 to 65535.")
    return int(raw)


def _is_behind(said: str) -> bool:
    """Whether /readyz says that the database lacks something that a command of ours brings."""
    states = _states(said)
    return states.get("database") == "ok" and any(states.get(name, "ok") != "ok" for name in ("migrations", "bank"))


def _states(said: str) -> dict[str, str]:
    """What /readyz says about each part; nothing when it said something else."""
    try:
        return dict(json.loads(said)["parts"])
    except (ValueError, KeyError, TypeError):
        return {}


def _stamp(paths: Sequence[Path], words: Sequence[str]) -> str:
    """A fingerprint of files by size and time, quick enough for each start, and of some words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                found = file.stat()
                digest.update(f"{file}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _claim(var_dir: Path, url: str) -> IO[str]:
    """Hold VAR_DIR for this run. Raises Refused while another run has it."""
    lock = (var_dir / "run" / "supervisor.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid, _, where = lock.read().strip().partition(" ")
        lock.close()
        raise Refused(f"Onsite is already running at {where or url} (pid {pid or 'unknown'}).") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()} {url}\n")
    lock.flush()
    return lock


def run(environment: Mapping[str, str]) -> int:
    """The whole life of the site; the exit code is 0 after a stop that was asked for."""
    supervisor = Supervisor(environment)
    for what in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(what, supervisor.ask_to_stop)
    try:
        placement.prepare_var(supervisor.var_dir)
        lock = _claim(supervisor.var_dir, supervisor.url)
    except (Refused, ServiceError) as error:
        return _complain(error)
    with lock:
        try:
            supervisor.start()
            supervisor.stay()
        except Stopped:
            pass
        except (Refused, ServiceError, subprocess.SubprocessError, OSError) as error:
            return _complain(error)
        finally:
            say("Stopping ...")
            supervisor.stop()
            say("Stopped.")
    return 0


def _complain(error: Exception) -> int:
    say(f"Onsite: {error}", is_fault=True)
    return 1
