"""CloudEvents 1.0 over HTTP, https://github.com/cloudevents/spec: both ways to send one become its JSON form, the attributes
beside the data."""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from intents.engine.incoming.texts import decoded
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

STRUCTURED = "application/cloudevents+json"
"""The media type of an event whose attributes are in the body."""
PREFIX = "ce-"
MARK = PREFIX + "specversion"
"""The header that tells of an event whose attributes are in headers, and whose data are the body."""
REQUIRED = ("specversion", "id", "source", "type")
_NAME = re.compile(r"[a-z0-9]{1,40}")
_OURS = ("data", "data_base64", "datacontenttype")
"""Of the JSON form what no header says: these tell of the body."""


def structured(body: bytes) -> dict[str, Any]:
    """An event in one JSON object. Raises InvalidField."""
    event = canonical.parse(body)
    if not isinstance(event, dict):
        raise InvalidField("body", "a CloudEvent is a JSON object")
    return _whole(event)


def binary(body: bytes, *, media: str, content_type: str, charset: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """An event whose attributes are in `headers`, by names in lower case. Raises InvalidField."""
    event: dict[str, Any] = {}
    for header, value in headers.items():
        name = header.removeprefix(PREFIX)
        if header.startswith(PREFIX) and _NAME.fullmatch(name) and name not in _OURS:
            event[name] = _unquoted(name, value)
    if content_type:
        event["datacontenttype"] = content_type[:255]
    return _whole(event | _data(body, media, charset))


def _data(body: bytes, media: str, charset: str) -> dict[str, Any]:
    if not body:
        return {}
    if media in ("", "application/json", "text/json") or media.endswith("+json"):
        return {"data": canonical.parse(body)}
    try:
        return {"data": decoded(body, charset)}
    except InvalidField:
        return {"data_base64": base64.b64encode(body).decode()}


def _unquoted(name: str, value: str) -> str:
    """Values of headers are UTF-8 with percent signs (HTTP binding, 3.1.3.2). Raises InvalidField."""
    try:
        text = unquote(value.strip(), errors="strict")
    except UnicodeDecodeError:
        raise InvalidField(PREFIX + name, "no UTF-8 behind its percent signs") from None
    canonical.check(text)
    return text


def _whole(event: dict[str, Any]) -> dict[str, Any]:
    for name in REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidField(name, "a CloudEvent has this attribute, a text that is not empty")
    return event
