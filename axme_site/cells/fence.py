"""What keeps the rows of a workspace as they are while they are moved: the database itself refuses to change them.

It says what it says of a row that another one locks, so requests are answered 503 and jobs come again."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from psycopg import errors, sql

from axme_site.cells.copying import Session
from axme_site.cells.tables import TenantTable, tables
from intents.accounts.stops import KEPT_WHILE_MOVING

TRIES = 60
"""Of a quarter of a second each, for which those wait who write the table."""
TRIES_TO_DROP = 8
"""For these all wait who read it, and nothing depends on them."""
PASSES, PASSES_NOT = "SET axme.moves = 'on'", "SET axme.moves = 'off'"
"""By this a session passes that removes the rows."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $fence$
BEGIN
    IF TG_OP <> 'INSERT' AND current_setting('axme.moves', true) IS DISTINCT FROM 'on' AND ({old}) THEN
        RAISE EXCEPTION {said} USING ERRCODE = 'lock_not_available';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF current_setting('axme.moves', true) IS DISTINCT FROM 'on' AND ({new}) THEN
        RAISE EXCEPTION {said} USING ERRCODE = 'lock_not_available';
    END IF;
    RETURN NEW;
END $fence$
"""
_OPEN = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $fence$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $fence$
"""
_TRIGGER = (
    "CREATE OR REPLACE TRIGGER {name} BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
)


def put_up(session: Session, workspace_id: UUID) -> None:
    """From each table on it waits for those who write to it; whoever waits for us meanwhile waits for milliseconds."""
    with _written_at_once(session):
        for each in tables():
            old, new = each.of(workspace_id, "OLD"), each.of(workspace_id, "NEW")
            function = sql.SQL(_FUNCTION).format(name=_name(each), old=old, new=new, said=sql.Literal(KEPT_WHILE_MOVING))
            _do(session, function, sql.SQL(_TRIGGER).format(name=_name(each), table=sql.Identifier(each.name)))


def take_down(session: Session) -> None:
    """Also where only a part of it stands. At once it lets all pass; and it is gone, but where somebody reads a table for
    long, as a backup does: then the rest is left to the next move."""
    found = session.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE starts_with(tgname, 'axme_moving_')")
    names = [sql.Identifier(f"axme_moving_{table}") for (table,) in found.fetchall()]
    with session.transaction():
        for name in names:
            session.execute(sql.SQL(_OPEN).format(name=name))
    with _written_at_once(session), suppress(errors.LockNotAvailable, errors.DeadlockDetected):
        for name in names:
            _do(session, sql.SQL("DROP FUNCTION {} CASCADE").format(name), tries=TRIES_TO_DROP)


@contextmanager
def _written_at_once(session: Session) -> Iterator[None]:
    """The disk is waited for once, after a hundred transactions: the last takes the others with it."""
    session.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        session.execute("RESET synchronous_commit")
    session.execute("SELECT pg_current_xact_id()")


def _do(session: Session, *statements: sql.Composed, tries: int = TRIES) -> None:
    for number in range(tries):
        try:
            with session.transaction():
                session.execute("SET LOCAL lock_timeout = '250ms'")
                for one in statements:
                    session.execute(one)
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if number == tries - 1:
                raise


def _name(each: TenantTable) -> sql.Identifier:
    return sql.Identifier(f"axme_moving_{each.name}")
