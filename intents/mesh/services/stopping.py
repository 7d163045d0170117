"""Stopping agents, and letting them go on.

A stop is a row that the statements of every process read with what they do anyway; so it acts with the next of them. What
the agent holds goes back to its mailbox, and the attempts do not count: nothing is lost when it goes on.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from intents.accounts import audit
from intents.accounts.models import StopState
from intents.accounts.services import rights
from intents.accounts.stops import DOES_NOTHING, states
from intents.engine import leases
from intents.kernel import canonical, clock, live, statements
from intents.kernel.actors import Actor, Machine
from intents.kernel.errors import Denied
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.mesh import watching
from intents.mesh.models import MeshEvent

RESUMED = "resumed"
_VERBS = {StopState.PAUSED: "pause", StopState.QUARANTINED: "quarantine", StopState.KILLED: "kill"}


_RANK = "array_position(ARRAY[{}]::text[], {{}}.state::text)".format(", ".join(f"'{state}'" for state in StopState))
"""How strict a state is."""

# What a breach of a policy did a key only makes stricter; a person takes it over. A policy makes nothing milder.
_STOP = f"""
INSERT INTO intents_agentstop AS s (id, workspace_id, name, state, reason, by, by_policy, at)
SELECT v.id, %(workspace)s::uuid, v.name, %(state)s::text, %(reason)s::text, %(by)s::text, %(by_policy)s::bool, {clock.NOW}
FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS v(id, name) ORDER BY v.name
ON CONFLICT (workspace_id, name) DO UPDATE
SET state = excluded.state, reason = excluded.reason, by = excluded.by, at = excluded.at,
    by_policy = excluded.by_policy OR (s.by_policy AND %(by_key)s::bool)
WHERE CASE
    WHEN excluded.by_policy OR (s.by_policy AND %(by_key)s::bool) THEN {_RANK.format("s")} < {_RANK.format("excluded")}
    ELSE s.by_policy OR s.state <> excluded.state
