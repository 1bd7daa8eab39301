"""Where uv, npm, pip and Playwright keep their downloads: where they would, or with us. Stdlib only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import MutableMapping
from pathlib import Path


def use_writable(environment: MutableMapping[str, str], own: Path) -> None:
    """Point the tools to `own` where the home cannot be written: none, a read-only one, or somebody else's."""
    home = Path(os.path.expanduser("~"))
    if not _can_be_made(Path(environment.get("XDG_CACHE_HOME") or home / ".cache")):
        environment["XDG_CACHE_HOME"] = str(own)
    if not environment.get("npm_config_cache") and not _can_be_made(home / ".npm"):
        environment["npm_config_cache"] = str(own / "npm")


def _can_be_made(folder: Path) -> bool:
    """Whether `folder` is there, or can be, and files can be written in it."""
    if not folder.is_absolute():  # a user without a home
        return False
    try:
        while not folder.exists():
            folder = folder.parent
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
