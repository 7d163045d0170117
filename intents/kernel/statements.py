"""Hand-written statements on Django's connection, prepared once per connection.

Django binds parameters in Python and never prepares, so PostgreSQL would plan a hot statement anew on every
request; planning a statement of several CTEs costs more than running it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from time import perf_counter
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Field, Model
from django.db.models.base import ModelState
from psycopg import RawCursor

M = TypeVar("M", bound=Model)
Params = Sequence[Any] | Mapping[str, Any]
Columns = Sequence[tuple[str, str]]
"""Names and SQL types."""

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|(s)|(%))")


_alias: ContextVar[str] = ContextVar("database", default=DEFAULT_DB_ALIAS)


def database() -> str:
    """The alias of the database that statements run on: the primary, unless `replica.read` reads a standby."""
    return _alias.get()


@contextmanager
def on_database(alias: str) -> Iterator[None]:
    """Inside the block statements run on another database."""
    token = _alias.set(alias)
    try:
        yield
    finally:
        _alias.reset(token)


def in_transaction() -> bool:
    """Whether one is running where statements run."""
    return connections[_alias.get()].in_atomic_block


def atomic() -> transaction.Atomic:
    """`transaction.atomic` where statements run: on a standby it only reads."""
    return transaction.atomic(using=_alias.get())


class Clause(NamedTuple):
    """A part of a statement, `name AS (...), name AS (...)`, and its parameters."""

    text: str
    params: Mapping[str, Any]


NO_CLAUSE = Clause("", {})


class _Numbered(NamedTuple):
    """A statement with PostgreSQL's own placeholders, `$1` and on. `names` are those of its parameters in that order."""

    text: str
    names: tuple[str, ...]


def rows(query: str, params: Params) -> list[tuple[Any, ...]]:
    """Run `query` prepared, in the running transaction if there is one, and return its rows (none when it returns no rows).

    Raises Django's database errors.
    """
    # The thread's own, looked up once: Django's `connection` looks it up for each attribute.
    own = connections[_alias.get()]
    own.ensure_connection()
    started = perf_counter()
    numbered = _numbered(query)
    values = [params[name] for name in numbered.names] if isinstance(params, Mapping) else params
    with own.wrap_database_errors, RawCursor(own.connection) as cursor:
        cursor.execute(numbered.text, values, prepare=True)
        fetched = cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []
    if own.queries_logged:
        own.queries_log.append({"sql": query, "time": f"{perf_counter() - started:.3f}"})
    return fetched


def objects(model: type[M], query: str, params: Params) -> list[M]:
    """The rows of `query`, whose columns are `columns(model, ...)`, as objects. Django's own way to them costs several times
    as much: it writes the SQL anew each time."""
    return [made(model, row) for row in rows(query, params)]


READ_AT_ONCE = 2000


