"""What manage.py starts for which command, and what `.env` may say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prep import stack
from tests.prep.machine import environment, processes_of


@pytest.mark.parametrize(
    "line",
    [
        "grade",
        "grade --grader local",
        "grade --grader=local --limit 3",
        "replay_reviews --config x.json",
        "load_bank --check",
        "check --deploy",
        "collectstatic --noinput",
        "test",
        "help",
        "--version",
        "migrate --help",
        "",
    ],
)
def test_commands_that_touch_only_files_start_nothing(line: str) -> None:
    assert not stack.needs_services(["manage.py", *line.split()])


@pytest.mark.parametrize(
    "line",
    [
        "grade --grader llm",
        "grade --grader=llm",
        "migrate",
        "load_bank",
        "create_token a@example.org",
        "shell",
        "makemigrations --check",
        "check --database default",
    ],
)
def test_commands_that_touch_rows_get_the_services(line: str) -> None:
    assert stack.needs_services(["manage.py", *line.split()])


def test_two_commands_at_once_share_the_services_and_the_last_stops_them(open_dir: Path) -> None:
    var_dir = open_dir / "var"
    code = (
        "import sys, time; from prep.stack import services_for_command\n"
        "with services_for_command(['manage.py', 'shell']):\n"
        "    import psycopg, os; from pathlib import Path\n"
        "    url = Path(os.environ['VAR_DIR'], 'run', 'database.url').read_text().strip()\n"
        "    for _ in range(5):\n"
        "        psycopg.connect(url).execute('SELECT 1'); time.sleep(float(sys.argv[1]))\n"
    )
    commands = [
        subprocess.Popen([sys.executable, "-c", code, pause], cwd=stack.BASE_DIR, env=environment(var_dir))
        for pause in ("0.01", "0.3", "0.1")
    ]
    assert [command.wait(90) for command in commands] == [0, 0, 0]
    assert processes_of(var_dir) == {}


def test_importing_the_stack_does_not_import_django() -> None:
    code = "import sys, prep.stack, prep.supervisor, prep.keeper; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=stack.BASE_DIR).returncode == 0


def test_the_env_file_gives_what_the_environment_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# how it runs here\n\nONSITE_A=one # a remark\nexport ONSITE_B='two # three'\nONSITE_C=\"a=b\"\nONSITE_D=x\n"
    )
    for name in "ABC":
        monkeypatch.delenv(f"ONSITE_{name}", raising=False)
    monkeypatch.setenv("ONSITE_D", "from the shell")
    stack.read_env_file(file)
    found = {name: os.environ.pop(f"ONSITE_{name}") for name in "ABC"}
    assert found == {"A": "one", "B": "two # three", "C": "a=b"}
    assert os.environ["ONSITE_D"] == "from the shell"


def test_a_line_of_the_env_file_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=8001\nSITE_NAME Onsite\n")
    with pytest.raises(SystemExit, match=r"\.env:2: expected NAME=value"):
        stack.read_env_file(file)
    os.environ.pop("PORT", None)


def test_without_an_env_file_nothing_happens(tmp_path: Path) -> None:
    before = dict(os.environ)
    stack.read_env_file(tmp_path / "missing")
    assert dict(os.environ) == before
