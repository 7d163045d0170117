"""Workspaces that are moved to another PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pytest_django.fixtures import Settings

from axme_site import postgres_tools
from axme_site.cell_settings import Cell
from axme_site.cells import closing, copying, fence, leaving, moving
from axme_site.cells.copying import Differs
from axme_site.cells.tables import tables
from intents import auth
from intents.accounts.models import Workspace
from intents.audit import tree
from intents.engine import chains, invariants
from intents.engine.lifecycle import Status
from intents.feed import sequencer
from intents.kernel import statements
from tests import templates, turns
from tests.callers import KeyCaller, make_workspace
from tests.conftest import KEPT
from tests.intents import factory

PATH = "myorg/production"
ASKING = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {"amount": 7}}
TASK = {"human_task": {"title": "Refund?"}}


@pytest.fixture
def here(database: None) -> str:
    return templates.url(str(connection.settings_dict["NAME"]))


@pytest.fixture(scope="module")
def east_database() -> Iterator[str]:
    name = templates.create(templates.migrated())
    yield name
    templates.drop(name)


@pytest.fixture
def east(east_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    """Another cell, a database of the same server, with nothing in it."""
    monkeypatch.setattr(moving, "CLOSED_SECONDS", 0.0)
    monkeypatch.setattr(closing, "ORDER_SECONDS", 0.0)  # nothing gives places meanwhile
    url = templates.url(east_database)
    yield Cell("east", url, "http://east.example")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        for (table,) in session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            if table not in KEPT:
                session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


@contextmanager
def inside(cell: Cell) -> Iterator[None]:
    """This process is one of that cell's."""
    auth.forget()
    with postgres_tools.connected_to(str(conninfo_to_dict(cell.database_url)["dbname"])):
        yield
    auth.forget()


def count(query: str, *params: Any) -> int:
    ((found,),) = statements.rows(query, params)
    return int(found)


_AFTER = """
SELECT DISTINCT e.intent_id FROM intents_feedentry f JOIN intents_intentevent e ON e.id = f.event_id WHERE f.seq > %s
"""


def of_all(workspace: UUID) -> dict[str, int]:
    """How many rows of a workspace there are, by tables that have any."""
    with moving.session(templates.url(str(connection.settings_dict["NAME"]))) as session:
        found = {
            each.name: copying.one(
                session,
                sql.SQL("SELECT count(*) FROM {} t WHERE {}").format(sql.Identifier(each.name), each.of(workspace, "t")),
            )
            for each in tables()
        }
    return {name: number for name, number in found.items() if number}


@pytest.fixture
def filled(
    workspace: Workspace, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, foreign_machine: KeyCaller
) -> dict[str, Any]:
    """Intents of two workspaces: in every state, with a task, with an idempotency key."""
    made = {state: factory.make(state, sender=shop, handler=worker).id for state in factory.STATES}
    asked = machine.post("/intents", ASKING | TASK).ok()["intent_id"]
    once = machine.post("/intents", ASKING, key="once").ok()["intent_id"]
    foreign_machine.submit(to_agent="demo")
    while sequencer.sequence():
        pass
    while tree.append():
        pass
    seq = count("SELECT max(seq) FROM intents_feedentry")
    return {"asked": asked, "once": once, "seq": seq, "rows": of_all(workspace.id), "made": made}


def test_all_of_a_workspace_moves_and_goes_on_there(
    here: str,
    east: Cell,
    workspace: Workspace,
    filled: dict[str, Any],
    machine: KeyCaller,
    worker: KeyCaller,
    foreign_machine: KeyCaller,
    settings: Settings,
) -> None:
    settings.CELLS = {"east": east}
    call_command("move_workspace", PATH, to="east")
    auth.forget()
    assert machine.get(f"/intents/{filled['asked']}").code == "invalid_platform_api_key"
    assert set(of_all(workspace.id)) <= {"intents_removedevent"}
    assert count("SELECT count(*) FROM intents_placement WHERE state = 'moved' AND cell = 'east'") == 1
    assert foreign_machine.submit(to_agent="demo")
    assert tree.faults() == []
    assert list(chains.broken_removals()) == []
    assert count("SELECT count(*) FROM pg_trigger WHERE starts_with(tgname, 'axme_moving')") == 0
    with inside(east):
        assert of_all(workspace.id) == filled["rows"]
        assert machine.post("/intents", ASKING, key="once").ok()["intent_id"] == filled["once"]
        new = machine.submit()
        worker.post(f"/intents/{filled['made'][Status.IN_PROGRESS]}/resume", {"done": True}).ok()
        while sequencer.sequence():
            pass
        while tree.append():
            pass
        assert invariants.findings() == []
        assert list(chains.broken_chains()) == []
        assert tree.faults() == []
        assert tree.size() == count("SELECT count(*) FROM intents_intentevent")
        after = statements.rows(_AFTER, [filled["seq"]])
        assert {str(one) for (one,) in after} == {new, filled["made"][Status.IN_PROGRESS]}


