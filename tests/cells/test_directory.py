"""In which cell a request's workspace is."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from axme_site import problems
from axme_site.cell_settings import Cell
from axme_site.cells import directory, strangers
from axme_site.cells.directory import Directory, IsMoving, Unsure, carried
from axme_site.threads import Threads
from intents.accounts.models import Workspace
from intents.kernel import secrets, statements
from intents.kernel.errors import RateLimited
from tests import templates
from tests.callers import KeyCaller, PersonCaller
from tests.cells.elsewhere import NOWHERE


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
            return await Directory(threads, threads).cell_of("/v1/intents", headers)

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
        found = Directory(threads, threads)
        assert await found.cell_of("/v1/intents", {b"x-api-key": machine.secret.encode()}) == settings.CELLS["east"]
        assert await found.cell_of("/v1/intents", {b"x-api-key": b"axme_sa_unknown"}) is None
        found.close()

    asyncio.run(where())


def test_a_look_that_takes_long_is_not_waited_for_again(
    threads: Threads, east: Cell, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = statements.rows
    looks: list[str] = []

    def asked(query: str, params: Any) -> Any:
        looks.append(query)
        assert len(looks) < 9
        return ask(query, params)

    monkeypatch.setattr(statements, "rows", asked)
    monkeypatch.setattr(directory, "LOOK_SECONDS", 0.0)  # so each takes longer

    async def where() -> None:
        assert await Directory(threads, threads).cell_of("/v1/intents", {b"x-api-key": machine.secret.encode()}) is None

    asyncio.run(where())
    assert len(looks) == 2


def test_a_connection_that_was_cut_is_not_kept(
    threads: Threads, east: Cell, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("axme_site.threads.IDLE_SECONDS", float("inf"))  # as where one request follows the other

    async def where() -> None:
        found, headers = Directory(threads, threads), {b"x-api-key": machine.secret.encode()}
        ((pid,),) = await threads.run(statements.rows, "SELECT pg_backend_pid()", ())
        await asyncio.to_thread(_end_session, templates.url(str(connection.settings_dict["NAME"])), pid)
        with pytest.raises(problems.DATABASE_AWAY):
            await found.cell_of("/v1/intents", headers)
        assert await found.cell_of("/v1/intents", headers) is None

    asyncio.run(where())


def _end_session(url: str, pid: int) -> None:
    with psycopg.connect(url) as session:
        assert session.execute("SELECT pg_terminate_backend(%s, 60000)", [pid]).fetchone() == (True,)


def test_a_cell_that_does_not_answer_holds_up_nobody_whom_this_one_knows(
    threads: Threads, east: Cell, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, hangs = Threads(1, "there", longest_queue=10), threading.Event()
    calls: list[str] = []
    monkeypatch.setattr(directory, "ASK_SECONDS", 60)

    def connect(*_: object) -> Any:
        calls.append("connect")
        assert hangs.wait(60)
        raise psycopg.OperationalError("no answer")

    monkeypatch.setattr(Directory, "_session", connect)

    async def asked() -> None:
        found = Directory(threads, there)
        unknown = asyncio.ensure_future(found.cell_of("/v1/intents", {b"x-api-key": b"axme_sa_unknown"}))
        assert await found.cell_of("/v1/intents", {b"x-api-key": machine.secret.encode()}) is None
        assert not unknown.done()
        hangs.set()
        with pytest.raises(Unsure):
            await unknown
        found._away = dict.fromkeys(found._away, float("inf"))  # however slow this test is
        with pytest.raises(Unsure):
            await found.cell_of("/v1/intents", {b"x-api-key": b"axme_sa_another"})

    asyncio.run(asked())
    there.stop(5)
    assert calls == ["connect"]


def test_who_tries_keys_at_random_keeps_no_other_cell_busy(
    threads: Threads, settings: Settings, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELLS = {"east": Cell("east", NOWHERE, "http://east")}
    there: list[Any] = []
    known = {secrets.fingerprint("axme_sa_theirs"), secrets.fingerprint("axme_sa_new")}

    def asked(self: Directory, cell: Cell, params: dict[str, Any]) -> Any:
        there.append(params["fingerprint"])
        return (uuid4(),) if params["fingerprint"] in known else None

    monkeypatch.setattr(Directory, "_asked", asked)
    monkeypatch.setattr(directory, "ELSEWHERE_SECONDS", 0.0)
    monkeypatch.setattr(strangers, "UNKNOWN_SECONDS", float("inf"))  # however slow this test is
    monkeypatch.setattr(strangers, "WINDOW_SECONDS", 1e6)
    monkeypatch.setattr(strangers, "OF_ADDRESS", 2)
    monkeypatch.setattr(strangers, "OF_ALL", 3)
    found = Directory(threads, threads)
    bad, other = "192.0.2.7", "192.0.2.8"

    async def cell_of(key: str, address: str) -> Cell | None:
        return await found.cell_of("/v1/intents", {b"x-api-key": key.encode()}, address)

    async def all_of_it() -> None:
        east = settings.CELLS["east"]
        assert await cell_of("axme_sa_theirs", bad) == east
        for key in ("axme_sa_1", "axme_sa_1", "axme_sa_2"):
            assert await cell_of(key, bad) is None
        assert len(there) == 3, "what nobody knows is not asked for again at once"
        with pytest.raises(RateLimited):
            await cell_of("axme_sa_3", bad)
        assert len(there) == 3
        assert await cell_of(machine.secret, bad) is None, "who is of this cell"
        assert await cell_of("axme_sa_theirs", bad) == east, "who was known before"
        assert await cell_of("axme_sa_new", other) == east
        assert await cell_of("axme_sa_4", other) is None
        with pytest.raises(RateLimited):
            await cell_of("axme_sa_5", "192.0.2.9")

    asyncio.run(all_of_it())
