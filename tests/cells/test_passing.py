"""Requests of workspaces that are in another cell."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from axme_site.cell_settings import Cell
from axme_site.cells import directory, passing
from axme_site.cells.directory import Directory, IsMoving, Unsure, carried
from axme_site.cells.passing import CellsEdge
from axme_site.threads import Threads
from intents.accounts.models import Workspace
from intents.kernel import secrets, statements
from tests import templates
from tests.callers import KeyCaller, PersonCaller

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads(1, "cells", longest_queue=10)
    yield made
    made.stop(5)


@pytest.fixture
def east(settings: Settings) -> Cell:
    """A cell whose PostgreSQL does not answer."""
    cell = Cell("east", NOWHERE, "http://127.0.0.1:1")
    settings.CELLS = {"east": cell}
    return cell


def place(workspace_id: UUID, state: str) -> None:
    statements.rows("DELETE FROM intents_placement", ())
    values = [workspace_id, "" if state == "here" else "east", state, uuid4()]
    statements.rows(
        "INSERT INTO intents_placement (workspace_id, path, cell, state, move, at)"
        " VALUES (%s, 'myorg/production', %s, %s, %s, clock_timestamp())",
        values,
    )


def test_what_a_request_carries(database: None) -> None:
    by_key = carried("/v1/intents", {b"x-api-key": b"axme_sa_1"})
    assert by_key == carried("/mcp", {b"authorization": b"Bearer axme_sa_1"})
    assert by_key is not None
    assert by_key.fingerprint == secrets.fingerprint("axme_sa_1")
    assert carried("/v1/callbacks/axme_cb_1", {}) == carried("/v1/x", {b"x-api-key": b"axme_cb_1"})
    tool = uuid4()
    assert carried(f"/v1/incoming/{tool}", {}) == directory.Token(b"", tool)
    assert carried("/v1/intents", {}) is None
    assert carried("/v1/intents", {b"authorization": b"Basic x"}) is None


def test_where_a_request_is_answered(
    threads: Threads, east: Cell, workspace: Workspace, machine: KeyCaller, alice: PersonCaller
) -> None:
    sent = [{name.encode(): value.encode() for name, value in one.headers.items()} for one in (machine, alice)]

    def where(headers: dict[bytes, bytes]) -> Cell | None:
        async def asked() -> Cell | None:
            return await Directory(threads).cell_of("/v1/intents", headers)

        return asyncio.run(asked())

    assert [where(headers) for headers in sent] == [None, None]
    for state, cell in (("here", None), ("moved", east)):
        place(workspace.id, state)
        assert [where(headers) for headers in sent] == [cell, cell]
    place(workspace.id, "moving")
    with pytest.raises(IsMoving):
        where(sent[0])
    with pytest.raises(Unsure):
        where({b"x-api-key": b"axme_sa_unknown"})


def test_a_key_that_only_another_cell_knows_is_asked_for_there(
    threads: Threads, settings: Settings, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = templates.url(str(connection.settings_dict["NAME"]))
    settings.CELLS = {"east": Cell("east", url, "http://east")}
    monkeypatch.setattr(statements, "rows", lambda query, params: [])

    async def where() -> None:
        found = Directory(threads)
        assert await found.cell_of("/v1/intents", {b"x-api-key": machine.secret.encode()}) == settings.CELLS["east"]
        assert await found.cell_of("/v1/intents", {b"x-api-key": b"axme_sa_unknown"}) is None
        found.close()

    asyncio.run(where())


class Elsewhere:
    """Web processes of another cell: what came, and the answer to it in pieces."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.left = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.heads.append(head)
        length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        self.bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 202 Accepted\r\nX-Trace-Id: there\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await writer.drain()
        if "/stream" in head:
            await reader.read()
            self.left.set()
        else:
            writer.write(b"4\r\nlast\r\n0\r\n\r\n")
            await writer.drain()
        writer.close()


class Client:
    """A request, and what came back."""

    def __init__(self, path: str, body: bytes = b"", **headers: str) -> None:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"a=1",
            "headers": [*named, (b"content-length", b"%d" % len(body))],
            "client": ("192.0.2.7", 1),
        }
        self.sent: list[Any] = []
        self.leave = asyncio.Event()
        self.first = asyncio.Event()
        self._body: bytes | None = body

    async def receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.first.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(one["body"] for one in self.sent[1:])


class Streams:
    def worded(self, path: str, body: bytes) -> bytes:
        return body


def edge(cell: Cell | None) -> CellsEdge:
    made = CellsEdge(threads=(), bridge=None, streams=Streams(), sockets=None)

    async def cell_of(path: str, headers: Any) -> Cell | None:
        return cell

    made._directory.cell_of = cell_of  # type: ignore[method-assign]
    return made


def test_a_request_is_passed_on_and_its_answer_comes_back() -> None:
    async def asked() -> None:
        elsewhere = Elsewhere()
        async with elsewhere.listening() as url:
            client = Client("/v1/intents", b"{}", x_api_key="k", connection="close", x_forwarded_for="198.51.100.1")
            await edge(Cell("east", NOWHERE, url))(client.scope, client.receive, client.send)
        assert (client.status, client.body) == (202, b"firstlast")
        assert (b"x-trace-id", b"there") in client.sent[0]["headers"]
        (head,), (body,) = elsewhere.heads, elsewhere.bodies
        assert body == b"{}"
        assert head.startswith("post /v1/intents?a=1 http/1.1")
        assert "x-forwarded-for: 192.0.2.7\r\n" in head
        assert "axme-hops: 1\r\n" in head
        assert "x-api-key: k\r\n" in head

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


def test_a_cell_that_does_not_answer_and_cells_that_disagree_are_503() -> None:
    async def asked() -> None:
        for hops in ("0", str(passing.MOST_HOPS)):
            client = Client("/v1/intents", axme_hops=hops)
            await edge(Cell("east", NOWHERE, "http://127.0.0.1:1"))(client.scope, client.receive, client.send)
            assert client.status == 503
            assert (b"retry-after", b"1") in client.sent[0]["headers"]

    asyncio.run(asked())
