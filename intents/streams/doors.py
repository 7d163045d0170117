"""Paths outside of the API that are answered on the loop: an application registers each with what answers it."""

from collections.abc import Awaitable, Callable

from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

Answer = Callable[[Hub, Scope, Receive, Send], Awaitable[None]]
"""Answers a request of any method. What it raises before its response has begun is answered as the API would."""

known: dict[str, Answer] = {}


def register(path: str, answer: Answer) -> None:
    """Answer `path` by `answer`."""
    known[path] = answer
