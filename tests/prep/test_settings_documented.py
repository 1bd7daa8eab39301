"""Each environment variable that the code reads stands in docs/settings.md, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READS = re.compile(
    r'(?:env\.(?:text|flag|integer|number|choice|words|rate)|environ(?:\.get|\.setdefault)?)[\[(]\s*"([A-Z][A-Z0-9_]+)"'
)
# Set by the test runner and by the shell, not by an operator.
NOT_SETTINGS = {
    *("PATH", "HOME", "USER", "CI", "PYTHON", "TERM", "NO_COLOR", "COLUMNS", "TMPDIR", "PYTEST_XDIST_WORKER"),
    *("DJANGO_SETTINGS_MODULE", "ONSITE_TEST_VAR", "ARGS", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"),
    *("PLAYWRIGHT_BROWSERS_PATH", "PYTHONPATH", "PYTHONUTF8", "VIRTUAL_ENV"),
}


def documented() -> set[str]:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}


def read_by_the_code() -> set[str]:
    names: set[str] = set()
    for folder in ("prep", "accounts", "questions"):
        for path in (ROOT / folder).rglob("*.py"):
            names |= set(READS.findall(path.read_text()))
    providers = re.findall(r'\("\w+", "([A-Z]+)"\)', (ROOT / "prep" / "settings.py").read_text())
    for provider in providers:
        names |= {f"{provider}_CLIENT_ID", f"{provider}_CLIENT_SECRET"}
    return names - NOT_SETTINGS


def test_every_variable_that_is_read_is_documented():
    assert read_by_the_code() - documented() == set()


def test_nothing_is_documented_that_the_code_does_not_read():
    source = "\n".join(p.read_text() for d in ("prep", "accounts", "questions") for p in (ROOT / d).rglob("*.py"))
    built = {name for name in documented() if name.endswith(("_CLIENT_ID", "_CLIENT_SECRET"))}
    assert {name for name in documented() - built if f'"{name}"' not in source} == set()
