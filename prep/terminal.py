"""What the terminal shows: one line a step with its time, and the notable lines of the parts' logs. Stdlib only."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from pathlib import Path
from typing import TextIO

_FRAMES = "|/-\\"
_BEGINS_ENTRY = re.compile(r"\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_NOTABLE = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Step:
    """A line for one step: its name, a moving sign on a terminal, its time at the end. Use as a context manager."""

    def __init__(self, label: str, out: TextIO | None = None) -> None:
        self.label = label
        self.out = out if out is not None else sys.stdout
        self.is_live = self.out.isatty()
        self.note = ""
        self._begun = time.monotonic()
        self._shown_at = 0.0
        self._frame = 0

    def __enter__(self) -> Step:
        self._begun = time.monotonic()
        self._write(f"  {self.label} ..." if not self.is_live else "")
        self.tick()
        return self

    def tick(self, note: str = "") -> None:
        """Show that it goes on; cheap enough to call often."""
        if note:
            self.note = plain(note)[-70:]
        now = time.monotonic()
        if not self.is_live or now - self._shown_at < 0.1:
            return
        self._shown_at, self._frame = now, (self._frame + 1) % len(_FRAMES)
        trailer = f"  {self.note}" if self.note else ""
        self._write(f"\r\033[K{_FRAMES[self._frame]} {self.label} {now - self._begun:.0f} s{trailer}"[:110])

    def aside(self, text: str) -> None:
        """Say something else while the step goes on."""
        self._write(f"\r\033[K{text}\n" if self.is_live else f"\n    {text}")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        end = getattr(kind, "step_ends", "failed") if kind is not None else f"{time.monotonic() - self._begun:.1f} s"
        self._write(f"\r\033[K  {self.label} ... {end}\n" if self.is_live else f" {end}\n")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal has gone; the work goes on
            self.out.write(_writable(text, self.out))
            self.out.flush()


def say(text: str, *, is_fault: bool = False) -> None:
    """One line for the person at the terminal, if there still is one."""
    out = sys.stderr if is_fault else sys.stdout
    with contextlib.suppress(OSError, ValueError):
        out.write(_writable(text, out) + "\n")
        out.flush()


def _writable(text: str, out: TextIO) -> str:
    """`text` with what the terminal's encoding lacks replaced, as a tick mark of npm is in an ASCII one."""
    encoding = getattr(out, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def plain(text: str) -> str:
    """`text` without control characters: what a stranger sent must not drive the terminal."""
    return _CONTROL.sub("?", text)


class LogView:
    """Follows one log file from its present end and picks what a person at the terminal should see.

    Shown are warnings and worse with the lines that belong to them, tracebacks, and mails between their markers.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self._offset = path.stat().st_size if path.exists() else 0
        self._is_showing = False
        self._is_mail = False
        self._rest = b""

    def news(self) -> list[str]:
        """The lines to show since the last call, each with the part's name in front."""
        try:
            size = self.path.stat().st_size
            if size == self._offset:
                return []
            with self.path.open("rb") as log:
                log.seek(self._offset if size > self._offset else 0)  # shorter: it was cut off
                data = self._rest + log.read(1_000_000)
                self._offset = log.tell()
        except OSError:
            return []
        *lines, self._rest = data.split(b"\n")
        texts = (line.decode(errors="replace").rstrip() for line in lines)
        return [f"{self.name}: {plain(text)}" for text in texts if self._is_notable(text)]

    def _is_notable(self, line: str) -> bool:
        if line.startswith("---- mail "):
            self._is_mail = True
        elif line.startswith("---- end of mail"):
            self._is_mail = False
            return True
        if self._is_mail:
            return True
        if _BEGINS_ENTRY.match(line):
            self._is_showing = bool(_NOTABLE.search(line[:120]))
        elif line.startswith("Traceback (most recent call last)"):
            self._is_showing = True
        return self._is_showing and bool(line)


def cut_log(path: Path, *, most: int) -> None:
    """Keep a log under `most` bytes: its end moves to NAME.1; the writer, which appends, goes on in an empty one."""
    try:
        if path.stat().st_size <= most:
            return
        path.with_name(path.name + ".1").write_bytes(path.read_bytes()[-most:])
        with path.open("r+b") as log:
            log.truncate(0)
    except OSError:
        pass


def last_line(log: Path) -> str:
    """The last line that says something, as a sign of life."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 400))
            lines = file.read().replace(b"\r", b"\n").split(b"\n")
    except OSError:
        return ""
    return next((line.decode(errors="replace").strip() for line in reversed(lines) if line.strip()), "")
