"""`manage.py up`, as `make run` starts it: real processes from empty folders, crashes, and refusals in one line."""

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from axme_site import postgres
from axme_site.demo import env_file
from tests import templates, turns
from tests.acceptance.processes import ROOT, START_SECONDS, Process, get
from tests.services import Guarded, free_port


class Up(Process):
    """One `manage.py up`."""

    def __init__(self, guarded: Guarded, variables: dict[str, str]) -> None:
        super().__init__(guarded, [sys.executable, "manage.py", "up"], variables)
        self.port = int(variables["PORT"])


class Starts:
    """Starts `up` in one folder, again and again if need be."""

    def __init__(self, guarded: Guarded, folder: Path) -> None:
        self.guarded = guarded
        self.folder = folder
        nowhere = {"DATABASE_URL": "", "REDIS_URL": "", "DEMO_FILLED": "0"}
        self.variables = nowhere | {"DATA_DIR": str(folder), "PORT": str(free_port())}

    def up(self, **variables: str) -> Up:
        return Up(self.guarded, self.variables | variables)

    def ready(self, **variables: str) -> Up:
        up = self.up(**variables)
        up.wait_until_ready(up.port)
        if (server := postgres.Server(self.folder).pid) is not None:
            self.guarded.watch(server)
        return up

    def refused(self, **variables: str) -> str:
        """The one line with which `up` refuses to start, after those that tell what it is at."""
        up = self.up(**variables)
        assert up.wait() == 1, up.output
        *before, line = up.output.splitlines()
        assert all(one.endswith(" ...") for one in before), up.output
        return line


@dataclass(frozen=True)
class FirstRun:
    """What a run from an empty folder left: the folder, to copy, what was there while it ran, how it ended, and how a
    migration did that began meanwhile."""

    folder: Path
    port: int
    to_decide: int
    intents: int | None
    exit_code: int
    output: str
    migration: Process


@pytest.fixture(scope="module")
def first_run() -> Iterator[FirstRun]:
    guarded = Guarded()
    starts = Starts(guarded, guarded.folder / "data")
    up = starts.up(DEMO_FILLED="1", DEMO_HISTORY="0")
    until_there_is_a_database(starts, up)
    while "Preparing the database" not in up.output:
        assert up.running, up.output
        time.sleep(0.01)
    migration = Process(guarded, [sys.executable, "manage.py", "migrate", "--verbosity=0"], starts.variables)
    up.wait_until_ready(up.port)
    migration.wait()
    keys = env_file.read(starts.folder / "demo.env")
    intents = get(up.port, "/v1/intents", {"x-api-key": keys["AXME_API_KEY"]})[0]
    waiting = len(to_decide(up, keys))
    code = up.stop(signal.SIGTERM)
    yield FirstRun(starts.folder, up.port, waiting, intents, code, up.output, migration)
    guarded.end()


def until_there_is_a_database(starts: Starts, up: Up) -> None:
    """Wait until PostgreSQL runs, and have it end with the tests."""
    deadline = time.monotonic() + START_SECONDS
    while (server := postgres.Server(starts.folder).pid) is None:
        assert up.running, up.output
        assert time.monotonic() < deadline, up.output
        time.sleep(0.01)
    starts.guarded.watch(server)


@contextlib.contextmanager
def copied(folder: Path) -> Iterator[Starts]:
    """Starts in a copy of a folder."""
    guarded = Guarded()
    starts = Starts(guarded, guarded.folder / "data")
    # With the owners as they are: the database's files may be another user's.
    subprocess.run(["cp", "-a", folder, starts.folder], check=True)
    try:
        yield starts
    finally:
        # The guard kills what is left; a database that lost its `up` stops cleanly here.
        with contextlib.suppress(postgres.CannotStart):
            postgres.Server(starts.folder).stop()
        guarded.end()


@pytest.fixture
def starts() -> Iterator[Starts]:
    """Where there was a start before."""
    with copied(templates.data_dir()) as starts:
        yield starts


@dataclass(frozen=True)
class Running:
    """One that runs, for several tests that leave it alone."""

    starts: Starts
    up: Up


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with copied(templates.data_dir()) as starts:
        up = starts.ready()
        yield Running(starts, up)
        assert up.stop(signal.SIGTERM) == 0, up.output


def test_it_serves_from_an_empty_folder(first_run: FirstRun) -> None:
    assert f"http://127.0.0.1:{first_run.port}" in first_run.output
    path = first_run.folder / "demo.env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = env_file.read(path)
    assert values["AXME_BASE_URL"] == f"http://127.0.0.1:{first_run.port}"
    for name in ("AXME_API_KEY", "AXME_ACTOR_TOKEN", "DEMO_MANAGER_PASSWORD", "DEMO_OPS_PASSWORD"):
        assert values[name]
        assert values[name] not in first_run.output
    assert {"DEMO_MANAGER_EMAIL", "DEMO_DEPUTY_EMAIL", "DEMO_OPS_EMAIL"} <= set(values)
    assert first_run.to_decide >= 20
    assert first_run.intents == 200
    assert first_run.exit_code == 0, first_run.output


def test_it_tells_what_it_is_at_and_then_where_to_go(first_run: FirstRun) -> None:
    told = ("Starting PostgreSQL ...", "Preparing the database ...", "Preparing the demo ...", "AXME Inbox is at http://")
    places = [first_run.output.index(line) for line in told]
    assert places == sorted(places)


def test_two_migrations_at_once_both_succeed(first_run: FirstRun) -> None:
    assert first_run.migration.wait() == 0, first_run.migration.output
    assert first_run.exit_code == 0, first_run.output


