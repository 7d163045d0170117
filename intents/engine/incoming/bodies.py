"""The body of a callback as the JSON object that the waiting agent is given."""

import zlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters

from intents.engine.incoming import cloudevents, forms
from intents.engine.incoming.texts import decoded
from intents.kernel import canonical
from intents.kernel.errors import InvalidField, PayloadTooLarge, UnsupportedEncoding

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
GZIP = ("gzip", "x-gzip")
MEMBERS = 100
"""Parts that a gzip body may be made of: each is small work, and no service sends many."""
_GZIP_WINDOW = 31
"""For zlib: the largest window, with the header and the checksum of gzip."""


def unpacked(body: bytes, encoding: str) -> bytes:
    """`body` without the Content-Encoding `encoding`: none, or gzip. Never more than the limit is held in memory.

    Raises UnsupportedEncoding, InvalidField for what is no whole gzip, PayloadTooLarge for a body beyond the limit as it was
    sent or unpacked.
    """
    limit = settings.PAYLOAD_MAX_BYTES
    if len(body) > limit:
        raise too_large()
    named = encoding.strip().lower()
    if named in ("", "identity"):
        return body
    if named not in GZIP:
        raise UnsupportedEncoding(
            f"the header Content-Encoding says {named[:40]!r}: send gzip, or no encoding", encoding=named[:40]
        )
    return _gunzip(body, limit)


def _gunzip(body: bytes, limit: int) -> bytes:
    whole, rest = bytearray(), body
    for _ in range(MEMBERS):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            whole += member.decompress(rest, limit + 1 - len(whole))
        except zlib.error:
            raise InvalidField("body", "not gzip, as its Content-Encoding says, or damaged") from None
        if len(whole) > limit:
            raise too_large()
        if not member.eof:
            raise InvalidField("body", "the gzip data ends too early")
        rest = member.unused_data.lstrip(b"\0")
        if not rest:
            return bytes(whole)
    raise InvalidField("body", f"gzip data of more than {MEMBERS} parts")


def too_large() -> PayloadTooLarge:
    """Why a body is not read, or no further."""
    limit = settings.PAYLOAD_MAX_BYTES
    return PayloadTooLarge(f"the body is larger than {limit} bytes", field="body", limit=limit)


def result(body: bytes, *, content_type: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """What `body`, unpacked, says. `headers` have names in lower case.

    A CloudEvent becomes its JSON form, whichever way it came: its attributes beside its `data`. Else a JSON object is the
    result as it is, nothing is `{}`, a form is `{"form", "body", "content_type"}` and any other text `{"body",
    "content_type"}`. Raises InvalidField, PayloadTooLarge.
    """
    media, options = _media(content_type)
    if media == cloudevents.STRUCTURED:
        found = cloudevents.structured(body)
    elif cloudevents.MARK in headers:
        found = cloudevents.binary(body, media=media, content_type=content_type, charset=_charset(options), headers=headers)
    else:
        found = _plain(body, media, options, content_type)
    canonical.sized(found, "body")
    return found


def _plain(body: bytes, media: str, options: Mapping[str, str], content_type: str) -> dict[str, Any]:
    parsed: Any = None
    try:
        parsed = canonical.parse(body if body.strip() else b"{}")
    except InvalidField:
        if media in ("", "application/json") or media.endswith("+json"):
            raise
    if isinstance(parsed, dict):
        return parsed
    text = decoded(body, _charset(options))
    shown = {"body": text, "content_type": content_type[:255]}
    fields = None
    if media == FORM:
        fields = forms.urlencoded(text, _charset(options))
    elif media == MULTIPART:
        fields = forms.multipart(body, delimiter=options.get("boundary", ""), charset=_charset(options))
    return shown if fields is None else {"form": fields} | shown


def _charset(options: Mapping[str, str]) -> str:
    return options.get("charset", "utf-8").strip().lower()


def _media(content_type: str) -> tuple[str, Mapping[str, str]]:
    """The media type in lower case, and its parameters."""
    try:
        media, options = parse_header_parameters(content_type)
    except (ValueError, LookupError):
        return content_type.partition(";")[0].strip().lower(), {}
    return media.strip(), {name.lower(): str(value) for name, value in options.items()}
