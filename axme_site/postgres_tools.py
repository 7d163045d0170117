"""PostgreSQL's own programs, run on the database of this server, and other databases beside it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from axme_site import postgres_binaries

CONNECTING = ("host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey")
MAINTENANCE = "postgres"
"""The database that is connected to for changing others."""


class ProgramFailed(Exception):
    """One of PostgreSQL's programs is missing, or what it said when it failed."""


def run(name: str, *arguments: str) -> None:
    """Run one that is as new as the server, at least; the password goes by its environment. Raises ProgramFailed."""
    program = _program(name)
    environment = os.environ | {"PGPASSWORD": connection.connection.info.password}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramFailed(f"{name} failed: {done.stderr.strip()[-2000:]}")


def target() -> str:
    """How the programs reach the database that this process is connected to."""
    connection.ensure_connection()
    known = connection.connection.info.get_parameters()
    return make_conninfo("", **{name: known[name] for name in CONNECTING if known.get(name)})


def server_version() -> int:
    """The major version."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10_000


def create(name: str) -> None:
    """Make an empty database of this name beside the server's."""
    _maintain(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def drop(name: str) -> None:
    _maintain(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def replace(name: str, *, by: str) -> None:
    """Let the database `by` take the name and the place of another, which is gone afterwards. All or nothing."""
    former = f"{name}_former"
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    drop(former)
    _maintain(
        rename.format(sql.Identifier(name), sql.Identifier(former)),
        rename.format(sql.Identifier(by), sql.Identifier(name)),
    )
    drop(former)


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Everything inside the block is about another database of the same server."""
    former = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = former


def _maintain(*changes: sql.Composed) -> None:
    """Several changes are one transaction; one alone is none, which making and dropping a database ask for."""
    with connected_to(MAINTENANCE):
        connection.ensure_connection()
        known = {name: value for name, value in connection.connection.info.get_parameters().items() if name in CONNECTING}
        password = connection.connection.info.password
    with psycopg.connect("", **known, password=password, autocommit=len(changes) == 1) as maintenance:
        for change in changes:
            maintenance.execute(change)


def _program(name: str) -> Path:
    wanted = server_version()
    folders = [*postgres_binaries.installations()]
    if on_path := shutil.which(name):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / name).exists() and _major_version(folder / name) >= wanted:
            return folder / name
    raise ProgramFailed(f"no {name} of PostgreSQL {wanted} or newer is installed (Debian: postgresql-client-{wanted})")


def _major_version(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    number = said.rpartition(")")[2].split(".")[0].strip()
    return int(number) if number.isdigit() else 0
