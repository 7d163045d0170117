"""Sends to many chat addresses from one confined process: `python -m tests.security.chats`."""

import socket
from typing import Any

from inbox.notifications.channels import outside
from intents.sending import confinement
from intents.sending.adapter import Adapter

NAMES = {
    "rebinding.example": ["8.8.8.8", "127.0.0.1"],
    "inside.example": ["127.0.0.1"],
    "both.example": ["8.8.8.8 127.0.0.1"],
}
"""What the resolver says of a name, the first time and later."""


def resolving() -> None:
    really = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host not in NAMES:
            return really(host, port, *rest, **options)
        said = NAMES[host].pop(0) if len(NAMES[host]) > 1 else NAMES[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, int(port))) for one in said.split()]

    socket.getaddrinfo = resolve


def work(request: dict[str, Any], way: Adapter) -> dict[str, Any]:
    return {"said": [outside.run(request | {"url": url}, way) for url in request["urls"]]}


if __name__ == "__main__":
    resolving()
    confinement.serve(work)
