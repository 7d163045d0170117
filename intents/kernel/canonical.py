"""JSON at the edge and at rest: strict reading, one canonical form, one digest.

Reading refuses what could mean two things to two readers (I-JSON, RFC 7493): duplicate keys, NaN and infinities, NUL and
lone surrogates in strings, integers beyond 2^53, nesting over 64. Writing follows RFC 8785 (JSON Canonicalization Scheme).
"""

import decimal
import hashlib
import json
import math
import os
import re
from collections.abc import Iterable
from typing import Any

import rfc8785
from django.conf import settings

from intents.kernel.errors import InvalidField, PayloadTooLarge

MAX_DEPTH = 64
MAX_SAFE_INTEGER = 2**53 - 1
SALT_BYTES = 16

Json = dict[str, Any] | list[Any] | str | int | float | bool | None


class _Duplicate(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Duplicate(key)
            seen.add(key)
    return made


def _constant(name: str) -> Any:
    raise InvalidField("", f"{name} is not a JSON number")


def kept(text: str) -> float | None:
    """The double that the decimal number `text` becomes, or None when that is another number: written with as many digits,
    it is not the same."""
    double = float(text)
    if not math.isfinite(double):
        return None
    given = decimal.Decimal(text)
    digits = len("".join(map(str, given.as_tuple().digits)).strip("0")) or 1
    same = decimal.Context(prec=digits).create_decimal(decimal.Decimal(double)) == given
    return double if same else None


def _float(text: str) -> float:
    """Beyond 2^53 a decimal loses whole units, as an integer would; what it loses below is noise."""
    double = float(text)
    if abs(double) > MAX_SAFE_INTEGER and math.isfinite(double) and kept(text) is None:
        raise InvalidField("", "a number has more digits than JSON readers keep; send it as a string")
    return double


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


def parse(body: bytes) -> Any:
    """The JSON value in `body` (UTF-8, with or without byte order mark).

    Raises InvalidField naming the path (`payload.items.3.name`) of what is refused.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidField("", f"the body is not UTF-8 (byte {error.start})") from None
    try:
        value, end = _decoder.raw_decode(text, _skip_space(text, 0))
    except json.JSONDecodeError as error:
        raise InvalidField("", f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except _Duplicate as error:
        raise InvalidField(_shown(error.key), "this key appears twice in one object") from None
    except RecursionError:
        raise InvalidField("", f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:
        raise InvalidField("", "a number has too many digits") from None
    if _skip_space(text, end) != len(text):
        raise InvalidField("", "the body goes on after the JSON value")
    if _DOUBTFUL.search(text) or text.count("{") + text.count("[") > MAX_DEPTH:
        check(value)
    return value


_DOUBTFUL = re.compile(r"\\u|[0-9]{16}|[0-9][eE]")
"""What a sound text must have in it that a strict reader might refuse: an escaped character (NUL and half a pair cannot come
otherwise), a number of 16 digits, an exponent. Few bodies have, and only those are looked through value by value."""


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def check(value: Any) -> None:
    """Raises InvalidField at the first place in `value` that strict JSON refuses."""
    if not _sound(value, MAX_DEPTH):
        _refuse(value, "", 1)


def _sound(value: Any, levels: int) -> bool:
    """Whether all of `value` may pass. It keeps no path: almost every body is sound, and this runs on each one."""
    kind = type(value)
    if kind is str:
        return _sound_text(value)
    if kind is dict:
        return levels > 0 and all(_sound_text(key) and _sound(item, levels - 1) for key, item in value.items())
    if kind is list:
        return levels > 0 and all(_sound(item, levels - 1) for item in value)
    if kind is int:
        return bool(-MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER)
    return kind is not float or math.isfinite(value)


def _sound_text(text: str) -> bool:
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(value: Any, path: str, depth: int) -> None:
    if isinstance(value, str):
        if not _sound_text(value):
            raise InvalidField(path, "NUL characters and lone surrogates are not allowed in text")
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise InvalidField(path, f"nested deeper than {MAX_DEPTH} levels")
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            inner = f"{path}.{_shown(str(key))}".lstrip(".")
            if isinstance(key, str):
                _refuse(key, inner, depth)
            _refuse(item, inner, depth + 1)
    elif not _sound(value, MAX_DEPTH):
        raise InvalidField(path, "a number beyond what JSON readers agree on (2^53); send it as a string")


def _shown(key: str) -> str:
    """A key as part of an error path: printable, at most 80 characters."""
    return key.encode("ascii", "backslashreplace").decode().replace("\x00", "\\x00")[:80]


def dumps(value: Json) -> str:
    """`value` in the canonical form of RFC 8785."""
    if _simple(value):
        text = _encode(value)
        if text.isascii():
            return text
    return rfc8785.dumps(value).decode()


def sized(value: Json, field: str) -> str:
    """`value` in its canonical form, within the one limit for whatever may be any JSON: payloads, results, errors, states,
    controls, what a callback brings. Raises PayloadTooLarge, naming the limit."""
    text = dumps(value)
    limit = settings.PAYLOAD_MAX_BYTES
    if len(text) > limit or len(text.encode()) > limit:
        raise PayloadTooLarge(
            f"{field} is larger than {limit} bytes; put large data elsewhere and send its address", field=field, limit=limit
        )
    return text


def _simple(value: Any) -> bool:
    """Whether Python's own encoder, which is several times as fast, writes `value` in the canonical form if that is ASCII:
    floats it writes in another way, and keys beyond ASCII it may sort in another."""
    kind = type(value)
    inner: Iterable[Any]
    if kind is dict:
        inner = value.values()
        for key in value:
            if type(key) is not str:
                return False
    elif kind is list:
        inner = value
    else:
        inner = (value,)
    for item in inner:
        kind = type(item)
        if kind is dict or kind is list:
            if not _simple(item):
                return False
        elif kind is int:
            if not -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER:
                return False
        elif kind is not str and kind is not bool and item is not None and not isinstance(item, str):
            return False
    return True


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")).encode


def as_sent(value: Json, text: str) -> str | None:
    """`ordered` of a value whose canonical form is `text`; None where that has the same order."""
    sent = ordered(value)
    return None if sent == text else sent


ordered = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
"""A value as JSON whose objects have their keys in the order they were sent in, which is chosen for readers."""


def _integer(digits: str) -> int | float:
    """RFC 8785 writes the float 1e17 with all its digits; read as an integer it could not be written again."""
    number = int(digits)
    return number if abs(number) <= MAX_SAFE_INTEGER else float(digits)


_reader = json.JSONDecoder(parse_int=_integer)


def loads(text: str) -> Any:
    """What `dumps` or `ordered` wrote."""
    return _reader.decode(text)


def new_salt() -> bytes:
    """Random bytes that keep a digest of a short secret from being guessed."""
    return os.urandom(SALT_BYTES)


def digest(text: str, salt: bytes = b"") -> bytes:
    """SHA-256 over `salt` and canonical `text`, 32 bytes."""
    return hashlib.sha256(salt + text.encode()).digest()
