"""An operator's servers: a PostgreSQL with passwords on a port, a Valkey with a password, and TLS in front of it."""

from __future__ import annotations

import asyncio
import datetime
import os
import pwd
import signal
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from prep import placement, postgres, processes, valkey
from tests.plant import free_port
from tests.prep.machine import wait_until

AWKWARD = "p@ss:w/rd#1?%,;ü"  # what a generator of passwords may come up with
SUPER = "for-the-superuser"


class Cluster:
    """One PostgreSQL server in `folder`, which others may pass; passwords are asked for on the port and the socket."""

    def __init__(self, folder: Path, program: Path) -> None:
        placement.prepare_var(folder)
        self.place = placement.place_cluster(folder, program)
        self.port = free_port()
        self.log = folder / "server.log"
        self.user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._create()
        options = ["-p", str(self.port), "-k", str(self.place.sockets), "-c", "fsync=off", "-c", "shared_buffers=32MB"]
        self.process = processes.spawn(
            [self.place.binaries / "bin" / "postgres", "-D", self.place.data, *options],
            log=self.log,
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            folder=Path("/"),
            user=self.user,
        )
        wait_until(lambda: "is ready to accept" in self.log.read_text(), 60, self.log.read_text())

    def _create(self) -> None:
        for folder in (self.place.data, self.place.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.user is not None:
                os.chown(folder, self.user, self.user)
        secret = self.place.sockets / "password"
        secret.write_text(SUPER)
        secret.chmod(0o644)
        words = ["-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [self.place.binaries / "bin" / "initdb", "-D", self.place.data, *words],
            check=True,
            capture_output=True,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def as_superuser(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url("postgres", SUPER, database), autocommit=True) as connection:
            connection.execute(statement)

    def stop(self) -> None:
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        processes.signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def cluster(folder: Path, program: Path | None = None) -> Iterator[Cluster]:
    """With the role `site`, which may do nothing special. `program`: another PostgreSQL than the embedded one."""
    server = Cluster(folder, program or postgres.installation())
    try:
        server.as_superuser(f"CREATE ROLE site LOGIN PASSWORD '{AWKWARD}'")
        yield server
    finally:
        server.stop()


@contextmanager
def broker(folder: Path) -> Iterator[tuple[int, Path]]:
    """A Valkey with the password AWKWARD; its port and its socket."""
    folder.mkdir(exist_ok=True)
    port, path = free_port(), folder / "valkey.sock"
    (folder / "valkey.conf").write_text(f'requirepass "{AWKWARD}"\nport {port}\nsave ""\nunixsocket {path}\n')
    server = processes.spawn([valkey.program(), folder / "valkey.conf"], log=folder / "log", folder=folder)
    try:
        wait_until(lambda: _answers(port), 30, "Valkey answers")
        yield port, path
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with suppress(redis.ConnectionError):
        return bool(redis.Redis(port=port, password=AWKWARD).ping())
    return False


def certificate(folder: Path) -> Path:
    """A certificate for localhost, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "localhost.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *form)
    )
    return path


@contextmanager
def tls_in_front_of(port: int, certificate_file: Path) -> Iterator[int]:
    """A port where TLS is spoken, and passed on to `port` in the clear: as the embedded Valkey has no TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file)
    loop = asyncio.new_event_loop()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass_on(reader, to_server), _pass_on(from_server, writer))

    # In a thread from the start: a browser test before this one leaves a running loop in the main thread.
    runner = threading.Thread(target=loop.run_forever, daemon=True)
    runner.start()
    opening = asyncio.start_server(welcome, "127.0.0.1", 0, ssl=context)
    door = asyncio.run_coroutine_threadsafe(opening, loop).result(10)
    try:
        yield door.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        runner.join(10)


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
