"""Whom intents wait for that are no people, of many at once."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from intents.engine.lifecycle import TERMINAL, WaitReason
from intents.kernel import statements

MOST_NAMED = 20
"""So many agents are named of those that an intent waits for."""


class Waited(NamedTuple):
    """What a wait is for: the name of a tool, or else the addresses of agents as they were sent, those first that are not
    done, each once."""

    tool: str | None
    agents: list[str]


_WAITED = f"""
SELECT w.intent_id, w.spec::json ->> 'tool', ARRAY(
    SELECT c.to_agent
    FROM json_array_elements_text(coalesce(w.spec::json -> 'child_intent_ids', '[]')) WITH ORDINALITY child (id, place)
    JOIN intents_intent c ON c.id = child.id::uuid
    ORDER BY c.status = ANY(%(ended)s), child.place
)
FROM intents_wait w
WHERE w.intent_id = ANY({statements.array("ids", "uuid")}) AND w.state = 'open'
  AND w.reason IN ('{WaitReason.AGENT}', '{WaitReason.TOOL}')
"""


def waited_for(ids: Sequence[UUID]) -> dict[UUID, Waited]:
    """For each of these intents that waits for a tool or for agents, which. Checks no actor."""
    rows = statements.rows(_WAITED, {"ids": list(ids), "ended": sorted(TERMINAL)}) if ids else []
    return {row[0]: Waited(row[1], list(dict.fromkeys(row[2]))[:MOST_NAMED]) for row in rows}
