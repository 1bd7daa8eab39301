"""Where the embedded services keep their files and sockets, so that only their own user reaches them. No Django here.

PostgreSQL refuses to run as root. For root the cluster therefore runs as a number of its own that no account has;
no account is created, and no permission above VAR_DIR is changed. Where the folders above VAR_DIR bar that number
(a home with mode 0700), the cluster lies in a private folder under /var/lib, and VAR_DIR/postgres.location says so.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_MAX = 100  # bytes; the kernel allows 107 on Linux and 103 on macOS, with the socket's name
_PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")  # needs no quoting in an address
_SOCKET_NAME = "/.s.PGSQL.5432.lock"
_UNUSED_IDS = range(60706, 61184)  # neither accounts nor systemd's dynamic users: systemd.io/UIDS-GIDS
_PRIVATE_ROOTS = (Path("/var/lib"), Path("/opt"), Path("/srv"))


class ServiceError(Exception):
    """An embedded service cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class ClusterPlace:
    """`user` is None when the cluster runs as whoever starts it."""

    data: Path
    sockets: Path
    binaries: Path
    user: int | None
    is_elsewhere: bool


def prepare_var(var_dir: Path) -> None:
    """Make VAR_DIR and its folders: closed to others, but for root passable, as the cluster's user must get through."""
    is_root = os.geteuid() == 0
    try:
        if var_dir.exists() and var_dir.stat().st_uid != os.geteuid():
            raise PermissionError(1, "not yours")
        if not var_dir.exists():
            var_dir.mkdir(parents=True)
            var_dir.chmod(0o711 if is_root else 0o700)
        for name, mode in (("run", 0o711 if is_root else 0o700), ("log", 0o700)):
            (var_dir / name).mkdir(exist_ok=True)
            (var_dir / name).chmod(mode)
    except OSError as error:
        owner = _owner(var_dir)
        raise ServiceError(
            f"Cannot write to {var_dir} ({error.strerror}){owner}. Use a folder of your own: VAR_DIR=/path make run."
        ) from error


def _owner(path: Path) -> str:
    try:
        return f"; it belongs to {pwd.getpwuid(path.stat().st_uid).pw_name}"
    except (OSError, KeyError):
        return ""


def digest(var_dir: Path) -> str:
    return hashlib.sha256(str(var_dir.resolve()).encode()).hexdigest()[:12]


def place_cluster(var_dir: Path, binaries: Path) -> ClusterPlace:
    """Choose, and make, the folders of the cluster of `var_dir`. `binaries` is the PostgreSQL installation."""
    if os.geteuid() != 0:
        data = var_dir / "postgres"
        sockets = _socket_folder(var_dir, "pg", user=None)
        return ClusterPlace(data, sockets, binaries, user=None, is_elsewhere=False)
    user = _cluster_user(var_dir)
    is_open = _is_passable(var_dir) and not (var_dir / "postgres.location").exists()
    home = var_dir if is_open else _private_home(var_dir, user)
    if not is_open:
        _move_cluster(var_dir / "postgres", home / "postgres", user)
    sockets = _socket_folder(var_dir, "pg", user=user) if is_open else _owned(home / "run", user)
    return ClusterPlace(home / "postgres", sockets, _reachable(binaries, home), user, is_elsewhere=not is_open)


def valkey_socket(var_dir: Path) -> Path:
    return _socket_folder(var_dir, "valkey", user=None) / "valkey.sock"


def remove_short_folder(var_dir: Path) -> None:
    """Forget the sockets' short folder, if there was one; called when the services have stopped."""
    note = var_dir / "run" / "sockets.location"
    try:
        shutil.rmtree(note.read_text().strip(), ignore_errors=True)
        note.unlink()
    except OSError:
        pass


def _cluster_user(var_dir: Path) -> int:
    """A user id that belongs to nobody, the same at each start: that of the cluster, or one derived from the path."""
    note = var_dir / "postgres.user"
    if note.exists():
        return int(note.read_text())
    first = int(digest(var_dir), 16) % len(_UNUSED_IDS)
    for step in range(len(_UNUSED_IDS)):
        user = _UNUSED_IDS[(first + step) % len(_UNUSED_IDS)]
        if not _has_account(user) and _may_own(user, var_dir):
            break
    else:
        user = pwd.getpwnam("nobody").pw_uid  # a container that maps few ids
    note.write_text(f"{user}\n")
    return user


