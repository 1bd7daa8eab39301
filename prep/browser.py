"""Finds a Chromium for the browser tests, or installs one. Stdlib only, as prep.bootstrap uses it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "there is no Chromium here and none could be installed. Install one (Debian: apt install chromium) "
    "or set CHROMIUM=/path/to/chromium, and run make test again."
)


def find() -> str:
    """The path of a Chromium that starts: CHROMIUM, the system's, Playwright's; or an empty string."""
    given = os.environ.get("CHROMIUM", "").strip()
    if given:
        return given if starts(given) else ""
    candidates = [path for name in NAMES if (path := shutil.which(name))]
    candidates += [str(path) for path in downloaded()]
    return next((path for path in candidates if starts(path)), "")


def downloaded() -> list[Path]:
    """Playwright's browsers, newest first."""
    home = Path(os.path.expanduser("~"))  # Path.home() fails for a user without one
    mac, linux = home / "Library" / "Caches", Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    cache = (mac if sys.platform == "darwin" else linux) / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or cache)
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    return sorted((path for pattern in patterns for path in folder.glob(pattern)), reverse=True)


def starts(path: str) -> bool:
    """Whether the program runs at all here, that is, whether its libraries are there."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install(python: Path, logs: Path) -> str:
    """Try Playwright's download, then, for root on Debian, apt; the path, or an empty string."""
    logs.mkdir(parents=True, exist_ok=True)
    attempts: list[Sequence[str | Path]] = [[python, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]]
    with (logs / "browser.log").open("wb") as log:
        for command in attempts:
            words = [str(part) for part in command]
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
            if found := find():
                return found
    return ""
