"""Requests that are passed on to another cell."""

import asyncio
from typing import Any

from django.db import OperationalError
from pytest_django.fixtures import Settings

from axme_site.cell_settings import Cell
from axme_site.cells import passing
from axme_site.cells.passing import CellsEdge
from intents.kernel.errors import RateLimited
from tests.cells.elsewhere import NOWHERE, Client, Elsewhere


class Streams:
    def worded(self, path: str, body: bytes) -> bytes:
        return body


def edge(cell: Cell | None) -> CellsEdge:
    made = CellsEdge(threads=(), bridge=None, streams=Streams(), sockets=None)

    async def cell_of(path: str, headers: Any, address: str) -> Cell | None:
        return cell

    made._directory.cell_of = cell_of  # type: ignore[method-assign]
    return made


def test_a_request_is_passed_on_and_its_answer_comes_back() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            client = Client("/v1/intents", b"{}", x_api_key="k", connection="close", x_forwarded_for="198.51.100.1")
            client.scope["headers"].append((b"x-forwarded-proto", b"https"))
            await edge(Cell("east", NOWHERE, url))(client.scope, client.receive, client.send)
        assert (client.status, client.body) == (202, b"firstlast")
        assert (b"x-trace-id", b"there") in client.sent[0]["headers"]
        (head,), (body,) = elsewhere.heads, elsewhere.bodies
        assert body == b"{}"
        assert head.startswith("post /v1/intents?a=1 http/1.1")
        assert "x-forwarded-for: 192.0.2.7\r\n" in head
        assert "x-forwarded-proto" not in head
        assert "axme-hops: 1\r\n" in head
        assert "x-api-key: k\r\n" in head

    asyncio.run(asked())


def test_no_path_leads_to_another_host() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            for raw in ("%2Fv1%2F@127.0.0.1:1/x", "/v1/a;b", "/v1/a#b"):
                client = Client("/v1/x")
                client.scope["raw_path"] = raw.encode()
                await edge(Cell("east", NOWHERE, url))(client.scope, client.receive, client.send)
                assert client.status == 202
                assert elsewhere.heads.pop().startswith(f"post {raw.lower()}?a=1 http/1.1")

    asyncio.run(asked())


def test_a_body_whose_client_leaves_does_not_pass_for_whole() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            client = Client("/v1/callbacks/axme_cb_1")
            client.scope["headers"] = []
            pieces = iter([{"type": "http.request", "body": b"part", "more_body": True}, {"type": "http.disconnect"}])

            async def receive() -> dict[str, Any]:
                return next(pieces)

            await edge(Cell("east", NOWHERE, url))(client.scope, receive, client.send)
            await elsewhere.left.wait()
        assert elsewhere.bodies == [b"4\r\npart\r\n"]
        assert client.sent == []

    asyncio.run(asked())


def test_a_process_that_stops_ends_streams_and_carries_calls_through() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            passed = edge(Cell("east", NOWHERE, url))
            stream, poll, call = Client("/v1/stream"), Client("/v1/silent", method="GET"), Client("/v1/silent")
            asking = [asyncio.ensure_future(passed(one.scope, one.receive, one.send)) for one in (stream, poll)]
            await stream.first.wait()
            await elsewhere.came.wait()
            elsewhere.came.clear()
            calling = asyncio.ensure_future(passed(call.scope, call.receive, call.send))
            await elsewhere.came.wait()
            for break_off in list(passed._open):
                break_off()
            await asyncio.gather(*asking)
            assert (stream.status, stream.body, stream.sent[-1].get("more_body")) == (202, b"first", None)
            assert poll.status == 503
            assert not calling.done()
            call.leave.set()
            await calling

    asyncio.run(asked())


def test_a_stream_ends_there_when_its_client_leaves() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            client = Client("/v1/agents/a/intents/stream")
            asking = asyncio.ensure_future(edge(Cell("east", NOWHERE, url))(client.scope, client.receive, client.send))
            await client.first.wait()
            assert client.body == b"first"
            client.leave.set()
            await elsewhere.left.wait()
            await asking

    asyncio.run(asked())


def test_the_headers_of_a_stream_that_says_nothing_yet_come_back_at_once() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            client = Client("/v1/agents/quiet/intents/stream")
            asking = asyncio.ensure_future(edge(Cell("east", NOWHERE, url))(client.scope, client.receive, client.send))
            await asyncio.wait_for(client.begun.wait(), 60)
            assert (client.status, client.body) == (202, b"")
            client.leave.set()
            await elsewhere.left.wait()
            await asking

    asyncio.run(asked())


def test_where_this_cell_cannot_ask_its_database_it_is_503_and_not_a_wrong_key() -> None:
    async def away(path: str, headers: Any, address: str) -> Cell | None:
        raise OperationalError("gone")

    client, asked = Client("/v1/intents"), edge(None)
    asked._directory.cell_of = away  # type: ignore[method-assign]
    asyncio.run(asked(client.scope, client.receive, client.send))
    assert client.status == 503


def test_who_tries_too_many_keys_is_told_to_wait(settings: Settings) -> None:
    came: list[str] = []

    async def limited(path: str, headers: Any, address: str) -> Cell | None:
        came.append(address)
        raise RateLimited("too many", retry_after=7, limit=1, reset=1)

    for settings.BEHIND_PROXY in (False, True):
        client, asked = Client("/v1/intents", x_forwarded_for="198.51.100.1, 198.51.100.2"), edge(None)
        asked._directory.cell_of = limited  # type: ignore[method-assign]
        asyncio.run(asked(client.scope, client.receive, client.send))
        assert client.status == 429
        assert (b"retry-after", b"7") in client.sent[0]["headers"]
    assert came == ["192.0.2.7", "198.51.100.2"]


def test_a_cell_that_does_not_answer_and_cells_that_disagree_are_503() -> None:
    async def asked() -> None:
        for hops in ("0", str(passing.MOST_HOPS), "9" * 5000):
            client = Client("/v1/intents", axme_hops=hops)
            await edge(Cell("east", NOWHERE, "http://127.0.0.1:1"))(client.scope, client.receive, client.send)
            assert client.status == 503
            assert (b"retry-after", b"1") in client.sent[0]["headers"]

    asyncio.run(asked())
