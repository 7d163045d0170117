"""What a page asks of the database, sent as one statement.

Each statement costs its way there and back, a snapshot and Python around it, most of them more than what they ask.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from intents.kernel import statements

T = TypeVar("T")
Row = Sequence[Any]

SHARED = ("intent", "now", "task", "user", "workspace")
"""Parameters that are the same to all who are asked together."""
VALUE = ("value",)
"""The columns of a statement that gives one text, be it long, or nothing."""
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_READERS: dict[str, Callable[[Any], Any]] = {"at": datetime.fromisoformat, "id": UUID}


class Sql(NamedTuple):
    """A statement to be asked with others. `columns` are what it gives, in order: what ends with `at` is a time and with
    `id` an id, which are read as such; any other is a text, an integer, a truth or JSON. VALUE gives one text at most. What
    `writes` takes effect, and the others see nothing of it."""

    text: str
    columns: tuple[str, ...]
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """A statement with its parameters, and what `read` makes of its rows."""

    sql: Sql
    params: Mapping[str, Any]
    read: Callable[[Sequence[Row]], T]


def alone(ask: Ask[T]) -> T:
    """What an ask reads, by a statement of its own."""
    return ask.read(statements.rows(ask.sql.text, ask.params))


def together(*asks: Ask[Any]) -> list[Any]:
    """What each of the asks reads, by one statement. Raises ValueError when they do not share what is SHARED."""
    text = _together(tuple(ask.sql for ask in asks))
    params: dict[str, Any] = {}
    for place, ask in enumerate(asks):
        for name, value in ask.params.items():
            if name not in SHARED:
                params[f"{name}_{place}"] = value
            elif params.setdefault(name, value) != value:
                raise ValueError(f"{name} is not the same to all")
    ((*found,),) = statements.rows(text, params)
    return [ask.read(_rows(ask.sql, value)) for ask, value in zip(asks, found, strict=True)]


@lru_cache(512)
def _together(all_of: tuple[Sql, ...]) -> str:
    """One row with a column for each: what is VALUE as it is, all else as the JSON of its rows."""
    parts, columns = list[str](), list[str]()
    for place, sql in enumerate(all_of):
        text = _PLACEHOLDER.sub(lambda found, place=place: _own(found[1], place), sql.text)  # type: ignore[misc]
        if sql.writes:
            parts.append(f"part{place} AS ({text})")
            text = f"SELECT * FROM part{place}"
        names = [f"c{number}" for number in range(len(sql.columns))]
        if sql.columns is VALUE:
            columns.append(f"({text})")
        else:
            row = f"json_build_array({', '.join(f'q.{name}' for name in names)})"
            columns.append(f"(SELECT json_agg({row}) FROM ({text}) q ({', '.join(names)}))")
    begun = f"WITH {', '.join(parts)} " if parts else ""
    return f"{begun}SELECT {', '.join(columns)}"


def _own(name: str, place: int) -> str:
    return f"%({name})s" if name in SHARED else f"%({name}_{place})s"


def _rows(sql: Sql, value: Any) -> Sequence[Row]:
    if value is None:
        return []
    if sql.columns is VALUE:
        return [(value,)]
    readers = _readers(sql.columns)
    for row in value:
        for place, reader in readers:
            if row[place] is not None:
                row[place] = reader(row[place])
    return value  # type: ignore[no-any-return]


@lru_cache
def _readers(columns: tuple[str, ...]) -> list[tuple[int, Callable[[Any], Any]]]:
    found = [(place, _READERS.get(name.rpartition("_")[2])) for place, name in enumerate(columns)]
    return [(place, reader) for place, reader in found if reader is not None]
