"""The embedded PostgreSQL and Valkey: private, shared by count, and whole after any kind of death."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from prep import placement, processes, services
from prep.placement import ServiceError
from tests.prep.machine import environment, pid_of, processes_of, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
BOTH = ["postgres", "valkey"]


@pytest.fixture
def var_dir(open_dir: Path) -> Path:
    return open_dir / "var"


def _rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, connect_timeout=10) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_services_answer_and_end_with_their_last_user(var_dir: Path) -> None:
    first, second = (services.Use(var_dir, BOTH, is_durable=False) for _ in range(2))
    addresses = first.acquire()
    assert second.acquire() == addresses
    first.release()
    version = _rows(addresses.database_url, "SELECT extversion FROM pg_extension WHERE extname = 'vector'")
    assert version[0][0] >= "0.8"  # type: ignore[operator]
    assert redis.from_url(addresses.redis_url).ping()
    second.release()
    assert processes_of(var_dir) == {}
    assert not (var_dir / "run" / "database.url").exists()


def test_what_was_written_is_there_at_the_next_start(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH) as addresses:
        _rows(addresses.database_url, "CREATE TABLE kept (word text)")
        _rows(addresses.database_url, "INSERT INTO kept VALUES ('Grüße')")
        redis.from_url(addresses.redis_url).rpush("cpu", "job")
    with services.in_use(var_dir, BOTH) as addresses:
        assert _rows(addresses.database_url, "SELECT upper(word) FROM kept") == [("GRÜßE",)]
        assert redis.from_url(addresses.redis_url).lrange("cpu", 0, -1) == [b"job"]


def test_the_site_s_role_is_no_superuser_and_nothing_listens_on_the_network(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH, is_durable=False) as addresses:
        assert _rows(addresses.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
        assert _rows(addresses.database_url, "SHOW listen_addresses") == [("",)]
        broker = redis.from_url(addresses.redis_url)
        assert broker.config_get("port") == {"port": "0"}
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_other_users_of_the_machine_reach_neither_files_nor_sockets(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH, is_durable=False) as addresses:
        sockets = Path(addresses.database_url.partition("host=")[2])
        broker = Path(addresses.redis_url.removeprefix("unix://"))
        closed = [var_dir / "log", var_dir / "valkey", sockets, broker.parent]
        if not (var_dir / "postgres.location").exists():
            closed.append(var_dir / "postgres")
        for folder in closed:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        assert stat.S_IMODE((var_dir / "run" / "database.url").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_root_the_cluster_runs_as_a_user_without_an_account_and_others_are_refused(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH, is_durable=False) as addresses:
        owner = Path(f"/proc/{pid_of(var_dir, 'bin/postgres -D')}").stat().st_uid
        assert owner in placement._UNUSED_IDS
        for path in (addresses.database_url.partition("host=")[2] + "/.s.PGSQL.5432", addresses.redis_url[7:]):
            knock = f"import socket; socket.socket(socket.AF_UNIX).connect({path!r})"
            done = subprocess.run(
                ["/usr/bin/python3", "-c", knock], user=65534, group=65534, capture_output=True, text=True
            )
            assert "PermissionError" in done.stderr, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="for an ordinary user the cluster is always inside VAR_DIR")
def test_as_root_below_a_closed_home_the_cluster_lies_in_a_private_folder_elsewhere(
    open_dir: Path,
) -> None:
    home = open_dir / "home"
    home.mkdir(mode=0o700)
    inside = home / "var"
    before = {part: part.stat().st_mode for part in inside.parents}
    try:
        with services.in_use(inside, BOTH, is_durable=False) as addresses:
            assert _rows(addresses.database_url, "SELECT 1") == [(1,)]
        elsewhere = Path((inside / "postgres.location").read_text().strip())
        assert not (inside / "postgres").exists()
        assert stat.S_IMODE((elsewhere / "postgres").stat().st_mode) == 0o700
        assert {part: part.stat().st_mode for part in inside.parents} == before
    finally:
        subprocess.run(["rm", "-rf", (inside / "postgres.location").read_text().strip()], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="for an ordinary user the cluster is always inside VAR_DIR")
def test_as_root_a_home_that_is_closed_later_keeps_its_data(open_dir: Path) -> None:
    home = open_dir / "home"
    home.mkdir()
    note = home / "var" / "postgres.location"
    try:
        with services.in_use(home / "var", BOTH) as addresses:
            _rows(addresses.database_url, "CREATE TABLE kept (n int)")
        home.chmod(0o700)
        for _ in range(2):
            with services.in_use(home / "var", BOTH) as addresses:
                assert _rows(addresses.database_url, "SELECT count(*) FROM kept") == [(0,)]
        # A copy of the checkout gets a cluster of its own and leaves the original's alone.
        subprocess.run(["cp", "-a", home, open_dir / "copy"], check=True)
        with services.in_use(open_dir / "copy" / "var", BOTH) as addresses:
            assert _rows(addresses.database_url, "SELECT to_regclass('kept')") == [(None,)]
    finally:
        for place in {note, open_dir / "copy" / "var" / "postgres.location"}:
            if place.exists():
                subprocess.run(["rm", "-rf", place.read_text().strip()], check=True)


@pytest.mark.parametrize("name", ["with a space and ü", "deep/" + "very-long-name-of-a-folder/" * 6 + "var"])
def test_any_path_will_do(var_dir: Path, name: str) -> None:
    awkward = var_dir.parent / name
    awkward.parent.mkdir(parents=True, exist_ok=True)
    with services.in_use(awkward, BOTH, is_durable=False) as addresses:
        assert _rows(addresses.database_url, "SELECT 1") == [(1,)]
        assert redis.from_url(addresses.redis_url).ping()
        sockets = Path(addresses.database_url.partition("host=")[2])
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert not sockets.exists()
    assert processes_of(awkward) == {}


def test_a_command_that_is_killed_leaves_no_service_behind(var_dir: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from prep import services;"
        "services.Use(Path(sys.argv[1]), ['postgres', 'valkey']).acquire(); print('up', flush=True); time.sleep(60)"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code, str(var_dir)],
        stdout=subprocess.PIPE,
        cwd=services.BASE_DIR,
        env=environment(var_dir),
    )
    assert command.stdout is not None
    assert command.stdout.readline() == b"up\n"
    command.kill()
    command.wait()
    wait_until(lambda: not processes_of(var_dir), 15, "the services end after their user was killed")


@pytest.mark.parametrize("words", [["bin/postgres -D"], ["valkey-server"]])
def test_a_killed_service_is_started_again(var_dir: Path, words: list[str]) -> None:
    def answers() -> bool:
        try:
            return bool(_rows(addresses.database_url, "SELECT 1") and redis.from_url(addresses.redis_url).ping())
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    with services.in_use(var_dir, BOTH) as addresses:
        _rows(addresses.database_url, "CREATE TABLE kept (n int)")
        victim = pid_of(var_dir, *words)
        processes.signal_pid(victim, signal.SIGKILL)
        wait_until(lambda: not processes.is_alive(victim), 5, "the victim is dead")
        wait_until(answers, 30, "both answer again")
        assert pid_of(var_dir, *words) != victim
        assert _rows(addresses.database_url, "SELECT count(*) FROM kept") == [(0,)]
    assert processes_of(var_dir) == {}


def test_a_killed_keeper_takes_the_services_along_and_the_next_start_recovers(var_dir: Path) -> None:
    use = services.Use(var_dir, BOTH)
    addresses = use.acquire()
    _rows(addresses.database_url, "CREATE TABLE kept (n int)")
    keeper = use.keeper_pid()
    assert keeper is not None
    processes.signal_pid(keeper, signal.SIGKILL)
    wait_until(lambda: not processes_of(var_dir), 20, "PostgreSQL and Valkey end with their keeper")
    use.release()
    with services.in_use(var_dir, BOTH) as addresses:
        assert _rows(addresses.database_url, "SELECT count(*) FROM kept") == [(0,)]


def test_a_server_left_over_from_a_killed_run_is_ended_before_the_next_one_starts(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH):
        # Without the kernel's help (another system than Linux) this is what a killed keeper leaves.
        place = pid_of(var_dir, "bin/postgres -D")
        command = Path(f"/proc/{place}/cmdline").read_bytes().decode().split("\0")[:-1]
        owner = Path(f"/proc/{place}").stat().st_uid
    become = {"user": owner, "group": owner, "extra_groups": []} if os.geteuid() == 0 else {}
    orphan = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL, cwd="/", **become)  # type: ignore[call-overload]
    pid_file = var_dir / "postgres" / "postmaster.pid"
    wait_until(lambda: pid_file.exists() and "ready" in pid_file.read_text(), 15, "the orphan is up")
    with services.in_use(var_dir, BOTH) as addresses:
        assert orphan.wait(5) == 0
        assert _rows(addresses.database_url, "SELECT 1") == [(1,)]


def test_a_stale_pid_file_of_a_foreign_process_harms_neither(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH):
        text = (var_dir / "postgres" / "postmaster.pid").read_text()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        stale = var_dir / "postgres" / "postmaster.pid"
        stale.write_text(text.replace(text.split("\n")[0], str(bystander.pid), 1))
        owner = (var_dir / "postgres" / "PG_VERSION").stat()
        os.chown(stale, owner.st_uid, owner.st_gid)
        with services.in_use(var_dir, BOTH) as addresses:
            assert _rows(addresses.database_url, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_cluster_of_another_major_version_is_left_alone_with_a_clear_message(var_dir: Path) -> None:
    with services.in_use(var_dir, BOTH):
        pass
    version = var_dir / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(ServiceError, match=r"made by PostgreSQL 17, and this Onsite brings 18"):
        services.Use(var_dir, BOTH).acquire()
    assert processes_of(var_dir) == {}
    assert version.read_text() == "17\n"


def test_users_with_different_needs_are_told_so(var_dir: Path) -> None:
    with (
        services.in_use(var_dir, ["valkey"], is_durable=False),
        pytest.raises(ServiceError, match="without postgres"),
    ):
        services.Use(var_dir, BOTH).acquire()
    assert processes_of(var_dir) == {}


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    foreign = Path("/proc/1") if os.geteuid() != 0 else tmp_path / "foreign"
    if os.geteuid() == 0:
        foreign.mkdir()
        os.chown(foreign, 65534, 65534)
    with pytest.raises(ServiceError, match="Use a folder of your own"):
        services.Use(foreign, BOTH).acquire()


def test_an_interrupted_first_start_leaves_nothing_that_hinders_the_next(var_dir: Path) -> None:
    class Enough(Exception):
        pass

    calls = iter(range(1000))

    def impatient() -> None:
        if next(calls) > 3:
            raise Enough

    with pytest.raises(Enough):
        services.Use(var_dir, BOTH).acquire(wait=impatient)
    wait_until(lambda: not processes_of(var_dir), 30, "nothing runs after giving up")
    with services.in_use(var_dir, BOTH) as addresses:
        assert _rows(addresses.database_url, "SELECT 1") == [(1,)]


def test_addresses_that_are_given_leave_nothing_to_embed() -> None:
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://broker"}
    assert services.wanted(given) == []
    assert services.wanted({**given, "REDIS_URL": " "}) == ["valkey"]
    assert services.wanted({}) == BOTH
