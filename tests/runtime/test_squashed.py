"""A first start makes the tables at once; a database that has had some of the migrations goes on by the others."""

import subprocess
import sys

import psycopg

from axme_site.postgres_binaries import installations
from tests import templates, turns
from tests.acceptance.processes import Process, secrets
from tests.services import Guarded

SOME = """
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
executor.loader.replace_migrations = False
executor.loader.build_graph()
executor.migrate([("intents", "0026_user_email_verified"), ("inbox", "0002_task_listed")])
"""
"""Migrates as far as an installation of the first release had."""


def dump(name: str) -> str:
    """What pg_dump writes of a database without its rows: columns, indexes and constraints, comments and settings."""
    command = [next(installations()) / "pg_dump", "--schema-only", templates.url(name)]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # Beginning and end have a word of their own each time.
    return "\n".join(line for line in written.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def applied(name: str) -> set[tuple[str, str]]:
    with psycopg.connect(templates.url(name)) as connection:
        rows = connection.execute("SELECT app, name FROM django_migrations WHERE app IN ('inbox', 'intents')")
        return {(app, name) for app, name in rows}


@turns.one(0, of=2)
def test_a_database_of_the_first_release_gets_the_tables_of_a_new_one() -> None:
    at_once, by_steps = templates.create(templates.migrated()), templates.create()
    guarded = Guarded()
    variables = secrets() | {
        "DATABASE_URL": templates.url(by_steps),
        "DATA_DIR": str(guarded.folder),
        "DJANGO_SETTINGS_MODULE": "axme_site.settings",
    }
    try:
        for command in ([sys.executable, "-c", SOME], [sys.executable, "manage.py", "migrate", "--verbosity=0"]):
            migrating = Process(guarded, command, variables)
            assert migrating.wait() == 0, migrating.output
        assert dump(by_steps) == dump(at_once)
        assert applied(at_once) == applied(by_steps)
    finally:
        guarded.end()
        templates.drop(at_once)
        templates.drop(by_steps)
