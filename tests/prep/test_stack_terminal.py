"""What the person at the terminal gets to see of the parts' logs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from prep.terminal import LogView, Step, cut_log, say

ORDINARY = "2026-11-22 10:00:00,000 INFO questions: fine\n"


def _news(tmp_path: Path, text: str) -> list[str]:
    log = tmp_path / "web.log"
    log.write_text("2026-11-22 09:00:00,000 ERROR old: from before\n")
    view = LogView("web", log)
    with log.open("a") as file:
        file.write(text)
    return view.news()


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22 10:00:00,000 WARNING prep.cache: The cache did not answer",
        "[2026-11-22 10:00:00 +0000] [7] [ERROR] Worker (pid:8) was sent SIGKILL!",
        "[2026-11-22 10:00:00,000: CRITICAL/MainProcess] Unrecoverable error",
    ],
)
def test_warnings_and_worse_are_shown_with_the_part_s_name(tmp_path: Path, line: str) -> None:
    assert _news(tmp_path, ORDINARY + line + "\n" + ORDINARY) == [f"web: {line}"]


def test_ordinary_lines_and_what_stood_there_before_are_not_shown(tmp_path: Path) -> None:
    assert _news(tmp_path, ORDINARY * 3 + " -------------- celery@here v5.7\n") == []


def test_a_traceback_is_shown_to_its_end(tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File 'x', line 1\nValueError: no\n"
    assert _news(tmp_path, ORDINARY + trace + ORDINARY) == [f"web: {line}" for line in trace.splitlines()]


def test_a_mail_is_shown_between_its_markers(tmp_path: Path) -> None:
    mail = "---- mail ------\nTo: a@example.org\n\nHello\n---- end of mail ------\n"
    assert _news(tmp_path, ORDINARY + mail + "not part of it\n") == [f"web: {line}" for line in mail.splitlines()]


def test_a_stranger_s_text_cannot_drive_the_terminal(tmp_path: Path) -> None:
    assert _news(tmp_path, "2026-11-22 10:00:00,000 ERROR x: \x1b]0;owned\x07\x9b2J\n") == [
        "web: 2026-11-22 10:00:00,000 ERROR x: ?]0;owned??2J"
    ]


def test_a_line_that_is_half_written_is_shown_once_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    view = LogView("web", log)
    with log.open("a") as file:
        file.write("2026-11-22 10:00:00,000 ERR")
        file.flush()
        assert view.news() == []
        file.write("OR x: y\n")
    assert view.news() == ["web: 2026-11-22 10:00:00,000 ERROR x: y"]


def test_a_log_is_cut_and_followed_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        writer.write(ORDINARY * 100)
        writer.flush()
        view = LogView("web", log)
        cut_log(log, most=1000)
        writer.write("2026-11-22 10:00:00,000 ERROR x: after\n")
        writer.flush()
        assert view.news() == ["web: 2026-11-22 10:00:00,000 ERROR x: after"]
    assert log.stat().st_size < 1000
    assert 0 < (tmp_path / "web.log.1").stat().st_size <= 1000


@pytest.mark.parametrize(("error", "end"), [(None, r"\.\.\. 0\.\d s\n"), (ValueError, r"\.\.\. failed\n")])
def test_a_step_says_how_it_ended(error: type[Exception] | None, end: str) -> None:
    import re

    out = io.StringIO()
    try:
        with Step("Loading the bank", out) as step:
            step.tick("half")
            if error:
                raise error
    except ValueError:
        pass
    assert re.search("  Loading the bank " + end, out.getvalue()), out.getvalue()


def test_a_terminal_that_lacks_a_sign_gets_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    with Step("Building", out) as step:
        step.aside("\u2714 done")
    monkeypatch.setattr("sys.stdout", out)
    say("\u2714 all")
    out.flush()
    assert b"? done" in raw.getvalue()
    assert raw.getvalue().endswith(b"? all\n")
