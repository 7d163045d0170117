"""Where in what a tool sends something stands: a JSON Pointer (RFC 6901), or for what may be in a header, that header."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from intents.kernel.errors import InvalidField
from intents.kernel.unseen import ensure_seen

LONGEST = 255
LONGEST_ID = 255
_POINTER = re.compile(r"(/([^~/\s]|~[01])+)+")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_NOTHING = object()


def check_pointer(pointer: str, *, field: str) -> None:
    """Raises InvalidField."""
    if len(pointer) > LONGEST or not _POINTER.fullmatch(pointer):
        raise InvalidField(field, "a JSON Pointer, such as /data/object/id")


def check_places(places: str, *, field: str) -> None:
    """Raises InvalidField unless `places` are pointers and headers, with spaces between."""
    known = all(_POINTER.fullmatch(one) or _HEADER.fullmatch(one) for one in places.split())
    if len(places) > LONGEST or not known or not places.split():
        raise InvalidField(field, "JSON Pointers and headers with spaces between, such as /type or X-GitHub-Event /action")


def external_id(said: Mapping[str, Any], pointer: str) -> str:
    """The id of the job that a call is about. Raises InvalidField."""
    found = _text(_at(said, pointer))
    if found is None or not 1 <= len(found) <= LONGEST_ID:
        raise InvalidField(
            "body", f"no id of a job at {pointer}: a text of {LONGEST_ID} characters at most, or a whole number"
        )
    ensure_seen(found, field="body")
    return found


def event_type(said: Mapping[str, Any], places: str, *, headers: Mapping[str, str]) -> str:
    """What a call tells of, what stands at several places with dots between; empty when nothing is there. `headers` have
    names in lower case."""
    found = (_text(_at(said, one)) if one.startswith("/") else headers.get(one.lower()) for one in places.split())
    return ".".join(one for one in found if one)


def fits(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns is the name, or ends in `*` and begins as the name does."""
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in patterns)


def _at(said: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(said, Mapping):
            said = said.get(name, _NOTHING)
        elif isinstance(said, list) and name.isascii() and name.isdigit() and len(name) < 6 and int(name) < len(said):
            said = said[int(name)]
        else:
            return None
    return said


def _text(found: Any) -> str | None:
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else None
