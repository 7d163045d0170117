"""What changed from one version of a scenario to the next, by path."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MOST = 50
"""Changes that are told of a version."""
_NAMES = ("step_id", "role")
"""By what the entries of a list are known, wherever they stand in it."""


class Difference(NamedTuple):
    """What stood at a path and what stands there now; ABSENT where nothing did or does."""

    path: str
    before: Any
    after: Any


ABSENT = object()


def between(before: Any, after: Any) -> list[Difference]:
    """The first changes between two documents."""
    found = []
    for one in _changes("", before, after):
        found.append(one)
        if len(found) == MOST:
            break
    return found


def _changes(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _changes(_at(path, name), before.get(name, ABSENT), after.get(name, ABSENT))
        return
    if isinstance(before, list) and isinstance(after, list):
        old, new = _named(before), _named(after)
        if old is not None and new is not None:
            yield from _changes(path, old, new)
            if [one for one in old if one in new] != [one for one in new if one in old]:
                yield Difference(path, ", ".join(old), ", ".join(new))
            return
    yield Difference(path, before, after)


def _named(entries: list[Any]) -> dict[str, Any] | None:
    """The entries by what they are called, where all are and no two the same."""
    names = [_name(one) for one in entries]
    if any(name is None for name in names) or len(set(names)) < len(names):
        return None
    return {str(name): one for name, one in zip(names, entries, strict=True)}


def _name(entry: Any) -> str | None:
    found = [entry.get(name) for name in _NAMES] if isinstance(entry, Mapping) else []
    return next((one for one in found if isinstance(one, str)), None)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
