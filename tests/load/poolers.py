"""An installation behind PgBouncer in transaction mode: with far fewer sessions than connections, it works and goes on as
without."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import psycopg

from axme_site import postgres
from tests.load import decisions
from tests.load.load import Load
from tests.load.servers import START_SECONDS, Database
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet
from tests.services import Guarded, free_port

SESSIONS = 8
"""Of the pooler to the database. Two web processes and two workers alone make some 28 connections to it."""


class PgBouncer:
    """On the same port whenever it runs. Raises RuntimeError where there is none: Debian has it as `pgbouncer`."""

    def __init__(self, guarded: Guarded, database: Database) -> None:
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
        if program is None:
            raise RuntimeError("no PgBouncer found, and this needs one: apt-get install pgbouncer")
        self._program = program
        self._guarded = guarded
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"postgresql://{postgres.USER}@127.0.0.1:{self.port}/{postgres.DATABASE}"
        # It refuses to be root's; the database's socket lets in nobody else.
        self._owner = pwd.getpwuid(database.server.sockets.stat().st_uid)
        self._folder = guarded.folder / "pooler"
        self._folder.mkdir()
        users = self._folder / "users.txt"
        users.write_text(f'"{postgres.USER}" ""\n')
        (self._folder / "pooler.ini").write_text(
            f"""[databases]
{postgres.DATABASE} = host={database.server.sockets} port={postgres.PORT} dbname={postgres.DATABASE} user={postgres.USER}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {SESSIONS}
max_client_conn = 500
logfile = {self._folder / "pooler.log"}
pidfile = {self._folder / "pooler.pid"}
"""
        )
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def start(self) -> None:
        as_owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            as_owner = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}
        self._process = subprocess.Popen(
            [self._program, "-q", self._folder / "pooler.ini"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **as_owner,
        )
        self._guarded.watch(self._process.pid)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, (self._folder / "pooler.log").read_text()
            assert time.monotonic() < deadline, "PgBouncer does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None


class Pooled(Scaled):
    """An installation whose processes know the pooler, and the way past it."""

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.variables["DATABASE_DIRECT_URL"], autocommit=True, connect_timeout=5)


_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'axme' AND backend_type = 'client backend'"
_PREPARED = "SELECT count(*) FROM pg_prepared_statements"


def troubles(
    site: Pooled, pooler: PgBouncer, *, count: int, kills: int, races: int, seed: int, tell: Tell = quiet
) -> dict[str, Any]:
    """Kill the pooler every 5 s or so while at least `count` intents run; then let many people decide at once, migrate
    again, and make a backup and restore it."""
    chance = random.Random(seed)
    load = Load(site, count, payload={"seconds": 0.05})
    most = 0
    for number in range(kills):
        time.sleep(chance.uniform(3, 7))
        ((sessions,),) = site.rows(_SESSIONS)
        most = max(most, sessions)
        pooler.kill()
        time.sleep(chance.uniform(0, 1))
        pooler.start()
        tell(f"kill {number + 1} of {kills}; {load.accepted} accepted, {load.done} done")
    deliveries = load.finish(90 + count * 0.2)
    assert 0 < most <= SESSIONS, f"{most} sessions"
    raced = decisions.many_races(site, races=races, seed=seed, tell=tell)
    backup = site.guarded.folder / "backup"
    for name, command in (
        ("migrate", ["deploy/migrate"]),
        ("backup", [sys.executable, "manage.py", "backup", str(backup), "--verify"]),
    ):
        done = site.run(name, command)
        assert done.wait() == 0, done.output
        assert "axme.W" not in done.output.replace("axme.W003", "").replace("axme.W004", ""), done.output
    with psycopg.connect(pooler.url, autocommit=True, prepare_threshold=None) as through:
        assert through.execute(_PREPARED).fetchone() == (0,)
        assert through.execute("SHOW statement_timeout").fetchone() == ("10s",)
    return {"intents": load.accepted, "kills": kills, "deliveries": deliveries, "sessions": most, "races": raced["races"]}
