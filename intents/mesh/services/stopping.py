"""Stopping agents, and letting them go on.

A stop is a row that the statements of every process read with what they do anyway; so it acts with the next of them. What
the agent holds goes back to its mailbox, and the attempts do not count: nothing is lost when it goes on. Of many, all are
stopped first, by one statement; the rest is pending (`settling`).
"""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from intents.accounts import audit
from intents.accounts.models import StopState
from intents.accounts.services import rights
from intents.accounts.stops import DOES_NOTHING, states
from intents.engine import leases
from intents.kernel import canonical, clock, live, statements
from intents.kernel.actors import Actor, Machine, companion
from intents.kernel.errors import Denied
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.mesh import settling, watching
from intents.mesh.noting import note_all

RESUMED = "resumed"

_RANK = "array_position(ARRAY[{}]::text[], {{}}.state::text)".format(", ".join(f"'{state}'" for state in StopState))
"""How strict a state is."""

# What a breach of a policy did a key only makes stricter; a person takes it over. A policy makes nothing milder.
_STOP = f"""
WITH moment AS MATERIALIZED (SELECT {clock.NOW} AS now)
INSERT INTO intents_agentstop AS s (id, workspace_id, name, state, reason, by, by_policy, at, pending)
SELECT v.id, %(workspace)s::uuid, v.name, %(state)s::text, %(reason)s::text, %(by)s::text, %(by_policy)s::bool, now,
       CASE WHEN %(told)s::jsonb IS NOT NULL THEN jsonb_build_array(%(told)s::jsonb || jsonb_build_object('at', now))
            WHEN %(recalls)s::bool THEN '[]' END
FROM moment, unnest(%(ids)s::uuid[], %(names)s::text[]) AS v(id, name) ORDER BY v.name
ON CONFLICT (workspace_id, name) DO UPDATE
SET state = excluded.state, reason = excluded.reason, by = excluded.by, at = excluded.at,
    by_policy = excluded.by_policy OR (s.by_policy AND %(by_key)s::bool),
    pending = CASE WHEN excluded.pending IS NULL THEN s.pending
                ELSE coalesce(s.pending, '[]') || jsonb_set(excluded.pending, '{{0,before}}', to_jsonb(s.state::text)) END
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
    params = _params(actor, workspace_id, wanted, state, reason)
    changed = sorted(statements.rows(_STOP, params | {"by_policy": by_policy, "told": None}))
    if isinstance(actor, Machine):
        _ensure_no_milder(states(workspace_id, wanted), state)
    names = [name for name, _ in changed]
    recalled: Mapping[str, int] = {}
    if names and state in DOES_NOTHING:
        recalled = leases.recall(workspace_id=workspace_id, targets=names)
        # What was given meanwhile by those who did not see the stop yet.
        transaction.on_commit(partial(settling.settle, workspace_id=workspace_id), robust=True)
    told = [
        (name, at, {"reason": reason, "before": before.get(name), "recalled": recalled.get(name)}) for name, at in changed
    ]
    note_all(workspace_id=workspace_id, event_type=str(state), actor=actor, told=told)
    reasons = {name: {"reason": reason} for name in names}
    audit.note_each(workspace_id=workspace_id, actor=actor, action=f"agent.{settling.VERBS[state]}", details=reasons)
    # Idle streams look, and find that they are over.
    live.wake_up(mailboxes={(workspace_id, name) for name in names})
    return names


def _params(actor: Actor, workspace_id: UUID, names: list[str], state: StopState, reason: str) -> dict[str, Any]:
    return {
        "workspace": workspace_id,
        "state": state,
        "reason": reason,
        "by": actor.label,
        "by_key": isinstance(actor, Machine),
        "recalls": state in DOES_NOTHING,
        "ids": [new_id() for _ in names],
        "names": names,
        "now": clock.override(),
    }


SOME = 1000
"""So many agents are let go on in one transaction."""


def stop_fleet(
    *, actor: Actor, workspace_id: UUID, names: Collection[str], state: StopState | None, reason: str = ""
) -> list[str]:
    """`stop` many agents, or where there is no state `let_go_on`. Returns those that were not so before; a key leaves out
    those that only a person may. Raises Denied."""
    wanted = sorted(set(names))
    if state is not None:
        return _stop_all(actor=actor, workspace_id=workspace_id, names=wanted, state=state, reason=reason)
    done: list[str] = []
    for start in range(0, len(wanted), SOME):
        done += _let_some_go_on(actor=actor, workspace_id=workspace_id, names=wanted[start : start + SOME])
    return done


@unit
def _stop_all(*, actor: Actor, workspace_id: UUID, names: list[str], state: StopState, reason: str) -> list[str]:
    """All at once. What they hold is taken back, and all of it told, when that has committed."""
    rights.stops_agents(actor=actor)
    told = {"state": state, "reason": reason, "by": actor.label, "beside": companion(actor)}
    params = _params(actor, workspace_id, names, state, reason) | {"by_policy": False, "told": canonical.dumps(told)}
    changed = sorted(name for name, _ in statements.rows(_STOP, params))
    transaction.on_commit(partial(settling.settle, workspace_id=workspace_id), robust=True)
    return changed


_LET_GO_ON = """
DELETE FROM intents_agentstop WHERE id = ANY(ARRAY(
    SELECT id FROM intents_agentstop WHERE workspace_id = %s AND name = ANY(%s) AND NOT (by_policy AND %s)
    ORDER BY name FOR UPDATE
)) RETURNING name, state, by_policy, pending::text
"""
"""In the order of _STOP, for both may be of many."""


@unit
def let_go_on(*, actor: Actor, workspace_id: UUID, names: Collection[str]) -> list[str]:
    """Let stopped agents go on. Returns those that were stopped. Raises Denied as `stop` does, and for a key where a breach
    of a policy has stopped one: a person answers for that."""
    rights.stops_agents(actor=actor)
    rows = sorted(statements.rows(_LET_GO_ON, [workspace_id, sorted(set(names)), False]))
    if isinstance(actor, Machine) and (broke := [name for name, _, by_policy, _ in rows if by_policy]):
        raise _of_persons(broke[0])
    return _go_on(actor, workspace_id, rows)


@unit
def _let_some_go_on(*, actor: Actor, workspace_id: UUID, names: list[str]) -> list[str]:
    """The same, without those that only a person may."""
    rights.stops_agents(actor=actor)
    rows = sorted(statements.rows(_LET_GO_ON, [workspace_id, names, isinstance(actor, Machine)]))
    return _go_on(actor, workspace_id, rows)


def _go_on(actor: Actor, workspace_id: UUID, rows: list[tuple[Any, ...]]) -> list[str]:
    """What is to be done when agents go on whose rows were deleted: name, state, whether by a policy, what is pending."""
    # Of those who were stopped a moment ago it is told first.
    settling.tell(workspace_id, [(name, pending) for name, _, _, pending in rows])
    now = clock.now()
    before = {name: {"before": state} for name, state, *_ in rows}
    told = [(name, now, details) for name, details in before.items()]
    note_all(workspace_id=workspace_id, event_type=RESUMED, actor=actor, told=told)
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
