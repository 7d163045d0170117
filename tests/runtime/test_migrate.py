"""Migrating: one at a time, and without the limits that requests have."""

import threading
import time

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.recorder import MigrationRecorder

from axme_site.management.commands import migrate

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_second_migration_waits_for_the_first() -> None:
    entered, second_done = threading.Event(), threading.Event()

    def second() -> None:
        entered.set()
        call_command("migrate", verbosity=0)
        second_done.set()

    thread = threading.Thread(target=second)
    with migrate.one_at_a_time("default"):
        thread.start()
        assert entered.wait(60)
        assert not second_done.wait(1)
    assert second_done.wait(60)
    thread.join()


def wait_until_asked_for(cursor: CursorWrapper) -> None:
    """Wait until another session's latest statement asks for the lock, whether it still runs or not."""
    deadline = time.monotonic() + 60
    cursor.execute("SELECT pg_backend_pid()")
    (me,) = cursor.fetchone() or (0,)
    while True:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE query LIKE %s AND pid <> %s AND datname = current_database() AND state <> 'idle'",
            ["%advisory_xact_lock%", me],
        )
        # The holder's latest statement is the same.
        if cursor.fetchone() == (2,):
            return
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_waiting_for_the_lock_blocks_no_concurrent_index() -> None:
    waiting = threading.Thread(target=lambda: call_command("migrate", verbosity=0))
    try:
        with migrate.one_at_a_time("default"), connection.cursor() as cursor:
            waiting.start()
            wait_until_asked_for(cursor)
            # Long enough for an autovacuum that happens to run; a waiter in the way would block for good.
            cursor.execute("SET statement_timeout = '30s'; SET lock_timeout = 0")
            cursor.execute("CREATE TABLE lock_probe (id int)")
            try:
                cursor.execute("CREATE INDEX CONCURRENTLY lock_probe_id ON lock_probe (id)")
            finally:
                cursor.execute("DROP TABLE lock_probe")
    finally:
        waiting.join(60)
        connection.close()
    assert not waiting.is_alive()


def test_the_lock_ends_with_its_holder() -> None:
    with pytest.raises(ZeroDivisionError), migrate.one_at_a_time("default"):
        raise ZeroDivisionError
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s), pg_advisory_unlock(%s)", [migrate.LOCK, migrate.LOCK])
        assert cursor.fetchone() == (True, True)


def test_where_there_is_nothing_to_migrate_what_comes_after_is_done_all_the_same() -> None:
    kept = Permission.objects.order_by("id").last()
    assert kept is not None
    kept.delete()
    call_command("migrate", verbosity=0)
    assert Permission.objects.filter(content_type=kept.content_type, codename=kept.codename).exists()


def test_a_migration_that_is_missing_is_made_up_for() -> None:
    recorder, last = MigrationRecorder(connection), ("admin", "0003_logentry_add_action_flag_choices")
    assert last in recorder.applied_migrations()
    recorder.record_unapplied(*last)  # which changes no table
    call_command("migrate", verbosity=0)
    assert last in recorder.applied_migrations()