def _has_account(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _may_own(user: int, folder: Path) -> bool:
    with tempfile.NamedTemporaryFile(dir=folder) as probe:
        try:
            os.chown(probe.name, user, user)
        except OSError:
            return False
    return True


def _is_passable(folder: Path) -> bool:
    """Whether a user without any rights can walk down to `folder`."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.resolve().parents))


def _private_home(var_dir: Path, user: int) -> Path:
    """The cluster's folder outside VAR_DIR. A moved VAR_DIR keeps its cluster; a copied one gets its own."""
    note = var_dir / "postgres.location"
    if note.exists():
        home = Path(note.read_text().strip())
        if _belongs_to(home, var_dir):
            return home
    for root in _PRIVATE_ROOTS:
        home = root / f"onsite-{digest(var_dir)}"
        if os.access(root, os.W_OK) and _is_passable(root):
            if home.exists():  # of a VAR_DIR that was deleted: a fresh start is meant, but nobody's data is thrown away
                home.rename(root / f"{home.name}.old-{int(home.stat().st_ctime)}")
            _owned(home, user).chmod(0o711)  # what lies in it is closed; initdb, as another user, passes
            (home / "belongs-to").write_text(f"{var_dir.resolve()}\n")
            note.write_text(f"{home}\n")
            return home
    raise ServiceError(
        f"PostgreSQL does not run as root, and the folders above {var_dir} are closed to other users. Set VAR_DIR to "
        "a folder that others may pass through (such as /srv/onsite), run as an ordinary user, or set DATABASE_URL."
    )


def _move_cluster(source: Path, target: Path, user: int) -> None:
    """The folders above VAR_DIR were closed after the cluster was made in it: its data goes along."""
    if not source.exists() or target.exists():
        return
    shutil.move(source, target)
    for path in (target, *target.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


def _belongs_to(home: Path, var_dir: Path) -> bool:
    try:
        recorded = Path((home / "belongs-to").read_text().strip())
    except OSError:
        return False
    if recorded != var_dir.resolve() and (recorded / "postgres.location").exists():
        return False  # the original is still there, so this one is the copy
    (home / "belongs-to").write_text(f"{var_dir.resolve()}\n")
    return True


def _owned(folder: Path, user: int) -> Path:
    folder.mkdir(exist_ok=True)
    os.chown(folder, user, user)
    folder.chmod(0o700)
    return folder


def _reachable(binaries: Path, home: Path) -> Path:
    """`binaries` if any user can read them, else a copy inside `home` (25 MB)."""
    if _is_passable(binaries / "bin"):
        return binaries
    copies = home / "postgres-program"
    found = (binaries / "bin" / "postgres").stat()
    copy = copies / f"{found.st_size}-{found.st_mtime_ns}"
    target = copy / binaries.parent.name / binaries.name
    if target.exists():
        return target
    shutil.rmtree(copies, ignore_errors=True)
    unfinished = copies / "unfinished"
    inside = unfinished / binaries.parent.name / binaries.name
    for part in ("bin", "lib/postgresql", "share"):
        shutil.copytree(binaries / part, inside / part)
    libraries = binaries.parent.parent / f"{binaries.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name)
    for path in (copies, unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    unfinished.rename(copy)
    return target


def _socket_folder(var_dir: Path, name: str, *, user: int | None) -> Path:
    """VAR_DIR/run/NAME, or a short private folder where that path is too long or needs quoting."""
    folder = var_dir / "run" / name
    if len(os.fsencode(str(folder) + _SOCKET_NAME)) > SOCKET_PATH_MAX or not _PLAIN.fullmatch(str(folder)):
        folder = _short_folder(var_dir) / name
    return _owned(folder, user if user is not None else os.geteuid())


def _short_folder(var_dir: Path) -> Path:
    note = var_dir / "run" / "sockets.location"
    if note.exists() and _is_ours(Path(note.read_text().strip())):
        return Path(note.read_text().strip())
    runtime = Path("/run") if os.geteuid() == 0 else Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
    is_usable = os.access(runtime, os.W_OK) and len(str(runtime)) < 40 and _PLAIN.fullmatch(str(runtime))
    folder = Path(tempfile.mkdtemp(prefix="onsite-", dir=runtime if is_usable else "/tmp"))  # noqa: S108 - 0700
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    note.write_text(f"{folder}\n")
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and found.st_uid == os.geteuid()
