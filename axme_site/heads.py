"""What a request's head may hold, judged before anything is made of it."""

from collections.abc import Mapping
from typing import Any

HEAD_BYTES = 16 * 1024
"""The longest request line with all its headers. Daphne's own limit, so that both servers have one."""
BACKSLASHES = 256
"""In the cookies of one request. Django writes some where it quotes; before Python 3.11.10 and 3.12.6 the time to read a
quoted cookie grows with the square of their number (CVE-2024-7592)."""

TOO_LONG = f"the path and the query are longer than {HEAD_BYTES} bytes"
TOO_LARGE = f"the headers are larger than {HEAD_BYTES} bytes in all"
ODD_COOKIE = f"the cookies hold more than {BACKSLASHES} backslashes"


def refusal(scope: Mapping[str, Any]) -> tuple[int, str] | None:
    """Why a request or a socket is refused by its head alone: a status and words; None when it may pass."""
    line = len(scope["raw_path"]) + len(scope["query_string"])
    if line > HEAD_BYTES:
        return 414, TOO_LONG
    backslashes = 0
    for name, value in scope["headers"]:
        line += len(name) + len(value)
        if name == b"cookie":
            backslashes += value.count(b"\\")
    if line > HEAD_BYTES:
        return 431, TOO_LARGE
    return (431, ODD_COOKIE) if backslashes > BACKSLASHES else None
