"""uvicorn sends the headers of an answer with what follows them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from axme_site.serve.uvicorn import Plain

Send = Callable[[dict[str, Any]], Awaitable[None]]
LENGTH = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
CHUNKS = {"type": "http.response.start", "status": 200, "headers": []}


class Transport:
    """What is written at a time, and in the end None."""

    def __init__(self) -> None:
        self.writes: list[bytes | None] = []

    def write(self, data: bytes) -> None:
        if data:
            self.writes.append(data)

    def close(self) -> None:
        self.writes.append(None)

    def is_closing(self) -> bool:
        return None in self.writes

    def get_extra_info(self, name: str) -> Any:
        return None

    def resume_reading(self) -> None:
        """As a transport does."""


def written(*messages: dict[str, Any] | None, ask: bytes = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") -> list[bytes | None]:
    """What goes out when an application sends these. None: it fails there, or once asked for the body it waits for that."""
    transport = Transport()

    async def application(scope: Any, receive: Any, send: Send) -> None:
        for message in messages:
            if message is None:
                raise ValueError
            if message["type"] == "receive":
                await receive()
            else:
                await send(message)

    async def main() -> None:
        config = Config(application, lifespan="off", log_config=None, access_log=False)
        config.load()
        protocol = Plain(config, ServerState(), {})
        protocol.connection_made(transport)  # type: ignore[arg-type]
        protocol.data_received(ask)
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks)

    asyncio.run(main())
    return transport.writes


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def test_an_answer_is_written_once() -> None:
    (whole,) = written(LENGTH, body(b"ok"))
    assert whole is not None
    assert whole.endswith(b"\r\n\r\nok")


def test_headers_do_not_wait_for_more_than_the_first_piece() -> None:
    head, one, end = written(CHUNKS, body(b"", more=True), body(b"one", more=True), body(b""))
    assert head is not None
    assert head.endswith(b"\r\n\r\n")
    assert (one, end) == (b"3\r\none\r\n", b"0\r\n\r\n")


def test_what_answers_head_is_its_headers() -> None:
    (head,) = written(LENGTH, body(b""), ask=b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n")
    assert head is not None
    assert head.endswith(b"content-length: 2\r\n\r\n")


@pytest.mark.parametrize("start", [LENGTH, CHUNKS])
def test_headers_go_out_before_a_connection_is_broken_off(start: dict[str, Any]) -> None:
    head, end = written(start, None)
    assert head is not None
    assert head.startswith(b"HTTP/1.1 200 ")
    assert end is None


def test_a_client_that_waits_to_be_told_to_go_on_is_told_at_once() -> None:
    ask = b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi"
    going_on, whole = written({"type": "receive"}, LENGTH, body(b"ok"), ask=ask)
    assert going_on == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert whole is not None
    assert whole.startswith(b"HTTP/1.1 200 ")
    assert whole.endswith(b"ok")