def test_one_click_on_what_it_printed_shows_the_inbox_of_the_demos_manager(running: Running) -> None:
    found = re.search(r"See the demo as Maria, who decides: (\S+)", running.up.output)
    assert found is not None, running.up.output
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(found[1], timeout=60) as page:
        assert page.url == f"http://127.0.0.1:{running.up.port}/inbox"
        assert "Maria Manager" in page.read().decode()


def to_decide(up: Up, keys: dict[str, str]) -> set[str]:
    """The ids of what the demo's manager has to decide."""
    status, body = get(up.port, "/v1/me/tasks?limit=200", {"authorization": f"Bearer {keys['DEMO_MANAGER_TOKEN']}"})
    assert status == 200
    return {one["task_id"] for one in json.loads(body)["tasks"]}


@turns.one(0, of=2)
def test_it_stops_cleanly_and_a_second_start_finds_the_same_data(first_run: FirstRun) -> None:
    with copied(first_run.folder) as starts:
        keys = env_file.read(starts.folder / "demo.env")
        found = []
        for how in (signal.SIGTERM, signal.SIGINT):
            up = starts.ready()
            found.append(to_decide(up, keys))
            assert up.stop(how) == 0, up.output
            assert "Traceback" not in up.output
            assert postgres.Server(starts.folder).pid is None
        assert env_file.read(starts.folder / "demo.env") == keys | {"AXME_BASE_URL": f"http://127.0.0.1:{up.port}"}
    assert len(found[0]) == first_run.to_decide
    assert found[1] == found[0]


@turns.one(1, of=2)
def test_a_killed_one_leaves_a_database_that_the_next_one_adopts(starts: Starts) -> None:
    first = starts.ready()
    keys = env_file.read(starts.folder / "demo.env")
    database = postgres.Server(starts.folder).pid
    first.stop(signal.SIGKILL)
    assert postgres.Server(starts.folder).pid == database
    second = starts.ready()
    assert postgres.Server(starts.folder).pid == database
    assert env_file.read(starts.folder / "demo.env") == keys
    assert second.stop(signal.SIGTERM) == 0
    assert postgres.Server(starts.folder).pid is None


@turns.one(0, of=2)
def test_a_change_of_the_code_starts_the_server_anew_and_keeps_the_database(starts: Starts) -> None:
    variables = starts.variables | {"DEBUG": "1"}
    dev = Process(starts.guarded, [sys.executable, "manage.py", "dev"], variables)
    port = int(variables["PORT"])
    dev.wait_until_ready(port)
    database = postgres.Server(starts.folder).pid
    assert database is not None
    starts.guarded.watch(database)
    os.utime(ROOT / "axme_site" / "__init__.py")
    deadline = time.monotonic() + START_SECONDS
    while dev.output.count("AXME Inbox is at") < 2:
        assert time.monotonic() < deadline, dev.output
        time.sleep(0.1)
    dev.wait_until_ready(port)
    assert postgres.Server(starts.folder).pid == database
    assert dev.stop(signal.SIGTERM) == 0, dev.output
    assert postgres.Server(starts.folder).pid is None
    assert get(port, "/health") == (None, b"")


@turns.one(1, of=2)
def test_a_killed_database_is_started_again(starts: Starts) -> None:
    up = starts.ready()
    killed = postgres.Server(starts.folder).pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + START_SECONDS
    while postgres.Server(starts.folder).pid in {killed, None}:
        assert time.monotonic() < deadline, up.output
        time.sleep(0.05)
    up.wait_until_ready(up.port)
    assert up.stop(signal.SIGTERM) == 0


@turns.one(0, of=2)
def test_told_to_stop_while_starting_it_leaves_nothing_running(starts: Starts) -> None:
    up = starts.up()
    until_there_is_a_database(starts, up)
    assert up.stop(signal.SIGTERM) == 0, up.output
    assert "Traceback" not in up.output
    assert postgres.Server(starts.folder).pid is None


def test_a_second_one_in_the_same_folder_is_refused(running: Running) -> None:
    refused = running.starts.refused(PORT=str(free_port()))
    assert re.search(f"DATA_DIR .* is in use by process {running.up.pid}", refused)


def test_a_port_in_use_is_refused(running: Running, guarded: Guarded) -> None:
    other = Starts(guarded, guarded.folder / "other")
    assert f"port {running.up.port}: Address already in use" in other.refused(PORT=str(running.up.port))


def test_a_folder_that_cannot_be_written_is_refused(starts: Starts, guarded: Guarded) -> None:
    (guarded.folder / "file").touch()
    line = starts.refused(DATA_DIR=str(guarded.folder / "file" / "data"))
    assert line.startswith("Cannot start: DATA_DIR")
    assert "file/data" in line


def test_a_cluster_of_another_version_is_refused(starts: Starts) -> None:
    (postgres.Server(starts.folder).data / "PG_VERSION").write_text("13\n")
    assert "was made by PostgreSQL 13" in starts.refused()


def test_a_database_that_does_not_answer_is_refused(starts: Starts, secret_variables: dict[str, str]) -> None:
    line = starts.refused(DATABASE_URL=f"postgresql://axme@127.0.0.1:{free_port()}/axme", **secret_variables)
    assert "the database does not answer" in line


def test_with_servers_given_it_starts_none(guarded: Guarded, scaled_variables: dict[str, str], migrated_url: str) -> None:
    starts = Starts(guarded, guarded.folder / "data")
    up = starts.ready(**(scaled_variables | {"DATABASE_URL": migrated_url}))
    assert postgres.Server(starts.folder).pid is None
    assert not (starts.folder / "postgres").exists()
    children = Path(f"/proc/{up.pid}/task/{up.pid}/children")
    if children.exists():
        assert children.read_text() == ""
    assert up.stop(signal.SIGTERM) == 0, up.output