def streamed(query: str, params: Params) -> Iterator[tuple[Any, ...]]:
    """The rows of `query`, of which the server keeps all but READ_AT_ONCE: for what may be more than memory holds. Not
    prepared."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        while found := cursor.fetchmany(READ_AT_ONCE):
            yield from found


def made(model: type[M], row: Sequence[Any]) -> M:
    """One row of `columns(model, ...)` as an object, as `from_db` makes it: but without Django's signals, which nobody
    hears here, and not field by field, which is most of what an object costs."""
    new = model.__new__(model)
    new._state = ModelState()
    new._state.adding, new._state.db = False, DEFAULT_DB_ALIAS
    new.__dict__.update(zip(_fields(model)[0], row, strict=True))
    return new


def new(model: type[M], **values: Any) -> M:
    """A new object as `model(...)` makes it of the values of columns, foreign keys by their `_id`, but without Django's
    signals, and not field by field."""
    plain, called = _blank(model)
    new = model.__new__(model)
    new._state = ModelState()
    new.__dict__.update(plain)
    new.__dict__.update(values)
    for name, default in called:
        if name not in values:
            new.__dict__[name] = default()
    return new


@lru_cache
def _blank(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """What a new object has by default, and what is made for each. What the database fills in is not among it."""
    own = [field for field in model._meta.concrete_fields if not field.generated and _has_own_default(field)]
    called = {field.attname: field.default for field in own if callable(field.default) and field.has_default()}
    return {field.attname: field.get_default() for field in own if field.attname not in called}, list(called.items())


def _has_own_default(field: "Field[Any, Any]") -> bool:
    """Whether an object has it before the database fills it in."""
    return field.has_default() or not field.has_db_default()


def insert(*batches: Sequence[Model]) -> None:
    """Store new objects, those of each batch of one model, by one prepared statement. Generated columns are left to the
    database, defaults in the database are not known."""
    store(batches)


def store(batches: Sequence[Sequence[Model]], also: Clause = NO_CLAUSE) -> None:
    """`insert`, and by the same statement what the part `also` writes."""
    text, params = inserts(*batches)
    if parts := ", ".join(filter(None, (text, also.text))):
        rows(f"WITH {parts} SELECT", {**params, **also.params})


def inserts(*batches: Sequence[Model]) -> tuple[str, dict[str, Any]]:
    """Parts of a statement (`WITH ...`) that `insert` the batches, one for each model, and their parameters."""
    made: dict[type[Model], list[Model]] = {}
    for one in chain.from_iterable(batches):
        made.setdefault(type(one), []).append(one)
        one._state.adding = False
    params = {f"rows{place}": records(rows, _typed(model)) for place, (model, rows) in enumerate(made.items())}
    return _inserts(tuple(made)), params


@lru_cache
def _inserts(models: tuple[type[Model], ...]) -> str:
    return ", ".join(f"stored{place} AS ({_insert_one(model, f'rows{place}')})" for place, model in enumerate(models))


def _insert_one(model: type[Model], parameter: str) -> str:
    names = ", ".join(name for name, _ in _typed(model))
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {names} FROM {recordset(parameter, 'v', _typed(model))}"


@lru_cache
def _typed(model: type[Model]) -> Columns:
    return [(field.attname, field.db_type(connection) or "") for field in model._meta.concrete_fields if not field.generated]


def columns(model: type[Model], alias: str) -> str:
    """SQL for all columns of `model` in the table `alias`."""
    _, found = _fields(model)
    return ", ".join(f"{alias}.{column}" for column in found)


@lru_cache
def _fields(model: type[Model]) -> tuple[list[str], list[str]]:
    """The names of attributes and columns, in one order."""
    names = [field.attname for field in model._meta.concrete_fields]
    return names, [column for field in model._meta.concrete_fields if (column := field.column)]


@lru_cache(maxsize=1024)
def _numbered(query: str) -> _Numbered:
    """`query` with `%(name)s` or `%s` numbered. psycopg does the same, but over again each time for a long statement."""
    names: dict[str, int] = {}

    def number(placeholder: re.Match[str]) -> str:
        name, positional, _percent = placeholder.groups()
        if name is None and positional is None:
            return "%"
        # Positional parameters are each their own.
        return f"${names.setdefault(name or str(len(names)), len(names) + 1)}"

    return _Numbered(_PLACEHOLDER.sub(number, query), tuple(names))


def array(parameter: str, kind: str) -> str:
    """SQL for an array parameter whose length the planner cannot know. Where it knows it, it plans the statement anew each
    time, in the belief that fewer elements than it would guess are worth that, which costs more than running it."""
    return f"ARRAY(SELECT unnest(%({parameter})s::{kind}[]))"


def recordset(parameter: str, alias: str, columns: Columns) -> str:
    """SQL for a table made of the parameter that `records` has written. One text costs far less than an array a column."""
    return f"json_to_recordset(%({parameter})s::json) AS {alias}({', '.join(f'{name} {kind}' for name, kind in columns)})"


def few(parameter: str, alias: str, columns: Columns) -> str:
    """`recordset` of rows by which others are looked up; the first of `columns` is an id. For a hundred rows, which the
    planner expects of any, it reads a small table whole, and a plan that was made then is kept when the table has grown. All
    ids are in this range, of which it expects one row: so what is joined is looked up by its key."""
    every = f"BETWEEN '{UUID(int=0)}' AND '{UUID(int=2**128 - 1)}'"
    return f"(SELECT * FROM {recordset(parameter, alias, columns)} WHERE {alias}.{columns[0][0]} {every}) AS {alias}"


def records(objects: Iterable[object], columns: Columns) -> str:
    """The attributes of `objects` that `columns` names, as the text that `recordset` reads."""
    names = [name for name, _ in columns]
    return written([{name: getattr(one, name) for name in names} for one in objects])


def written(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of values by their columns' names, as the text that `recordset` reads."""
    return _encoder.encode(rows)


def _plain(value: Any) -> str:
    match value:
        case UUID():
            return str(value)
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes() | memoryview():
            return f"\\x{value.hex()}"
    raise TypeError(f"no SQL text for a {type(value).__name__}")


_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=_plain)
