"""For whom a request waits, before anybody has looked up who sends it."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from django.conf import settings

from intents import auth

Headers = Iterable[tuple[bytes, bytes]]


def credentials(headers: Headers) -> list[str]:
    """Those that a request brings, maybe. Headers have their names in lower case."""
    found = []
    for name, value in headers:
        if name == b"x-api-key":
            found.append(value.decode("latin-1"))
        elif name == b"authorization":
            found.append(value.decode("latin-1").partition(" ")[2].strip())
    return found


def asker(scope: Mapping[str, Any]) -> Hashable:
    """The workspace, where a credential was looked up before; else the session that a browser names, else the address that
    the request comes from. It says who waits for whom, and nothing about what anybody may do."""
    headers = scope["headers"]
    for credential in credentials(headers):
        if (workspace_id := auth.workspace_of(credential)) is not None:
            return workspace_id
    return _session(headers) or _address(scope)


def _session(headers: Headers) -> bytes:
    start = f"{settings.SESSION_COOKIE_NAME}=".encode()
    for name, value in headers:
        if name == b"cookie":
            for one in value.split(b";"):
                if (one := one.strip()).startswith(start):
                    return one
    return b""


def _address(scope: Mapping[str, Any]) -> str:
    if settings.BEHIND_PROXY:
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if forwarded:
            return str(forwarded[-1].rpartition(b",")[2].strip().decode("latin-1"))
    return str((scope.get("client") or ("",))[0])
