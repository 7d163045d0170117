"""Past the pooler, to PostgreSQL itself, for what needs a session of its own: migrations, backups."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from axme_site import databases


@contextmanager
def connected(alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Inside the block this thread's connection goes to DATABASE_DIRECT_URL. Without one there is no pooler, and all is as
    it is; also inside of another such block, be it about a database beside (`postgres_tools.connected_to`)."""
    connection = connections[alias]
    former, direct = connection.settings_dict, settings.DIRECT_DATABASE
    if direct is None or _past(former, direct):
        yield
        return
    connection.close()
    connection.settings_dict = former | direct
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = former


def _past(entry: Mapping[str, Any], direct: Mapping[str, Any]) -> bool:
    """Whether it leads past the pooler already, to whichever database."""
    return all(entry.get(name) == value for name, value in direct.items() if name != "NAME")


def limit(alias: str = DEFAULT_DB_ALIAS) -> None:
    """Have the server limit what the sessions that begin from now on may wait, as it cannot be told at the start of each
    behind a pooler. Called inside of `connected`, as the role that the pooler uses, too; of another it changes nothing."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        role, database = cursor.fetchone()
        if settings.DIRECT_DATABASE is None or role != settings.DATABASES[DEFAULT_DB_ALIAS]["USER"]:
            return
        for name, milliseconds in databases.TIMEOUTS.items():
            change = sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}")
            parts = (sql.Identifier(role), sql.Identifier(database), sql.Identifier(name), sql.Literal(milliseconds))
            cursor.execute(change.format(*parts))
