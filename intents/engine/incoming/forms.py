"""Forms as browsers and many services send them: the fields by their names, a list where a name comes several times."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from django.utils.http import parse_header_parameters

from intents.engine.incoming.texts import decoded
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

FIELDS = 1000
"""A form of more is refused."""
_WIDE = "utf-16"
"""Percent signs stand for bytes, of which a character has two there: nobody sends that."""


def urlencoded(text: str, charset: str) -> dict[str, Any]:
    """The fields of a form of percent signs. Raises InvalidField."""
    if charset == _WIDE:
        raise InvalidField("body", f"a form is not sent in {charset}")
    try:
        found = parse_qsl(text.strip(), keep_blank_values=True, encoding=charset, errors="strict", max_num_fields=FIELDS)
    except UnicodeDecodeError:
        raise InvalidField("body", f"a field of the form is no text in {charset}") from None
    except ValueError:
        raise InvalidField("body", f"a form of more than {FIELDS} fields") from None
    return _together(found)


def multipart(body: bytes, *, delimiter: str, charset: str) -> dict[str, Any] | None:
    """The fields of a form in parts, RFC 7578. None when it is none, or has a file among them: nothing of it may be lost."""
    if not delimiter or not delimiter.isascii():
        return None
    found: list[tuple[str, str]] = []
    pieces = (b"\r\n" + body).split(b"\r\n--" + delimiter.encode())
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return _together(found)
        field = _field(piece, charset)
        if field is None or len(found) == FIELDS:
            return None
        found.append(field)
    return None


_PART = re.compile(rb"[ \t]*\r\n(?:(?P<head>.*?)\r\n)?\r\n(?P<content>.*)", re.DOTALL)


def _field(piece: bytes, charset: str) -> tuple[str, str] | None:
    found = _PART.fullmatch(piece)
    if found is None:
        return None
    headers = dict(_header(line) for line in decoded(found["head"] or b"", charset).split("\r\n"))
    kind, about = _parsed(headers.get("content-disposition", ""))
    if kind != "form-data" or "name" not in about or "filename" in about or "content-transfer-encoding" in headers:
        return None
    _, options = _parsed(headers.get("content-type", ""))
    return about["name"], decoded(found["content"], options.get("charset", charset).lower())


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _parsed(value: str) -> tuple[str, dict[str, str]]:
    try:
        kind, options = parse_header_parameters(value)
    except (ValueError, LookupError):
        return "", {}
    return kind, {name.lower(): str(one) for name, one in options.items()}


def _together(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Raises InvalidField for what no JSON text may hold."""
    found: dict[str, Any] = {}
    for name, value in fields:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    canonical.check(found)
    return found