END
RETURNING s.name, s.at
"""


@unit
def stop(
    *,
    actor: Actor,
    workspace_id: UUID,
    names: Collection[str],
    state: StopState,
    reason: str = "",
    by_policy: bool = False,
) -> list[str]:
    """Stop agents by their local names, or have them stopped otherwise than they are. Returns those that were not so before.
    Raises Denied for all but owners, admins, operators and workspace keys, and for a key that would make milder what a
    breach of a policy did."""
    rights.stops_agents(actor=actor)
    wanted = sorted(set(names))
    before = states(workspace_id, wanted)
    params = {
        "workspace": workspace_id,
        "state": state,
        "reason": reason,
        "by": actor.label,
        "by_policy": by_policy,
        "by_key": isinstance(actor, Machine),
        "ids": [new_id() for _ in wanted],
        "names": wanted,
        "now": clock.override(),
    }
    changed = sorted(statements.rows(_STOP, params))
    if isinstance(actor, Machine):
        _ensure_no_milder(states(workspace_id, wanted), state)
    names = [name for name, _ in changed]
    recalled: Mapping[str, int] = {}
    if names and state in DOES_NOTHING:
        recalled = leases.recall(workspace_id=workspace_id, targets=names)
        # What was given meanwhile by those who did not see the stop yet.
        transaction.on_commit(partial(_recall_again, workspace_id, names), robust=True)
    told = [
        (name, at, {"reason": reason, "before": before.get(name), "recalled": recalled.get(name)}) for name, at in changed
    ]
    _note_all(workspace_id, str(state), actor, told)
    reasons = {name: {"reason": reason} for name in names}
    audit.note_each(workspace_id=workspace_id, actor=actor, action=f"agent.{_VERBS[state]}", details=reasons)
    # Idle streams look, and find that they are over.
    live.wake_up(mailboxes={(workspace_id, name) for name in names})
    return names


def _recall_again(workspace_id: UUID, names: Collection[str]) -> None:
    """Recall once more what those hold who are still stopped."""
    still = [name for name, state in states(workspace_id, names).items() if state in DOES_NOTHING]
    if still:
        leases.recall(workspace_id=workspace_id, targets=still)


SOME = 1000
"""So many agents are stopped in one transaction, so that a stop of a large fleet acts on the first of them at once."""


def stop_fleet(
    *, actor: Actor, workspace_id: UUID, names: Collection[str], state: StopState | None, reason: str = ""
) -> list[str]:
    """`stop` many agents, or where there is no state `let_go_on`, some at a time, each some whole. What is ordered again
    goes on where it ended. Returns those that were not so before; a key leaves out those that only a person may. Raises
    Denied."""
    done: list[str] = []
    wanted = sorted(set(names))
    for start in range(0, len(wanted), SOME):
        done += _those_that_may(actor, workspace_id, wanted[start : start + SOME], state, reason)
    return done


def _those_that_may(actor: Actor, workspace_id: UUID, names: list[str], state: StopState | None, reason: str) -> list[str]:
    """All of them, or where a key may not do one, each half by itself."""
    try:
        return _one_way(actor, workspace_id, names, state, reason)
    except Denied:
        if not isinstance(actor, Machine):
            raise
    rights.stops_agents(actor=actor)
    if len(names) == 1:
        return []
    half = len(names) // 2
    first = _those_that_may(actor, workspace_id, names[:half], state, reason)
    return first + _those_that_may(actor, workspace_id, names[half:], state, reason)


def _one_way(actor: Actor, workspace_id: UUID, names: list[str], state: StopState | None, reason: str) -> list[str]:
    # What is refused leaves nothing behind, also where the whole is one transaction.
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        if state is None:
            return let_go_on(actor=actor, workspace_id=workspace_id, names=names)
        return stop(actor=actor, workspace_id=workspace_id, names=names, state=state, reason=reason)


_LET_GO_ON = """
DELETE FROM intents_agentstop WHERE id = ANY(ARRAY(
    SELECT id FROM intents_agentstop WHERE workspace_id = %s AND name = ANY(%s) ORDER BY name FOR UPDATE
)) RETURNING name, state, by_policy
"""
"""In the order of _STOP, for both may be of many."""


@unit
def let_go_on(*, actor: Actor, workspace_id: UUID, names: Collection[str]) -> list[str]:
    """Let stopped agents go on. Returns those that were stopped. Raises Denied as `stop` does, and for a key where a breach
    of a policy has stopped one: a person answers for that."""
    rights.stops_agents(actor=actor)
    rows = sorted(statements.rows(_LET_GO_ON, [workspace_id, sorted(set(names))]))
    if isinstance(actor, Machine) and (broke := [name for name, _, by_policy in rows if by_policy]):
        raise _of_persons(broke[0])
    now = clock.now()
    before = {name: {"before": state} for name, state, _ in rows}
    _note_all(workspace_id, RESUMED, actor, [(name, now, details) for name, details in before.items()])
    audit.note_each(workspace_id=workspace_id, actor=actor, action="agent.let_go_on", details=before)
    if rows:
        watching.look_again(workspace_id=workspace_id, names=[name for name, *_ in rows], at=now)
    live.wake_up(mailboxes={(workspace_id, name) for name, *_ in rows}, workers=bool(rows))
    return [name for name, *_ in rows]


def _ensure_no_milder(now: Mapping[str, str], state: StopState) -> None:
    for name, found in now.items():
        if found != state:
            raise _of_persons(name)


def _of_persons(name: str) -> Denied:
    words = "a breach of its policy has stopped this agent: an owner, an admin or an operator lets it go on"
    return Denied(words, agent=name)


def note(
    *, workspace_id: UUID, name: str, event_type: str, actor: Actor, at: datetime, details: dict[str, Any]
) -> MeshEvent:
    """Record what happened to an agent, in the running transaction."""
    (event,) = _note_all(workspace_id, event_type, actor, [(name, at, details)])
    return event


def _note_all(
    workspace_id: UUID, event_type: str, actor: Actor, told: Sequence[tuple[str, datetime, Mapping[str, Any]]]
) -> list[MeshEvent]:
    events = [
        statements.new(
            MeshEvent,
            workspace_id=workspace_id,
            name=name,
            event_type=event_type,
            actor=actor.label,
            at=at,
            details=canonical.dumps({key: value for key, value in details.items() if value not in (None, "", 0)}),
        )
        for name, at, details in told
    ]
    statements.insert(events)
    return events
