"""Of many cases that are nearly alike a run of all tests tries those whose turn it is, and the soak `turns` all of them.

`make test` names the turn: the day. Without `TURN` in the environment all run, as when somebody asks for a test by its name.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar
from zlib import crc32

import pytest

TURN = int(os.environ.get("TURN") or -1)
WHOLE = bool(os.environ.get("WHOLE"))


def share(usual: int, *, whole: int) -> int:
    """How many cases are made by chance: `whole` in the soak `chance`, which sets WHOLE. The seed is another each time."""
    return whole if WHOLE else usual


def one(place: int, *, of: int) -> pytest.MarkDecorator:
    """The mark of a test that runs in one of so many turns."""
    return pytest.mark.turn(place, of)


def each(cases: Iterable[Any], *, of: int, ids: Sequence[str] | None = None) -> list[Any]:
    """Cases for `parametrize`, or `params` of a fixture: in each turn, one of so many. A tuple is several parameters."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)), id=ids[place] if ids else None, marks=one(place, of=of)
        )
        for place, case in enumerate(cases)
    ]


Case = TypeVar("Case")


def within(cases: Sequence[Case], number: int, *, of: int = 1) -> Sequence[Case]:
    """Of cases that one test tries on many things, that whose turn it is on the `number`th of these: whenever it is this
    thing's turn, which of so many it has, it meets another. Without a turn, all. A test of each turn is marked
    `one(0, of=1)`, for the soak `turns`."""
    return cases if TURN < 0 else [cases[(TURN // of + number) % len(cases)]]


SERVERS = each(("uvicorn", "daphne"), of=2)
"""Either server, by turns of the file."""


def others(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Those whose turn it is not."""
    if TURN >= 0:
        for item in items:
            if not all(has_turn(TURN, item.path.name, *mark.args) for mark in item.iter_markers("turn")):
                yield item


def has_turn(turn: int, file: str, place: int, of: int) -> bool:
    """Not all files try their first case, or the same server, on one day."""
    return (turn + crc32(file.encode()) + place) % of == 0
