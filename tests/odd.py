"""Something odd at each place of what comes from outside: half a character, NUL, the wrong type, far too long."""

import copy
from collections.abc import Iterator
from typing import Any

from tests import turns

NUL, HALF = "As\x00agreed", "As \ud83d agreed"
LONG = "x" * 200_000
"""A hundred times as much as a comment may have."""
ODD: list[Any] = [NUL, HALF, LONG, "", 7, 1e300, None, True, [], ["a"], {}, {"a": 1}]


def places(sent: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all that is in it."""
    inner = sent.items() if isinstance(sent, dict) else enumerate(sent) if isinstance(sent, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from places(one, (*at, key))


def spoilt(sent: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """It with something odd at each place, and what is where."""
    for number, path in enumerate(places(sent)):
        for odd in turns.within(ODD, number):
            made = copy.deepcopy(sent)
            place = made
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = odd
            yield f"{path}: {odd!r:.40}", made
