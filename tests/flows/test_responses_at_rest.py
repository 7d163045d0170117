"""An open stream that nothing happens to costs next to nothing; there are thousands."""

import asyncio
from typing import Any

from intents.streams.sse import Response


class Client:
    """The other side of a response: what it was sent, and when it leaves."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.left = asyncio.Event()

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message["more_body"]:
            # As ASGI has it: a whole response is followed by this too.
            self.left.set()


async def _open() -> tuple[Client, Response, "asyncio.Task[None]"]:
    client = Client()
    response = Response(client.receive, client.send)
    await response.start()
    return client, response, asyncio.create_task(response.wait())


def test_at_rest_it_holds_no_task_but_the_requests_own() -> None:
    async def run() -> None:
        client, response, waiting = await _open()
        response.write(b"one")
        for _ in range(5):  # what writes does so in a few turns of the loop
            await asyncio.sleep(0)
        assert client.sent[-1]["body"] == b"one"
        assert asyncio.all_tasks() == {asyncio.current_task(), waiting}
        waiting.cancel()

    asyncio.run(run())


def test_it_is_over_when_the_client_leaves() -> None:
    async def run() -> None:
        client, response, waiting = await _open()
        client.left.set()
        await waiting
        assert response.over
        assert response.gone

    asyncio.run(run())


def test_it_is_over_after_its_last_words_are_sent() -> None:
    async def run() -> None:
        client, response, waiting = await _open()
        response.write(b"one ")
        response.end(b"two")
        await waiting
        assert response.over
        assert not response.gone
        assert b"".join(message.get("body", b"") for message in client.sent) == b"one two"

    asyncio.run(run())


def test_what_there_is_at_once_goes_out_with_the_headers_and_the_last_words_with_the_end() -> None:
    async def run() -> None:
        client, response, waiting = await _open()
        response.write(b"one ")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        response.write(b"two")
        response.end()
        await waiting
        assert [(one.get("body"), one.get("more_body")) for one in client.sent[1:]] == [(b"one ", True), (b"two", False)]

    asyncio.run(run())


def test_the_headers_of_one_that_nothing_happens_to_are_followed_by_an_empty_chunk() -> None:
    async def run() -> None:
        client, _, waiting = await _open()
        for _ in range(5):
            await asyncio.sleep(0)
        assert [one.get("body") for one in client.sent] == [None, b""]
        client.left.set()
        await waiting

    asyncio.run(run())
