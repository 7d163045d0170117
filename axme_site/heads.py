"""What a request's head may hold, judged before anything is made of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

HEAD_BYTES = 16 * 1024
"""The longest request line with all its headers. Daphne's own limit, so that both servers have one."""
BACKSLASHES = 256
"""In the cookies of one request. Django writes some where it quotes; before Python 3.11.10 and 3.12.6 the time to read a
quoted cookie grows with the square of their number (CVE-2024-7592)."""

TOO_LONG = f"the path and the query are longer than {HEAD_BYTES} bytes"
TOO_LARGE = f"the headers are larger than {HEAD_BYTES} bytes in all"
ENCODED = "the header Content-Encoding says {}: bodies are read as they are, send one without an encoding"
CALLBACKS, INCOMING = "/v1/callbacks/", "/v1/incoming/"
"""What comes here is unpacked, or refused where the waiting intent or the tool tells of it, by whoever reads it."""
ODD_COOKIE = f"the cookies hold more than {BACKSLASHES} backslashes"


class Refusal(NamedTuple):
    status: int
    code: str
    message: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


def refusal(scope: Mapping[str, Any]) -> Refusal | None:
    """Why a request or a socket is refused by its head alone; None when it may pass."""
    line = len(scope["raw_path"]) + len(scope["query_string"])
    if line > HEAD_BYTES:
        return Refusal(414, "payload_too_large", TOO_LONG)
    backslashes, encoding = 0, b""
    for name, value in scope["headers"]:
        line += len(name) + len(value)
        if name == b"cookie":
            backslashes += value.count(b"\\")
        elif name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            encoding = value
    if line > HEAD_BYTES:
        return Refusal(431, "payload_too_large", TOO_LARGE)
    if backslashes > BACKSLASHES:
        return Refusal(431, "payload_too_large", ODD_COOKIE)
    if encoding and not scope["path"].startswith((CALLBACKS, INCOMING)):
        words = ENCODED.format(encoding[:40].decode("latin-1"))
        return Refusal(415, "not_supported", words, ((b"accept-encoding", b"identity"),))
    return None
