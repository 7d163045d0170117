"""What is done in the cell that a workspace has left: its rows are removed, first those about which something is due."""

from uuid import UUID

from psycopg import sql

from axme_site.cells import fence
from axme_site.cells.copying import Session
from axme_site.cells.tables import KEPT, TenantTable, tables

_MOVED = "UPDATE intents_placement SET state = 'moved', at = clock_timestamp() WHERE workspace_id = %s AND state = 'moving'"
# The tree of this cell goes on to hold the events: their hashes stay, as those of events that were removed.
_HASHES = """
INSERT INTO intents_removedevent (id, workspace_id, intent_id, seq, hash)
SELECT e.id, e.workspace_id, e.intent_id, e.seq, e.hash FROM intents_intentevent e
JOIN intents_auditleaf l ON l.event_id = e.id WHERE e.workspace_id = %s ON CONFLICT DO NOTHING
"""


def leave(here: Session, workspace_id: UUID) -> None:
    """The workspace is in another cell. May be called again after an error."""
    here.execute(_MOVED, [workspace_id])
    here.execute(fence.PASSES)
    with here.transaction():
        for each in _due():
            _remove(here, each, workspace_id)
    here.execute(_HASHES, [workspace_id])
    for each in reversed(tables()):
        if each.name not in KEPT:
            _remove(here, each, workspace_id)
    here.execute("DELETE FROM intents_workspace WHERE id = %s", [workspace_id])
    fence.take_down(here)
    here.execute(fence.PASSES_NOT)


def _due() -> list[TenantTable]:
    """Tables about whose rows something is due, with those that refer to them before them."""
    live = {each.name for each in tables() if each.lives}
    for each in tables():
        if live & each.refers:
            live.add(each.name)
    return [each for each in reversed(tables()) if each.name in live]


def _remove(here: Session, each: TenantTable, workspace_id: UUID) -> None:
    query = sql.SQL("DELETE FROM {} t WHERE {}")
    here.execute(query.format(sql.Identifier(each.name), each.of(workspace_id, "t")))
