"""Workspaces that are moved to another PostgreSQL."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from axme_site.cell_settings import Cell
from axme_site.cells import closing, copying, fence, moving
from axme_site.cells.tables import tables
from axme_site.metrics import REGISTRY
from intents import auth
from intents.accounts.models import Organization, TenantStatus, Workspace
from intents.audit import tree
from intents.engine import chains, invariants
from intents.engine.lifecycle import Status
from intents.feed import sequencer
from intents.kernel import statements
from intents.threads.services.views import CHANGES, Position
from intents.webhooks import fan_out
from tests import turns
from tests.callers import KeyCaller, make_workspace
from tests.cells.moved import ASKING, PATH, TRIGGERS, count, inside, of_all
from tests.intents.test_threads_changes import Reader, until_told

_AFTER = """
SELECT DISTINCT e.intent_id FROM intents_feedentry f JOIN intents_intentevent e ON e.id = f.event_id WHERE f.seq > %s
"""


@turns.one(0, of=3)
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
    assert count(TRIGGERS) == 0
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


@turns.one(1, of=3)
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


@turns.one(1, of=3)
def test_what_changed_is_told_there_however_many_transactions_were_here(
    here: str, east: Cell, workspace: Workspace, filled: dict[str, Any], machine: KeyCaller, worker: KeyCaller
) -> None:
    far = 1 << 50
    statements.rows("UPDATE intents_intent SET changed_in = changed_in + %s WHERE workspace_id = %s", [far, workspace.id])
    moving.move(url=here, to=east, path=PATH)
    with inside(east):
        reader = Reader(worker)
        reader.cursor = Position(2 * far, workspace.id).cursor(CHANGES)
        told = until_told(reader, 1)
        assert {filled["asked"], filled["once"]} <= set(told)
        machine.post(f"/intents/{filled['once']}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
        assert until_told(reader, 1) == [filled["once"]]


@turns.one(2, of=3)
def test_of_what_no_webhook_was_told_yet_it_is_told_there(
    here: str, east: Cell, filled: dict[str, Any], machine: KeyCaller
) -> None:
    asked = {"callback_url": "https://example.com/takes", "event_types": ["intent.created"]}
    machine.post("/webhooks/subscriptions", asked).ok()
    new = machine.submit()
    while sequencer.sequence():
        pass
    with inside(east):
        sequencer.sequence()
        statements.rows("INSERT INTO intents_fanoutcursor (id, seq) VALUES (1, %s)", [2**60])  # it has got further
    moving.move(url=here, to=east, path=PATH)
    with inside(east):
        while fan_out.fan_out():
            pass
        assert statements.rows("SELECT intent_id::text FROM intents_webhookmessage", ()) == [(new,)]


@turns.one(2, of=3)
def test_what_cannot_move_is_told_why(
    here: str,
    east: Cell,
    workspace: Workspace,
    filled: dict[str, Any],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
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
    monkeypatch.undo()
    with inside(east):
        same = Organization(id=workspace.organization_id, slug="myorg", name="My", status=TenantStatus.SUSPENDED)
        same.save(force_insert=True)
    with pytest.raises(CommandError, match="stays here: the organization myorg is active here and suspended there"):
        call_command("move_workspace", PATH, to="east")
    with inside(east):
        same.delete()
        make_workspace("myorg", "production")
    with pytest.raises(CommandError, match="stays here: the organization myorg is another one there"):
        call_command("move_workspace", PATH, to="east")


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


@turns.one(0, of=3)
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
        faults = REGISTRY.get_sample_value("axme_database_errors_total")
        hook = {"callback_url": "https://example.com/takes", "event_types": ["intent.created"]}
        refused = machine.post("/webhooks/subscriptions", hook)
        assert (refused.status, refused.headers.get("retry-after")) == (503, "1"), refused.raw
        assert refused.json["error"]["message"] == "this workspace is being moved; try again in a moment"
        assert REGISTRY.get_sample_value("axme_database_errors_total") == faults, "it is no fault of the database"
        assert foreign_machine.submit(to_agent="demo")
        closing.reopen(session, workspace.id)
    assert machine.submit()
