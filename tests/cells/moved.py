"""What tests of moves have in common: what is asked, and a look into both cells."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from axme_site import postgres_tools
from axme_site.cell_settings import Cell
from axme_site.cells import copying, moving
from axme_site.cells.tables import tables
from intents import auth
from intents.kernel import statements
from tests import templates

PATH = "myorg/production"
ASKING = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {"amount": 7}}
TRIGGERS = "SELECT count(*) FROM pg_trigger WHERE starts_with(tgname, 'axme_moving')"
TASK = {"human_task": {"title": "Refund?"}}


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
