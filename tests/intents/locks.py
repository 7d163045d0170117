"""Two processes that lock the same rows, in one order or another."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import psycopg
from django.db import connection

from tests import templates
from tests.intents.feeds import in_thread

BLOCKED = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
AS_THEY_LIE = "SET lock_timeout = '30s'; SET enable_indexscan = off; SET enable_bitmapscan = off"


@contextmanager
def beside() -> Iterator[psycopg.Connection[Any]]:
    """Another process's connection, with a transaction that is rolled back."""
    with psycopg.connect(templates.url(connection.settings_dict["NAME"])) as other:
        yield other
        other.rollback()


def begin(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Do `work` in a thread, and come back when it waits for a lock."""
    came: list[object] = []

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(AS_THEY_LIE)
        came.append(work())

    thread = threading.Thread(target=copy_context().run, args=(in_thread, run))
    thread.start()
    with psycopg.connect(templates.url(connection.settings_dict["NAME"]), autocommit=True) as looking:
        while thread.is_alive():
            if looking.execute(BLOCKED).fetchone() == (True,):
                return thread, came
            time.sleep(0.01)
    raise AssertionError("it waited for nothing")
