"""The whole site on one machine: `python -m prep.stack run`, and the services that a command of manage.py needs.

manage.py imports this before Django; it must stay quick to import and free of Django.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prep import services
from prep.placement import ServiceError

BASE_DIR = services.BASE_DIR
# These touch neither the database nor the broker.
SERVICE_FREE = frozenset(
    {
        "--help",
        "--version",
        "-h",
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "replay_reviews",
        "simulate_plan",
        "spectacular",
        "startapp",
        "startproject",
        "test",
        "testserver",
        "version",
    }
)


def read_env_file(path: Path = BASE_DIR / ".env") -> None:
    """Take KEY=VALUE lines into the environment; what is set there already wins."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SystemExit(f"{path}:{number}: expected NAME=value, found {line!r}.")
        os.environ.setdefault(name.strip(), unquoted(value))


def unquoted(value: str) -> str:
    """A value between quotes is taken as it stands; otherwise ` #` begins a comment."""
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def needs_services(argv: Sequence[str]) -> bool:
    """Whether `manage.py ...` reads or writes anything but files."""
    rest = argv[1:]
    if not rest or "--help" in rest or "-h" in rest:
        return False
    if rest[0] == "grade":
        return _option(rest, "--grader", default="local") != "local"
    if rest[0] == "load_bank" and "--check" in rest:
        return False
    if rest[0] == "check":
        return "--database" in rest
    return rest[0] not in SERVICE_FREE and not rest[0].startswith("-")


def _option(words: Sequence[str], name: str, *, default: str) -> str:
    for index, word in enumerate(words):
        if word.startswith(name + "="):
            return word.partition("=")[2]
        if word == name and index + 1 < len(words):
            return words[index + 1]
    return default


@contextmanager
def services_for_command(argv: Sequence[str]) -> Iterator[None]:
    """For manage.py: the embedded services run for as long as the command lasts, if it needs them."""
    read_env_file()
    names = services.wanted(os.environ) if needs_services(argv) else []
    if not names:
        yield
        return
    use = services.Use(services.var_dir_of(os.environ), names)
    try:
        use.acquire()
        yield
    except ServiceError as error:
        raise SystemExit(f"Onsite: {error}") from None
    finally:
        use.release()


def main(argv: Sequence[str]) -> int:
    if list(argv) != ["run"]:
        sys.stderr.write("Usage: python -m prep.stack run\n")
        return 2
    from prep import supervisor

    read_env_file()
    return supervisor.run(os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
