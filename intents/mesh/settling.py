"""What is pending of stops: taking back what the agents hold, and telling of the stops of many.

It is done when the stop has committed, some agents at a time. A process that dies between leaves it to the next that looks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.accounts import audit
from intents.accounts.models import EVERYTHING, StopState
from intents.accounts.stops import DOES_NOTHING
from intents.engine import leases
from intents.kernel import canonical, live, statements
from intents.kernel.actors import Author
from intents.kernel.unit_of_work import unit
from intents.mesh.noting import Told, note_all

VERBS = {StopState.PAUSED: "pause", StopState.QUARANTINED: "quarantine", StopState.KILLED: "kill"}
SOME = 1000
"""So many agents are seen to in one transaction."""

_OWED = """
SELECT id, workspace_id, name, state, pending::text FROM intents_agentstop
WHERE pending IS NOT NULL AND (%(workspace)s::uuid IS NULL OR workspace_id = %(workspace)s::uuid)
ORDER BY workspace_id, name LIMIT %(some)s FOR UPDATE SKIP LOCKED
"""
_SETTLED = "UPDATE intents_agentstop SET pending = NULL WHERE id = ANY(%s)"


def settle(*, workspace_id: UUID | None = None) -> None:
    """Do what is pending of stops, in one workspace or all."""
    while _some(workspace_id=workspace_id) == SOME:
        pass


@unit
def _some(*, workspace_id: UUID | None) -> int:
    rows = statements.rows(_OWED, {"workspace": workspace_id, "some": SOME})
    if not rows:
        return 0
    of: dict[UUID, list[tuple[str, str, str]]] = defaultdict(list)
    for _, workspace, name, state, pending in rows:
        of[workspace].append((name, state, pending))
    for workspace, stopped in of.items():
        if any(name == EVERYTHING for name, *_ in stopped):
            leases.recall_all(workspace_id=workspace)
        still = [name for name, state, _ in stopped if state in DOES_NOTHING]
        recalled = leases.recall(workspace_id=workspace, targets=still) if still else {}
        tell(workspace, [(name, pending) for name, _, pending in stopped], recalled)
    statements.rows(_SETTLED, [[id_ for id_, *_ in rows]])
    return len(rows)


def tell(workspace_id: UUID, stopped: Sequence[tuple[str, str | None]], recalled: Mapping[str, int] | None = None) -> None:
    """Tell of stops that nobody was told of yet, those `pending` of agents by their names, in the running transaction: with
    how much was taken back."""
    by: dict[tuple[int, str, str, str], list[Told]] = defaultdict(list)
    for name, pending in stopped:
        for place, one in enumerate(canonical.loads(pending) if pending else ()):
            details = {"reason": one["reason"], "before": one.get("before"), "recalled": (recalled or {}).get(name)}
            who = (place, one["state"], one["by"], canonical.dumps(one["beside"]))
            by[who].append((name, datetime.fromisoformat(one["at"]), details))
    # Of one agent in the order in which it was stopped.
    for (_, state, label, beside), told in sorted(by.items()):
        _tell(workspace_id, StopState(state), Author(label=label), canonical.loads(beside), told)


def _tell(workspace_id: UUID, state: StopState, actor: Author, beside: dict[str, Any], told: list[Told]) -> None:
    note_all(workspace_id=workspace_id, event_type=str(state), actor=actor, told=told)
    details = {name: {"reason": known["reason"], **beside} for name, _, known in told}
    audit.note_each(workspace_id=workspace_id, actor=actor, action=f"agent.{VERBS[state]}", details=details)
    # Idle streams look, and find that they are over.
    live.wake_up(mailboxes={(workspace_id, name) for name, *_ in told})
