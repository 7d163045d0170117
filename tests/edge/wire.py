"""Talking to a server byte by byte, where a client library would be too well-behaved."""

import http.client
import json
import select
import socket
import struct
from typing import Any

PATIENCE = 180.0
"""Seconds, in which a machine that does much else has started a server."""


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> "Wire":
        self.socket.sendall(data)
        return self

    def request(self, head: str, *headers: bytes, body: bytes = b"") -> "Wire":
        """Send `head` ("GET /path"), the headers, a Content-Length if there is a body, and the body."""
        lines = [f"{head} HTTP/1.1".encode(), b"Host: localhost", *headers]
        if body:
            lines.append(b"Content-Length: %d" % len(body))
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def answer(self, method: str = "GET") -> Answer:
        """The next answer."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        return Answer(response)

    @property
    def answered(self) -> bool:
        """Whether something of an answer is there."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def finish(self) -> Answer:
        """The next answer, and the end of the connection."""
        with self:
            return self.answer()

    def until(self, mark: bytes) -> bytes:
        """What comes up to and with `mark`."""
        seen = b""
        while mark not in seen:
            piece = self.socket.recv(4096)
            assert piece, f"closed after {seen!r}"
            seen += piece
        return seen

    def reset(self) -> None:
        """Drop the connection without a goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def ask(port: int, head: str, *headers: bytes, body: bytes = b"") -> Answer:
    """One request on a connection of its own."""
    with Wire(port) as wire:
        return wire.request(head, *headers, b"Connection: close", body=body).answer(head.partition(" ")[0])


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status
    body = answer.json()
    assert body["error"]["code"] == code
    assert body["detail"] == body["error"]["message"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
