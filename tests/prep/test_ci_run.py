"""`.ci/run` on a bare machine: it gets as far as `make test`, and ends as that ends."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from prep.services import BASE_DIR

# A version as long as no pipe holds: whoever closes it early ends the writer, and pipefail the run.
MAKE = """#!/bin/sh
if [ "$1" = --version ]; then
    i=0
    while [ $i -lt 9000 ]; do echo "GNU Make, line $i of its version"; i=$((i + 1)); done
    exit 0
fi
echo "called: make $*"
exit {code}
"""


@pytest.mark.parametrize("code", [0, 2])
def test_it_ends_as_make_test_ends_without_node_browser_packages_home_or_locale(tmp_path: Path, code: int) -> None:
    for name in ("bash", "sh", "dirname", "id", "uname", "sed", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    (tmp_path / "python3").symlink_to(sys.executable)
    for name, text in (("make", MAKE.format(code=code)), ("apt-get", "#!/bin/sh\nexit 100\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [tmp_path / "bash", BASE_DIR / ".ci" / "run"],
        env={"PATH": str(tmp_path), "LC_ALL": "POSIX"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "called: make test"
    assert "GNU Make, line 0 of its version" in lines
    assert "node: from the wheel" in lines
