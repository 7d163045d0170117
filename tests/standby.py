"""A second PostgreSQL that replicates the tests' own, by streaming, and this process's way to it."""

import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, router

from axme_site import databases, postgres
from axme_site.postgres_binaries import within_reach
from intents.engine import pulse
from intents.kernel import replica, statements
from tests import templates
from tests.callers import Answer, PersonCaller
from tests.services import Guarded

CONFLICT_MS = 500
"""So long replay waits for who reads: also what autovacuum does to the tables of a test is replayed."""
SLOT = f"standby_{os.getpid()}"
"""By it the primary keeps its log for a standby that is stopped: whoever drops a database meanwhile has it cut short."""


class Standby:
    """Made of the primary as it is; it lives until its folder's guard ends."""

    def __init__(self, guarded: Guarded) -> None:
        self.server = postgres.Server(guarded.folder / "standby", durable=False)
        self.name = str(connection.settings_dict["NAME"])
        self._copy()
        self.start()
        assert self.server.pid is not None
        guarded.watch(self.server.pid)

    @property
    def url(self) -> str:
        return f"postgresql://{postgres.USER}@/{self.name}?host={self.server.sockets}&port={postgres.PORT}"

    def start(self) -> None:
        self.server.start()

    def end(self) -> None:
        self.server.stop(0.0)
        with psycopg.connect(templates.url("postgres"), autocommit=True) as primary:
            still = "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = %s"
            primary.execute(still, [SLOT])
            primary.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])

    def _copy(self) -> None:
        self.server.data_dir.mkdir(mode=0o711)
        account = self.server._owner()
        self.server._make_folders(account)
        programs = self.server._binaries()
        programs = within_reach(programs, self.server.home) if account else programs
        command = [programs / "pg_basebackup", f"--dbname={templates.url('postgres')}", "-D", self.server.data]
        command += ["--create-slot", f"--slot={SLOT}"]
        owner: dict[str, Any] = {"user": pwd.getpwnam(account.pw_name).pw_uid} if account else {}
        subprocess.run(
            [*command, "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"],
            check=True,
            cwd=self.server.home,
            **owner,
        )
        with (self.server.data / "postgresql.auto.conf").open("a") as file:
            file.write(f"max_standby_streaming_delay = '{CONFLICT_MS}ms'\n")

    def execute(self, statement: str) -> Any:
        with self.server.connect(self.name) as session:
            return session.execute(statement).fetchone()

    def catch_up(self) -> None:
        """Wait until all that was committed is here."""
        with psycopg.connect(templates.url(self.name), autocommit=True) as primary:
            # A commit that waits for the disk takes with it those that did not.
            primary.execute("SET synchronous_commit = on; SELECT pg_current_xact_id()")
            (wanted,) = primary.execute("SELECT pg_current_wal_insert_lsn()").fetchone() or ("",)
        deadline = time.monotonic() + 60
        while self.execute(f"SELECT pg_last_wal_replay_lsn() >= '{wanted}'::pg_lsn") != (True,):
            assert time.monotonic() < deadline, "the standby does not follow"
            time.sleep(0.01)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It receives, and shows nothing of it."""
        self.execute("SELECT pg_wal_replay_pause()")
        while self.execute("SELECT pg_get_wal_replay_pause_state()") != ("paused",):
            time.sleep(0.01)
        try:
            yield
        finally:
            self.execute("SELECT pg_wal_replay_resume()")


@contextmanager
def configured(url: str) -> Iterator[None]:
    """This process knows the standby, as DATABASE_REPLICA_URL has it."""
    entry = databases.replica(url, of="a primary", application_name="axme", pooled=False)
    made = connections.configure_settings({"default": settings.DATABASES["default"], replica.ALIAS: entry})
    former = router.routers
    connections.settings[replica.ALIAS] = made[replica.ALIAS]
    router.__dict__["routers"] = [replica.Router()]
    replica.forget()
    try:
        yield
    finally:
        replica.forget()
        del connections[replica.ALIAS]
        del connections.settings[replica.ALIAS]
        router.__dict__["routers"] = former


def look() -> None:
    """As a worker does each second."""
    pulse.resume()
    statements.rows("UPDATE intents_pulse SET looked_at = clock_timestamp()", ())


@pytest.fixture(scope="module")
def standby_folder() -> Iterator[Guarded]:
    guarded = Guarded()
    yield guarded
    guarded.end()


@pytest.fixture(scope="module")
def standby_server(django_db_setup: None, django_db_blocker: Any, standby_folder: Guarded) -> Iterator[Standby]:
    with django_db_blocker.unblock():
        made = Standby(standby_folder)
    yield made
    made.end()


@pytest.fixture
def standby(standby_server: Standby, database: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standby]:
    """It runs, and has all that was committed so far. No worker looks, and a test on a busy machine may take long."""
    monkeypatch.setattr(replica, "LATEST_SECONDS", 120.0)
    monkeypatch.setattr(replica, "ASKED_SECONDS", 20.0)
    monkeypatch.setattr(replica, "ANSWER_SECONDS", 20.0)
    monkeypatch.setattr(replica._breaker, "_seconds", 120.0)
    if standby_server.server.pid is None:
        standby_server.start()
    look()
    standby_server.catch_up()
    with configured(standby_server.url):
        yield standby_server


def in_recovery() -> bool:
    ((found,),) = statements.rows("SELECT pg_is_in_recovery()", ())
    return bool(found)


def backend() -> int:
    ((pid,),) = statements.rows("SELECT pg_backend_pid()", ())
    return int(pid)


def overview(who: PersonCaller) -> dict[str, int]:
    return {tile["name"]: tile["value"] for tile in who.get("/operations/overview").ok()["tiles"]}


def listed(who: PersonCaller, address: str) -> Answer:
    """What a list has that a tile leads to."""
    parts = urlsplit(address)
    return who.get(parts.path.removeprefix("/v1"), **{name: values[0] for name, values in parse_qs(parts.query).items()})


def found(answer: Answer) -> int:
    total: int = answer.ok()["total"]
    return total


def counted() -> dict[str, int]:
    return {outcome: count for outcome, count in replica.counts.items() if count}
