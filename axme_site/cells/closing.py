"""Closing a workspace before it goes to another cell, and waiting until nobody is at it any more."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from axme_site.cell_settings import Cell
from axme_site.cells import fence
from axme_site.cells.copying import Session, one
from intents.accounts.models import EVERYTHING
from intents.accounts.stops import MOVING

BEFORE_SECONDS = 12.0
"""So long those are waited for who were at it when it was closed: longer than a statement may take."""
ORDER_SECONDS = 3.0
"""And so long for its last events to get their places in the feed; what has none then gets one there."""


class StillUsed(Exception):
    """Somebody who began before it was closed does not end."""


_CLOSE = """
WITH placed AS (
    INSERT INTO intents_placement (workspace_id, path, cell, state, move, at)
    VALUES (%(workspace)s, %(path)s, %(cell)s, 'moving', %(move)s, clock_timestamp())
    ON CONFLICT (workspace_id) DO UPDATE
    SET path = excluded.path, cell = excluded.cell, state = 'moving', move = excluded.move, at = excluded.at
)
INSERT INTO intents_agentstop (id, workspace_id, name, state, reason, by, by_policy, at)
VALUES (gen_random_uuid(), %(workspace)s, %(name)s, %(moving)s, '', 'command', false, clock_timestamp())
ON CONFLICT (workspace_id, name) DO NOTHING
"""
_REOPEN = """
WITH never AS (DELETE FROM intents_placement WHERE workspace_id = %(workspace)s AND state = 'moving' AND arrived IS NULL),
back AS (
    UPDATE intents_placement SET state = 'here', cell = ''
    WHERE workspace_id = %(workspace)s AND state = 'moving' AND arrived IS NOT NULL
)
DELETE FROM intents_agentstop WHERE workspace_id = %(workspace)s AND name = %(name)s AND state = %(moving)s
"""


def close(here: Session, to: Cell, path: str, workspace_id: UUID, number: UUID) -> None:
    """Nothing goes on in the workspace from now on: doors answer 503, and loops pass it over. One that is suspended stays
    so."""
    here.execute(_CLOSE, _params(workspace_id) | {"path": path, "cell": to.name, "move": number})


def reopen(here: Session, workspace_id: UUID) -> None:
    """As if it had never been closed."""
    fence.take_down(here)
    here.execute(_REOPEN, _params(workspace_id))


def _params(workspace_id: UUID) -> dict[str, Any]:
    return {"workspace": workspace_id, "name": EVERYTHING, "moving": MOVING}


_BEFORE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND application_name <> 'axme-move' AND application_name NOT LIKE 'pg\\_dump%%' AND xact_start < %s
"""


def wait_for_those_before(here: Session) -> None:
    """Until all have ended who may not have seen that it is closed. Raises StillUsed."""
    closed_at = one(here, "SELECT clock_timestamp()")
    if not _wait(lambda: one(here, _BEFORE, closed_at) == 0, BEFORE_SECONDS):
        raise StillUsed("a transaction that began before does not end")


_UNPLACED = """
SELECT EXISTS (
    SELECT FROM intents_intentevent e, intents_feedstate s WHERE e.workspace_id = %(id)s AND e.id > s.looked_from
    AND e.at >= s.kept_from AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = e.id)
    UNION ALL
    SELECT FROM intents_workspaceevent e, intents_feedstate s WHERE e.workspace_id = %(id)s AND e.id > s.looked_from
    AND e.at >= s.kept_from AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = e.id)
)
"""


def wait_for_places(here: Session, workspace_id: UUID, give: Callable[[], object]) -> None:
    """Until its last events have their places, which `give` gives unless another process is at it, or ORDER_SECONDS are
    over."""

    def all_placed() -> bool:
        give()
        return here.execute(_UNPLACED, {"id": workspace_id}).fetchone() == (False,)

    _wait(all_placed, ORDER_SECONDS)


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
