"""Two cells: the database of the tests, and another one of the same server."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from axme_site.cell_settings import Cell
from axme_site.cells import closing, moving
from intents.accounts.models import Workspace
from intents.audit import tree
from intents.feed import sequencer
from tests import templates
from tests.callers import KeyCaller
from tests.cells.moved import ASKING, TASK, count, of_all
from tests.conftest import KEPT
from tests.intents import factory


@pytest.fixture
def here(database: None) -> str:
    return templates.url(str(connection.settings_dict["NAME"]))


@pytest.fixture(scope="module")
def east_database() -> Iterator[str]:
    name = templates.create(templates.migrated())
    with psycopg.connect(templates.url(name), autocommit=True) as session:  # as a server may be set that others have set up
        session.execute(sql.SQL("ALTER DATABASE {} SET bytea_output = 'escape'").format(sql.Identifier(name)))
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
