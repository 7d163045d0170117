"""Copying a workspace's rows from one PostgreSQL into another: first all of them while it is open, then what is otherwise by
then. In the other it is one transaction, so nobody sees any of it before all is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from axme_site.cells.tables import KEPT, TenantTable, tables
from intents.accounts.models import EVERYTHING
from intents.accounts.stops import MOVING

Session = psycopg.Connection[Any]
STOPS = "intents_agentstop"
"""Of which one closes the workspace while it is moved: that is not copied."""


class Differs(Exception):
    """What is in the other cell is not what is here."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that are stored, and its key."""

    all: tuple[str, ...]
    key: tuple[str, ...]


@dataclass(slots=True)
class Copied:
    """How much was copied while the workspace was open, and after it was closed, in rows."""

    open: int = 0
    closed: int = 0
    removed: int = 0
    since: str = ""
    """The oldest transaction of which nothing is in the first copy."""
    columns: dict[str, Columns] = field(default_factory=dict)


_COLUMNS = """
SELECT array_agg(a.attname::text ORDER BY a.attname), (
    SELECT array_agg(k.attname::text ORDER BY k.attname) FROM pg_index i
    JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY(i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary
)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.oid = %s::regclass GROUP BY c.oid
"""

# Where more transactions were than there, what changed would be told there when as many have been.
_RENUMBER = sql.SQL(
    "UPDATE {} SET changed_in = pg_current_xact_id()::text::bigint"
    " WHERE workspace_id = %s AND changed_in > pg_current_xact_id()::text::bigint"
).format(sql.Identifier("intents_intent"))


