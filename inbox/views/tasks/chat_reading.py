"""What chats send, read: of all that comes along only what is ours, whatever stands beside it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from intents.kernel.errors import InvalidField

Json = dict[str, Any]


def whole(text: str | bytes, wrong: InvalidField) -> Json:
    """A JSON object. Raises `wrong` for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise wrong
    return found


def inner(sent: Mapping[str, Any], name: str) -> Json:
    """The object of that name; an empty one where there is none."""
    found = sent.get(name)
    return found if isinstance(found, dict) else {}


def identifier(sent: Mapping[str, Any], name: str, *, form: re.Pattern[str], whose: str, field: str = "") -> str:
    """The id of that name, in the form of `whose` chat. Raises InvalidField for the `field`, if not of that name."""
    found = sent.get(name)
    if not isinstance(found, str) or not form.fullmatch(found):
        raise InvalidField(field or name, f"an id, as {whose} has them")
    return found
