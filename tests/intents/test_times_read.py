"""Times come from the database in UTC, to the microsecond, by the compiled reader."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection

from intents.kernel import statements
from intents.kernel.models import new_id
from intents.sending.models import EndpointHealth

TIMES = [
    datetime(2031, 3, 5, 12, 30, 15, 123456, UTC),
    datetime(2031, 3, 5, 0, 0, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 1, UTC),
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
]
QUERY = "SELECT unnest(%s::timestamptz[])"


def prepared() -> list[Any]:
    return [one for (one,) in statements.rows(QUERY, [TIMES])]


def by_cursor() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [TIMES])
        return [one for (one,) in cursor.fetchall()]


def by_named_cursor() -> list[Any]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(QUERY, [TIMES])
        return [one for (one,) in cursor.fetchall()]


@pytest.mark.parametrize("read", [prepared, by_cursor, by_named_cursor])
def test_a_time_is_read_as_it_was_written(database: None, read: Callable[[], list[Any]]) -> None:
    found = read()
    assert found == TIMES
    assert [one.utcoffset() for one in found] == [UTC.utcoffset(None)] * len(TIMES)
    assert [str(one) for one in found] == [str(one) for one in TIMES]


def test_an_object_has_the_times_it_was_stored_with(database: None) -> None:
    row = EndpointHealth(id=new_id(), workspace_id=new_id(), failing_since=TIMES[0], marked_at=TIMES[1])
    statements.insert([row])
    found = EndpointHealth.objects.get(id=row.id)
    assert (found.failing_since, found.marked_at, found.probe_at) == (TIMES[0], TIMES[1], None)
    found.delete()


def test_what_reads_times_is_psycopgs_own(database: None) -> None:
    connection.ensure_connection()
    used = connection.connection.adapters.get_loader(1184, psycopg.pq.Format.TEXT)
    own = psycopg.adapters.get_loader(1184, psycopg.pq.Format.TEXT)
    assert own is not None
    assert type(used(1184, None)) is own
