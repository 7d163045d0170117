"""JSON pointers (RFC 6901): places inside of a JSON value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a pointer leads: a value by its key, with the object around it; an item of a list stands alone."""

    key: str
    beside: Mapping[str, Any]

    @property
    def value(self) -> Any:
        return self.beside[self.key]


def is_pointer(text: str) -> bool:
    """Whether `text` is a pointer to something inside of a value."""
    return text.startswith("/") and "~" not in text.replace("~0", "").replace("~1", "")


def of_key(key: str) -> str:
    """The pointer to a key of the outermost object."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def spot(pointer: str, value: Any) -> Spot | None:
    """Where `pointer` leads in `value`, None when that is nowhere."""
    found: Spot | None = None
    for part in _parts(pointer):
        found = _step(value, part)
        if found is None:
            return None
        value = found.value
    return found


def replaced(value: Any, pointer: str, by: Any) -> Any:
    """A copy of `value` with `by` where `pointer` leads, which is somewhere."""
    return _replaced(value, _parts(pointer), by)


def _replaced(value: Any, parts: list[str], by: Any) -> Any:
    if not parts:
        return by
    part, *rest = parts
    if isinstance(value, list):
        place = int(part)
        return [*value[:place], _replaced(value[place], rest, by), *value[place + 1 :]]
    return {**value, part: _replaced(value[part], rest, by)}


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _step(value: Any, part: str) -> Spot | None:
    if isinstance(value, dict):
        return Spot(part, value) if part in value else None
    if isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 7 and str(int(part)) == part:
        return Spot(part, {part: value[int(part)]}) if int(part) < len(value) else None
    return None
