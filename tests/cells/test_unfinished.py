"""Moves that were broken off raise an alarm, and the command names them with what finishes them."""

import io
import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from axme_site import alerts, health, parts
from axme_site.cell_settings import Cell
from axme_site.cells import unfinished
from intents.accounts.models import Workspace
from intents.audit import heartbeat
from intents.kernel import statements
from tests.cells.elsewhere import NOWHERE
from tests.cells.moved import PATH

PLACE = """
INSERT INTO intents_placement (workspace_id, path, cell, state, move, at)
VALUES (%s, %s, 'east', %s, %s, '2026-11-30 12:00:00+00')
"""


def begin(workspace_id: UUID, state: str = "moving", path: str = PATH) -> None:
    statements.rows(PLACE, [workspace_id, path, state, uuid4()])


def named() -> list[str]:
    return [one.path for one in unfinished.moves()]


def moves_check() -> dict[str, object]:
    alerts.forget()
    answer = json.loads(health.ready(RequestFactory().get("/health/ready")).content)
    assert "moves" in answer["checks"], answer
    found: dict[str, object] = answer["checks"]["moves"]
    return found


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    alerts.forget()
    yield
    alerts.forget()


def test_a_move_that_nobody_goes_on_with_is_named(here: str, workspace: Workspace) -> None:
    begin(workspace.id)
    (found,) = unfinished.moves()
    assert str(found) == (
        "myorg/production: closed since 2026-11-30 12:00 UTC, its move to east was broken off."
        " Run: manage.py move_workspace myorg/production --to east"
    )
    with psycopg.connect(here, autocommit=True) as goes_on:
        unfinished.hold(goes_on, uuid4())
        assert named() == [PATH]
        unfinished.hold(goes_on, workspace.id)
        assert named() == []


def test_what_is_over_is_none(workspace: Workspace) -> None:
    begin(uuid4(), "moved", "myorg/gone")
    begin(uuid4(), "here", "myorg/back")
    assert named() == []
    begin(workspace.id, "moved")
    ((_, _, closed, _),) = unfinished.moves()
    assert not closed


def test_the_command_names_what_is_unfinished(workspace: Workspace) -> None:
    told = io.StringIO()
    call_command("move_workspace", unfinished=True, stdout=told, stderr=told)
    assert told.getvalue() == "No move was broken off.\n"
    begin(workspace.id)
    told = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("move_workspace", unfinished=True, stdout=told)
    assert told.getvalue().endswith("Run: manage.py move_workspace myorg/production --to east\n")
    with pytest.raises(CommandError, match="say which workspace"):
        call_command("move_workspace", PATH)


def test_health_metrics_the_page_and_the_heartbeat_tell_without_its_name(
    workspace: Workspace, settings: Settings, client: Client
) -> None:
    settings.CELLS = {"east": Cell("east", NOWHERE, "http://127.0.0.1:1")}
    assert moves_check()["ok"]
    assert heartbeat.all_is_well()
    assert parts.moves() == (True, "none was broken off")
    begin(workspace.id)
    found = moves_check()
    assert not found["ok"]
    assert str(found["detail"]).startswith("1 was broken off, so a workspace may be closed: `manage.py move_workspace --unf")
    assert PATH not in str(found["detail"])
    assert not heartbeat.all_is_well()
    assert "axme_unfinished_moves 1.0" in client.get("/metrics").content.decode()
    ok, words = parts.moves()
    assert not ok
    assert words.startswith("1 was broken off")


def test_where_no_cells_are_named_health_tells_of_moves_only_what_is_wrong(workspace: Workspace) -> None:
    assert "moves" not in json.loads(health.ready(RequestFactory().get("/health/ready")).content)["checks"]
    begin(workspace.id)
    assert not moves_check()["ok"]