class Copying:
    """Of one workspace, from `here` to `there`, which is in a transaction."""

    def __init__(self, here: Session, there: Session, workspace_id: UUID) -> None:
        self._here, self._there, self._id = here, there, workspace_id
        self.done = Copied()

    def first(self) -> None:
        """Copy all, as of one moment, but for what is copied at the end alone. Raises Differs."""
        with snapshot(self._here):
            self.done.since = str(one(self._here, "SELECT pg_snapshot_xmin(pg_current_snapshot())::xid::text"))
            for each in tables():
                self.done.columns[each.name] = self._columns(each)
                if not _late(each):
                    self.done.open += self._copy(each, self._whose(each), sql.SQL("{}").format(sql.Identifier(each.name)))
            for each in tables():
                if not _late(each) and each.name not in KEPT:
                    self._ensure_same(each, sql.SQL("true"))
        self._there.execute(_RENUMBER, [self._id])

    def rest(self) -> None:
        """Copy what is otherwise by now, in one snapshot in which nothing is written any more. Raises Differs."""
        with snapshot(self._here):
            changed = {each.name: self._changed(each) for each in tables() if not _late(each)}
            for each in reversed(tables()):
                if not _late(each) and each.name not in KEPT:
                    self._remove_gone(each, changed[each.name])
            for each in tables():
                if _late(each):
                    self._copy_numbered(each)
                elif changed[each.name]:
                    self._store(each)
            self._there.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for each in tables():
                if each.name not in KEPT:
                    self._ensure_same(each, sql.SQL("true") if _late(each) else self._is_new())
        self._there.execute(_RENUMBER, [self._id])

    def _columns(self, each: TenantTable) -> Columns:
        found = [session.execute(_COLUMNS, [each.name]).fetchone() for session in (self._here, self._there)]
        if found[0] != found[1] or found[0] is None:
            raise Differs(f"the table {each.name} has other columns there: migrate both cells")
        return Columns(tuple(found[0][0]), tuple(found[0][1]))

    def _whose(self, each: TenantTable) -> sql.Composed:
        whose = each.of(self._id, "t")
        if each.name != STOPS:
            return whose
        return sql.SQL("{} AND NOT (t.name = {} AND t.state = {})").format(whose, EVERYTHING, MOVING)

    def _is_new(self) -> sql.Composed:
        return sql.SQL("age(t.xmin) <= age({}::xid)").format(self.done.since)

    def _copy(self, each: TenantTable, where: sql.Composed, into: sql.Composable) -> int:
        """Raw rows, as the server itself writes and reads them."""
        names = _names(self.done.columns[each.name].all)
        read = sql.SQL("COPY (SELECT {} FROM {} t WHERE {}) TO STDOUT (FORMAT binary)").format(
            names, sql.Identifier(each.name), where
        )
        write = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(into, names)
        with self._here.cursor() as source, self._there.cursor() as target:
            if each.name in KEPT:  # from when it was here before
                return self._copy_missing(each, read)
            with source.copy(read) as out, target.copy(write) as entering:
                for piece in out:
                    entering.write(piece)
            return target.rowcount

    def _copy_missing(self, each: TenantTable, read: sql.Composed) -> int:
        self._temporary(each)
        self._into_temporary(each, read)
        names = _names(self.done.columns[each.name].all)
        insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING")
        done = self._there.execute(insert.format(sql.Identifier(each.name), names, names, _temporary(each)))
        self._there.execute(sql.SQL("DROP TABLE {}").format(_temporary(each)))
        return done.rowcount

    def _temporary(self, each: TenantTable) -> None:
        make = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        names = _names(self.done.columns[each.name].all)
        self._there.execute(make.format(_temporary(each), names, sql.Identifier(each.name)))

    def _into_temporary(self, each: TenantTable, read: sql.Composed) -> int:
        names = _names(self.done.columns[each.name].all)
        write = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(_temporary(each), names)
        with self._here.cursor() as source, self._there.cursor() as target:
            with source.copy(read) as out, target.copy(write) as entering:
                for piece in out:
                    entering.write(piece)
            return target.rowcount

    def _changed(self, each: TenantTable) -> int:
        """Rows that are new or changed since the first copy, beside the table there. Returns how many."""
        self._temporary(each)
        read = sql.SQL("COPY (SELECT {} FROM {} t WHERE {} AND {}) TO STDOUT (FORMAT binary)").format(
            _names(self.done.columns[each.name].all), sql.Identifier(each.name), self._whose(each), self._is_new()
        )
        return self._into_temporary(each, read)

    def _remove_gone(self, each: TenantTable, changed: int) -> None:
        """Remove what is not here any more, where the numbers of rows tell that there is such."""
        here = self._count(self._here, each, sql.SQL("true"))
        key = self.done.columns[each.name].key
        known = sql.SQL("NOT EXISTS (SELECT FROM {} n WHERE {})").format(_temporary(each), _same(key, "n", "t"))
        there = self._count(self._there, each, known) + changed
        if here == there:
            return
        still = sql.Identifier(f"axme_still_{each.name}")
        make = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        self._there.execute(make.format(still, _names(key), sql.Identifier(each.name)))
        read = sql.SQL("COPY (SELECT {} FROM {} t WHERE {}) TO STDOUT (FORMAT binary)")
        write = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(still, _names(key))
        with self._here.cursor() as source, self._there.cursor() as target:
            keys = read.format(_names(key), sql.Identifier(each.name), self._whose(each))
            with source.copy(keys) as out, target.copy(write) as entering:
                for piece in out:
                    entering.write(piece)
        gone = sql.SQL("DELETE FROM {} t WHERE {} AND NOT EXISTS (SELECT FROM {} s WHERE {})")
        done = self._there.execute(gone.format(sql.Identifier(each.name), self._whose(each), still, _same(key, "s", "t")))
        self.done.removed += done.rowcount

    def _store(self, each: TenantTable) -> None:
        """Store what `_changed` brought."""
        columns = self.done.columns[each.name]
        names, others = _names(columns.all), [one for one in columns.all if one not in columns.key]
        sets = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(one)) for one in others)
        then = sql.SQL("DO UPDATE SET {}").format(sets) if others and each.name not in KEPT else sql.SQL("DO NOTHING")
        insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT ({}) {}")
        done = self._there.execute(
            insert.format(sql.Identifier(each.name), names, names, _temporary(each), _names(columns.key), then)
        )
        self.done.closed += done.rowcount

    def _copy_numbered(self, each: TenantTable) -> None:
        """Copy rows whose ids the database gives, or that refer to such: there they get others."""
        columns = self.done.columns[each.name]
        self._temporary(each)
        read = sql.SQL("COPY (SELECT {} FROM {} t WHERE {}) TO STDOUT (FORMAT binary)").format(
            _names(columns.all), sql.Identifier(each.name), self._whose(each)
        )
        self.done.closed += self._into_temporary(each, read)
        if each.numbered:
            new = sql.SQL(
                "ALTER TABLE {} ADD new_id bigint; UPDATE {} SET new_id = nextval(pg_get_serial_sequence({}, 'id'))"
            )
            self._there.execute(new.format(_temporary(each), _temporary(each), sql.Literal(each.name)))
            others = [one for one in columns.all if one != "id"]
            insert = sql.SQL("INSERT INTO {} (id, {}) SELECT new_id, {} FROM {}")
            self._there.execute(insert.format(sql.Identifier(each.name), _names(others), _names(others), _temporary(each)))
            return
        others = [one for one in columns.all if one != each.column]
        insert = sql.SQL("INSERT INTO {} ({}, {}) SELECT p.new_id, {} FROM {} t JOIN {} p ON p.id = t.{}")
        parent = next(one for one in tables() if one.name == each.parents[0])
        own = sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(one)) for one in others)
        self._there.execute(
            insert.format(
                sql.Identifier(each.name),
                sql.Identifier(each.column),
                _names(others),
                own,
                _temporary(each),
                _temporary(parent),
                sql.Identifier(each.column),
            )
        )

    def _count(self, session: Session, each: TenantTable, also: sql.Composable) -> int:
        query = sql.SQL("SELECT count(*) FROM {} t WHERE {} AND {}").format(
            sql.Identifier(each.name), self._whose(each), also
        )
        return int(one(session, query))

    def _ensure_same(self, each: TenantTable, which: sql.Composable) -> None:
        """Raises Differs where the rows `which` are not the same in both, or not as many rows are there."""
        columns = self.done.columns[each.name]
        plain = [one for one in columns.all if not _late(each) or one not in ("id", each.column)]
        row = sql.SQL("hashtextextended(ROW({})::text, 0)::numeric").format(
            sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(one)) for one in plain)
        )
        query = sql.SQL("SELECT count(*), coalesce(sum({}) FILTER (WHERE {}), 0) FROM {} t WHERE {}")
        where = self._whose(each)
        expected = self._here.execute(query.format(row, which, sql.Identifier(each.name), where)).fetchone()
        if which.as_string() != "true":
            which = sql.SQL("EXISTS (SELECT FROM {} n WHERE {})").format(_temporary(each), _same(columns.key, "n", "t"))
        found = self._there.execute(query.format(row, which, sql.Identifier(each.name), where)).fetchone()
        if expected != found:
            raise Differs(f"{each.name}: {expected} here, {found} there")


@contextmanager
def snapshot(session: Session) -> Iterator[None]:
    """All that is read inside is as of one moment."""
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield
    finally:
        session.execute("ROLLBACK")


def one(session: Session, query: Any, *params: Any) -> Any:
    """The one value that a query finds, None without a row."""
    found = session.execute(query, params).fetchone()
    return found[0] if found else None


def _late(each: TenantTable) -> bool:
    """Whether it is copied at the end alone: ids change on the way."""
    return each.numbered or any(one.numbered for one in tables() if one.name in each.parents)


def _temporary(each: TenantTable) -> sql.Identifier:
    return sql.Identifier(f"axme_new_{each.name}")


def _names(columns: Any) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(str(one)) for one in columns)


def _same(key: tuple[str, ...], left: str, right: str) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{0}.{2} = {1}.{2}").format(sql.SQL(left), sql.SQL(right), sql.Identifier(name)) for name in key
    )
