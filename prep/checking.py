"""`make check`: style, types, layers, templates, migrations, production settings. All steps run; any fault fails."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from prep.terminal import say

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SITE_URL": "https://example.org",
    "SECRET_KEY": "only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "EMAIL_HOST": "smtp.example.org",
    "OPERATOR_EMAIL": "operator@example.org",
    "DEBUG": "0",
}


def steps(npm: Sequence[str]) -> dict[str, Sequence[str]]:
    """Each step's name and its command; `npm` is how to call that."""
    python = [sys.executable, "-m"]
    manage = [sys.executable, "manage.py"]
    return {
        "style": [*python, "ruff", "check", "."],
        "format": [*python, "ruff", "format", "--check", "."],
        "types": [*python, "mypy", "."],
        "layers": [str(Path(sys.executable).with_name("lint-imports"))],
        "templates": [*python, "djlint", "templates", "--lint"],
        "template format": [*python, "djlint", "templates", "--check", "--quiet"],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "production settings": [*manage, "check", "--deploy", "--fail-level", "WARNING"],
        "front end": [*npm, "run", "--silent", "check"],
    }


def passes(name: str, command: Sequence[str], var_dir: str) -> bool:
    """Run one step; what it says is shown only when it fails."""
    begun = time.monotonic()
    environment = {**os.environ, "VAR_DIR": var_dir, **(PRODUCTION if name == "production settings" else {})}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    except FileNotFoundError as error:
        done = subprocess.CompletedProcess(command, 127, "", f"{error.filename} is not installed; use: make check")
    seconds = f"{time.monotonic() - begun:.1f} s"
    say(f"  {name} ... {'failed' if done.returncode else 'ok'} {seconds}")
    if done.returncode:
        say("    " + (done.stdout + done.stderr).strip().replace("\n", "\n    "))
    return done.returncode == 0


def main(npm: Sequence[str]) -> int:
    """`npm` comes from prep.bootstrap, which may have brought one."""
    with tempfile.TemporaryDirectory(prefix="onsite-check-") as folder:
        Path(folder).chmod(0o711)  # as root, the database's own user must pass
        results = {name: passes(name, command, folder) for name, command in steps(npm or ["npm"]).items()}
    faults = [name for name, is_fine in results.items() if not is_fine]
    say(f"\nFailed: {', '.join(faults)}." if faults else f"\nAll {len(results)} checks pass.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
