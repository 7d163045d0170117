"""Django's `migrate`, one at a time for a database, with no limit on how long a statement may run."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.commands import migrate
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from axme_site import direct

# Any number: it only has to be the same in every process.
LOCK = 7_416_201
RETRY_SECONDS = 0.2


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        with direct.connected(options["database"]):
            return self._migrate(*args, **options)

    def _migrate(self, *args: Any, **options: Any) -> Any:
        with connections[options["database"]].cursor() as cursor:
            # An index may take minutes to build; waiting for a lock stays limited, so that nobody queues behind us.
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        try:
            with one_at_a_time(options["database"]):
                direct.limit(options["database"])
                if options["verbosity"] == 0 and _has_all(options):
                    # As Django does then, but with the models as they are: put together anew from all migrations they
                    # are the same, and take longer than all else of a start.
                    emit_post_migrate_signal(0, options["interactive"], options["database"], apps=apps, plan=[])
                    return None
                return super().handle(*args, **options)
        finally:
            if not connections[options["database"]].in_atomic_block:
                connections[options["database"]].close()


def _has_all(options: dict[str, Any]) -> bool:
    """Whether the database has all migrations, and nothing but those was asked for."""
    if any(options[name] for name in ("app_label", "plan", "check_unapplied", "prune")):
        return False
    executor = MigrationExecutor(connections[options["database"]])
    without = executor.loader.unmigrated_apps if options["run_syncdb"] else ()
    if any(list(apps.get_app_config(label).get_models()) for label in without):
        return False
    return not executor.loader.detect_conflicts() and not executor.migration_plan(executor.loader.graph.leaf_nodes())


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
