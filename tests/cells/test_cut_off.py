"""Moves that fail, that are told to end, or of which nobody knows how they ended."""

import os
import signal
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from axme_site.cell_settings import Cell
from axme_site.cells import closing, copying, fence, leaving, moving, unfinished
from axme_site.cells.copying import Differs
from intents.accounts.models import Workspace
from tests import turns
from tests.callers import KeyCaller
from tests.cells.moved import ASKING, PATH, TRIGGERS, count, inside, of_all
from tests.load.checks import eventually


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
    assert count(TRIGGERS) == 0
    with inside(east):
        assert of_all(workspace.id) == {}
    moving.move(url=here, to=east, path=PATH)


@turns.one(1, of=3)
def test_a_move_that_was_cut_off_after_the_commit_is_finished(
    here: str, east: Cell, workspace: Workspace, filled: dict[str, Any], machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[unfinished.Unfinished]] = []

    def cut_off(*_: object) -> None:
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(leaving, "leave", cut_off)
        with pytest.raises(psycopg.OperationalError):
            moving.move(url=here, to=east, path=PATH, give_places=lambda: told.append(unfinished.moves()))
    assert told == [[]]
    (left,) = eventually(unfinished.moves, "the server lets go of what the move held")
    assert left.path == PATH
    refused = machine.post("/intents", ASKING)
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    with inside(east):
        assert machine.submit()
    with pytest.raises(moving.CannotMove, match="is in east"):
        moving.move(url=here, to=east, path=PATH)
    assert set(of_all(workspace.id)) <= {"intents_removedevent"}
    assert unfinished.moves() == []


@turns.one(1, of=3)
def test_beside_a_backup_what_fails_leaves_it_open_and_what_does_not_moves(
    here: str, east: Cell, filled: dict[str, Any], machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(here, application_name="pg_dump") as backup, monkeypatch.context() as impatient:
        impatient.setattr(fence, "TRIES_TO_DROP", 1)
        backup.execute("SELECT count(*) FROM intents_intent")
        with monkeypatch.context() as patched:
            patched.setattr(copying.Copying, "rest", lambda self: (_ for _ in ()).throw(Differs("one row")))
            with pytest.raises(moving.CannotMove, match="stays here: one row"):
                moving.move(url=here, to=east, path=PATH)
        assert machine.submit()
        moving.move(url=here, to=east, path=PATH)
    assert count(TRIGGERS)
    with pytest.raises(moving.CannotMove, match="is in east"):
        moving.move(url=here, to=east, path=PATH)
    assert count(TRIGGERS) == 0
    with inside(east):
        assert machine.submit()


@turns.one(2, of=3)
def test_told_to_end_it_opens_what_it_has_closed_and_else_says_so(
    here: str, east: Cell, filled: dict[str, Any], machine: KeyCaller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELLS = {"east": east}

    def told(self: copying.Copying) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    def away(*_: object) -> None:
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(copying.Copying, "rest", told)
        with pytest.raises(CommandError, match="told to end"):
            call_command("move_workspace", PATH, to="east")
        assert machine.submit()
        patched.setattr(copying.Copying, "rest", lambda self: (_ for _ in ()).throw(Differs("one row")))
        patched.setattr(closing, "reopen", away)
        with pytest.raises(CommandError, match="may be closed, run this again: one row"):
            call_command("move_workspace", PATH, to="east")
    assert machine.post("/intents", ASKING).status == 503
    call_command("move_workspace", PATH, to="east")
