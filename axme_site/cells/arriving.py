"""What is of a whole cell and knows of a workspace: where it is, the feed, the tree. In the cell to which it comes."""

from typing import Any
from uuid import UUID

from axme_site.cells.copying import Session, one
from intents.accounts.services.agents import CALLED

_PLACE = """
INSERT INTO intents_placement (workspace_id, path, cell, state, move, arrived, at)
VALUES (%(workspace)s, %(path)s, '', 'here', %(move)s, %(move)s, clock_timestamp())
ON CONFLICT (workspace_id) DO UPDATE
SET path = excluded.path, cell = '', state = 'here', move = excluded.move, arrived = excluded.move, at = excluded.at
"""
# What comes next there comes behind what readers were given here, and events without a place get one.
_FEED = """
UPDATE intents_feedstate SET last_seq = greatest(last_seq, %(last)s::bigint),
    looked_from = least(looked_from, coalesce(%(before)s::uuid, looked_from))
"""
_FIRST_UNPLACED = """
SELECT e.id FROM intents_intentevent e WHERE e.workspace_id = %(workspace)s
  AND e.at >= coalesce((SELECT kept_from FROM intents_feedstate), '-infinity')
  AND NOT EXISTS (SELECT FROM intents_feedentry f WHERE f.event_id = e.id) ORDER BY e.id LIMIT 1
"""
# What no webhook was told of yet is told there; what others there were told of since has its messages, and gets none anew.
_UNTOLD = f"""
SELECT min(f.seq) - 1 FROM intents_feedentry f JOIN intents_fanoutcursor c ON f.seq > c.seq
WHERE f.workspace_id = %(workspace)s AND EXISTS (
    SELECT FROM intents_subscription s WHERE s.workspace_id = f.workspace_id AND s.active AND s.revoked_at IS NULL
    UNION ALL
    SELECT FROM intents_agent a
    WHERE a.workspace_id = f.workspace_id AND a.delivery_mode = '{CALLED}' AND a.status = 'active'
)
"""
_TELL = """
INSERT INTO intents_fanoutcursor AS c (id, seq) VALUES (1, %s)
ON CONFLICT (id) DO UPDATE SET seq = least(c.seq, excluded.seq)
"""
_TREE = """
UPDATE intents_audittree SET looked_from = least(looked_from, %(before)s::uuid)
"""
_FIRST = "SELECT id FROM intents_intentevent WHERE workspace_id = %s ORDER BY id LIMIT 1"
_BACK = """
DELETE FROM intents_removedevent r USING intents_intentevent e WHERE r.workspace_id = %(workspace)s AND e.id = r.id
"""


def settle(here: Session, there: Session, path: str, workspace_id: UUID, number: UUID) -> None:
    """What is of the whole cell, as it is with the workspace in it: the last before the commit, as jobs wait for it."""
    params: dict[str, Any] = {"workspace": workspace_id, "path": path, "move": number}
    last = one(here, "SELECT max(seq) FROM intents_feedentry WHERE workspace_id = %s", workspace_id)
    first = there.execute(_FIRST_UNPLACED, params).fetchone()
    there.execute(_BACK, params)
    there.execute(_PLACE, params)
    if oldest := one(there, _FIRST, workspace_id):
        there.execute(_TREE, {"before": UUID(int=oldest.int - 1)})
    # The look begins behind `looked_from`.
    before = UUID(int=first[0].int - 1) if first else None
    there.execute(_FEED, {"last": last or 0, "before": before})
    told = here.execute(_UNTOLD, params).fetchone()
    if told is not None and told[0] is not None:
        there.execute(_TELL, [told[0]])
