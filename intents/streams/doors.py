"""Paths outside of the API that are answered on the loop: an application registers each with what answers it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

Answer = Callable[[Hub, Scope, Receive, Send], Awaitable[None]]
"""Answers a request of any method. What it raises before its response has begun is answered as the API would."""

Refusal = Callable[[Mapping[str, Any]], Any]
"""From the body of a refusal as the API has it to JSON as those have it who ask at a path."""

known: dict[str, Answer] = {}
_refusals: dict[str, Refusal] = {}
_under: dict[str, tuple[str, Answer, Refusal]] = {}


def register(path: str, answer: Answer, *, refusal: Refusal | None = None) -> None:
    """Answer `path` by `answer`, and have what the server refuses there in its place say so by `refusal`."""
    known[path] = answer
    if refusal is not None:
        _refusals[path] = refusal


def register_under(prefix: str, route: str, answer: Answer, *, refusal: Refusal) -> None:
    """The same for what begins with `prefix`; logs and metrics show it as `route`."""
    _under[prefix] = (route, answer, refusal)


def found(path: str) -> tuple[str, Answer] | None:
    """What logs and metrics show of a path, and what answers it; None where that is nobody here."""
    if answer := known.get(path):
        return path, answer
    return next((door[:2] for prefix, door in _under.items() if path.startswith(prefix)), None)


def worded(path: str, body: bytes) -> bytes:
    """The body of a refusal, made as the API has it, for who asked at `path`."""
    refusal = _refusals.get(path) or next((door[2] for prefix, door in _under.items() if path.startswith(prefix)), None)
    return body if refusal is None else json.dumps(refusal(json.loads(body))).encode()