def test_the_order_of_tables_fits_the_foreign_keys_of_the_database(database: None) -> None:
    order = {each.name: number for number, each in enumerate(tables())}
    found = statements.rows(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'", ()
    )
    wrong = [(child, to) for child, to in found if child in order and to in order and order[child] < order[to]]
    assert wrong == []
    # What refers to a workspace's rows and is not moved would be left behind.
    assert {child for child, to in found if to in order and child not in order} == set()


def test_what_changes_after_the_first_copy_moves_too(
    here: str, east: Cell, workspace: Workspace, filled: dict[str, Any], machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = copying.Copying.first
    new: list[str] = []

    def and_more(self: copying.Copying) -> None:
        first(self)
        new.append(machine.submit())
        machine.post(f"/intents/{filled['once']}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
        statements.rows("DELETE FROM intents_idempotencyrecord WHERE workspace_id = %s", [workspace.id])

    monkeypatch.setattr(copying.Copying, "first", and_more)
    done = moving.move(url=here, to=east, path=PATH)
    assert done.copied.removed == 1
    assert done.copied.closed
    with inside(east):
        assert machine.intent(new[0])["status"]
        assert machine.intent(filled["once"])["status"] == "CANCELED"
        assert count("SELECT count(*) FROM intents_idempotencyrecord") == 0
        assert list(chains.broken_chains()) == []


def test_what_cannot_move_is_told_why(
    here: str, east: Cell, filled: dict[str, Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELLS = {"east": east, "self": Cell("self", here, "http://self.example")}
    for path, to, why in (
        (PATH, "west", "west is not one of CELLS"),
        ("myorg", "east", "names no workspace"),
        ("myorg/other", "east", "there is no workspace myorg/other"),
        (PATH, "self", "the other cell is this database"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("move_workspace", path, to=to)
    monkeypatch.setattr(moving, "_FILES", "SELECT true FROM intents_intent WHERE workspace_id = %s LIMIT 1")
    with pytest.raises(CommandError, match="has files: share MEDIA_DIR with east"):
        call_command("move_workspace", PATH, to="east")
    with inside(east):
        make_workspace("myorg", "production")
    monkeypatch.undo()
    with pytest.raises(CommandError, match="stays here: the organization myorg is another one there"):
        call_command("move_workspace", PATH, to="east")


@turns.one(0, of=3)
def test_what_fails_leaves_it_here_and_open(
    here: str, east: Cell, workspace: Workspace, filled: dict[str, Any], machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(copying.Copying, "rest", lambda self: (_ for _ in ()).throw(Differs("one row")))
        with pytest.raises(moving.CannotMove, match="stays here: one row"):
            moving.move(url=here, to=east, path=PATH)
    assert of_all(workspace.id) == filled["rows"]
    assert machine.submit()
    assert count("SELECT count(*) FROM pg_trigger WHERE starts_with(tgname, 'axme_moving')") == 0
    with inside(east):
        assert of_all(workspace.id) == {}
    moving.move(url=here, to=east, path=PATH)


@turns.one(1, of=3)
def test_a_move_that_was_cut_off_after_the_commit_is_finished(
    here: str, east: Cell, workspace: Workspace, filled: dict[str, Any], machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(leaving, "leave", cut_off)
        with pytest.raises(psycopg.OperationalError):
            moving.move(url=here, to=east, path=PATH)
    refused = machine.post("/intents", ASKING)
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    with inside(east):
        assert machine.submit()
    with pytest.raises(moving.CannotMove, match="is in east"):
        moving.move(url=here, to=east, path=PATH)
    assert set(of_all(workspace.id)) <= {"intents_removedevent"}


@turns.one(2, of=3)
def test_it_moves_back(here: str, east: Cell, filled: dict[str, Any], machine: KeyCaller) -> None:
    moving.move(url=here, to=east, path=PATH)
    with inside(east):
        machine.submit()
    moving.move(url=east.database_url, to=Cell("home", here, "http://home.example"), path=PATH)
    auth.forget()
    assert machine.submit()
    assert tree.faults() == []
    assert list(chains.broken_removals()) == []
    assert list(chains.broken_chains()) == []


def test_while_it_moves_doors_answer_503_and_the_database_keeps_its_rows(
    here: str, east: Cell, workspace: Workspace, filled: dict[str, Any], machine: KeyCaller, foreign_machine: KeyCaller
) -> None:
    with moving.session(here) as session:
        closing.close(session, east, PATH, workspace.id, workspace.id)
        refused = machine.post("/intents", ASKING)
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "unavailable", "1")
        assert machine.post(f"/intents/{filled['once']}/resolve", {"status": "CANCELED", "reason": "no"}).status == 503
        fence.put_up(session, workspace.id)
        with pytest.raises(Exception, match="being moved"):
            statements.rows("UPDATE intents_intent SET seq = seq WHERE workspace_id = %s", [workspace.id])
        assert foreign_machine.submit(to_agent="demo")
        closing.reopen(session, workspace.id)
    assert machine.submit()
