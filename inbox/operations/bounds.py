"""How long one person's search may keep the database busy."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

import psycopg.errors as pg
from django.db import OperationalError

from inbox.operations.query import Query, narrowed
from intents.kernel import statements
from intents.kernel.errors import InvalidField

SECONDS = 3.0
"""A statement that looks for intents is broken off after this time."""
AGAIN_SECONDS = 60.0
"""Whoever asks the same again is told so at once for this time: an open page asks whenever something happens."""
MOST = 256

# What is counted or put in order by the hundred thousand fits into that memory.
_BEFORE = """
SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s::text, true),
       set_config('work_mem', '32MB', true)
"""
_mutex = threading.Lock()
_broken_off: OrderedDict[Hashable, float] = OrderedDict()


class TooBroad(InvalidField):
    """A search that reads too much to be answered in time."""


def rows(query: Query, statement: str, params: Mapping[str, Any], *, seconds: float | None = None) -> list[tuple[Any, ...]]:
    """The rows of a statement that carries out `query`. Raises TooBroad when they are not found within `seconds`, or
    SECONDS."""
    key = (params["workspace"], query.text, statement, seconds)
    if _lately(key):
        raise _too_broad(query)
    nested = statements.in_transaction()
    try:
        with statements.atomic():
            ((before, *_),) = statements.rows(_BEFORE, [f"{round((seconds or SECONDS) * 1000)}ms"])
            found = statements.rows(statement, params)
            if nested:
                # What goes on in the larger transaction has the limit that it had.
                statements.rows(_BEFORE, [before])
            return found
    except OperationalError as error:
        if not isinstance(error.__cause__, pg.QueryCanceled):
            raise
        _remember(key)
        raise _too_broad(query) from error


def _too_broad(query: Query) -> TooBroad:
    why = f"this search reads too much to be answered within {SECONDS:g} s; add a term that narrows it"
    return TooBroad("q", why, word=query.text[:200], why=why, suggestions=narrowed(query))


def _lately(key: Hashable) -> bool:
    with _mutex:
        return _broken_off.get(key, 0.0) > time.monotonic()


def _remember(key: Hashable) -> None:
    with _mutex:
        _broken_off[key] = time.monotonic() + AGAIN_SECONDS
        _broken_off.move_to_end(key)
        if len(_broken_off) > MOST:
            _broken_off.popitem(last=False)
