"""How many rows of a test's database were written: a number that costs nothing to ask for.

To read all there is takes a hundred times as long, and whether any transaction wrote anything is known of the whole server
alone, which is that of other processes of the tests too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from django.db import connection

from tests import templates

_COUNTS = """
CREATE SEQUENCE tests_writes;
CREATE FUNCTION tests_note_write() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN PERFORM nextval('tests_writes'); RETURN NULL; END$$;
SELECT nextval('tests_writes');
"""
_COUNTED = """
CREATE TRIGGER tests_note_write AFTER INSERT OR UPDATE OR DELETE ON "{0}"
    FOR EACH ROW EXECUTE FUNCTION tests_note_write();
"""
_GONE = "DROP FUNCTION IF EXISTS tests_note_write CASCADE; DROP SEQUENCE IF EXISTS tests_writes;"


@contextmanager
def counted(tables: Sequence[str]) -> Iterator[None]:
    """Count the rows of these tables that are inserted, updated or deleted, while the block runs."""
    with psycopg.connect(templates.url(connection.settings_dict["NAME"]), autocommit=True) as counting:
        counting.execute(_GONE + _COUNTS + "".join(map(_COUNTED.format, tables)))
        try:
            yield
        finally:
            counting.execute(_GONE)


def count() -> int:
    """How many there were by now, also of what was not committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM tests_writes")
        return int(cursor.fetchone()[0])
