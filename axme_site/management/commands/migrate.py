"""Django's `migrate`, one at a time for a database, with no limit on how long a statement may run."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

# Any number: it only has to be the same in every process.
LOCK = 7_416_201
RETRY_SECONDS = 0.2


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        with connections[options["database"]].cursor() as cursor:
            # An index may take minutes to build; waiting for a lock stays limited, so that nobody queues behind us.
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        try:
            with one_at_a_time(options["database"]):
                return super().handle(*args, **options)
        finally:
            if not connections[options["database"]].in_atomic_block:
                connections[options["database"]].close()


@contextlib.contextmanager
def one_at_a_time(alias: str) -> Iterator[None]:
    """Hold the migration lock of a database, waiting for whoever holds it."""
    holder = connections[alias].copy()
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            # Asked again and again: a statement that waits holds a snapshot, and CREATE INDEX CONCURRENTLY in the
            # process that we wait for would wait for that snapshot.
            while not _locked(cursor):
                time.sleep(RETRY_SECONDS)
        yield
    finally:
        holder.close()


def _locked(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])
