"""What is made once in a run and copied by whoever needs one, because migrating takes as long as a hundred tests: a database
with the tables, and a DATA_DIR after a first `manage.py up`.

The processes of a run share them: the first that needs one makes it, and the others wait for it.
"""

import fcntl
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from axme_site import postgres
from axme_site.postgres_binaries import installations
from tests.acceptance.processes import Process, secrets
from tests.services import Guarded, free_port, run_folder, start_database

_numbers = itertools.count(1)


def made_once(name: str, make: Callable[[], Any]) -> Any:
    """What `make` returned, as JSON brings it back, in the process of this run that asked first."""
    with (run_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = run_folder() / f"{name}.json"
        if not made.exists():
            made.write_text(json.dumps(make()))
        return json.loads(made.read_text())


def migrated() -> str:
    """The name of a database with the tables and nothing in them; it is a template, nobody may connect to it."""
    found: str = made_once("migrated", _migrate)
    return found


def _migrate() -> str:
    name = create()
    guarded = Guarded()
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    migrating = Process(guarded, command, secrets() | {"DATABASE_URL": url(name), "DATA_DIR": str(guarded.folder)})
    assert migrating.wait() == 0, migrating.output
    guarded.end()
    return name


def data_dir() -> Path:
    """A DATA_DIR as `manage.py up` left it, its demo workspace unfilled. To copy: its files may be another user's."""
    return Path(made_once("data_dir", _first_up))


def _first_up() -> str:
    guarded = Guarded()
    folder, port = run_folder() / "first_up", free_port()
    if settings.EMBEDDED:
        _with_tables(folder)
    variables = {"DATA_DIR": str(folder), "PORT": str(port), "DATABASE_URL": "", "REDIS_URL": "", "DEMO_FILLED": "0"}
    up = Process(guarded, [sys.executable, "manage.py", "up"], variables)
    up.wait_until_ready(port)
    database = postgres.Server(folder).pid
    assert database is not None
    guarded.watch(database)
    assert up.stop(signal.SIGTERM) == 0, up.output
    guarded.end()
    return str(folder)


def _with_tables(folder: Path) -> None:
    """Make a DATA_DIR with the tables, for a quarter of what migrating it takes."""
    source, dump = create(migrated()), run_folder() / "tables.dump"
    programs = next(installations())
    folder.mkdir(mode=0o711)
    server = postgres.Server(folder, durable=False)
    server.start()
    try:
        subprocess.run([programs / "pg_dump", "--format=custom", f"--file={dump}", url(source)], check=True)
        target = f"postgresql://{postgres.USER}@/{postgres.DATABASE}?host={server.sockets}&port={postgres.PORT}"
        subprocess.run([programs / "pg_restore", "--exit-on-error", f"--dbname={target}", dump], check=True)
    finally:
        server.stop()
    drop(source)


def create(template: str = "template1") -> str:
    """The name of a new database on the tests' PostgreSQL, a copy of another one."""
    name = f"{run_folder().name}_{os.getpid()}_{next(_numbers)}"
    with _server() as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return name


def drop(name: str) -> None:
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def drop_all() -> None:
    """Drop what is left of this run's databases, on a server that outlives it. The run's own goes with all of them."""
    if settings.EMBEDDED:
        return
    with _server() as server:
        for (name,) in server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [run_folder().name]):
            drop(name)


def url(name: str) -> str:
    """The DATABASE_URL of a database on the tests' PostgreSQL."""
    entry = settings.DATABASES["default"]
    return f"postgresql://{entry['USER']}:{entry['PASSWORD']}@/{name}?host={entry['HOST']}&port={entry['PORT']}"


def _server() -> "psycopg.Connection[Any]":
    start_database()
    return psycopg.connect(url("postgres"), autocommit=True)
