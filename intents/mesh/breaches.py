"""What is done when an agent has reached a limit of its policy: it is noted once in its period, an owner is asked, and the
agent is stopped where the policy says so, until a person lifts it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.utils.text import Truncator

from intents.accounts import audit
from intents.accounts.models import AnomalyAction, BreachAction, StopState
from intents.engine.admission import PolicyBreach
from intents.engine.human_gate import gate
from intents.engine.selectors import endings
from intents.engine.services.submission import Submission
from intents.engine.services.submit import submit_by_server
from intents.kernel import canonical, clock, live, statements
from intents.kernel.actors import Machine, Scope
from intents.kernel.errors import DomainError
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.mesh import noticing, noting, policies, selectors, spending, watching
from intents.mesh.models import MONEY_DIGITS, MONEY_PLACES
from intents.mesh.noticing import MESH
from intents.mesh.services import stopping

BREACHED, ANOMALY, LIFTED = "policy_breached", "anomaly", "breach_lifted"
TYPE = "mesh.breach.v1"
_STOPS: dict[str, StopState] = {BreachAction.PAUSE: StopState.PAUSED, BreachAction.KILL: StopState.KILLED}

log = logging.getLogger(__name__)

_NOTE = f"""
INSERT INTO intents_meshbreach AS b (id, workspace_id, name, "limit", period, action, details, at)
VALUES (%(id)s::uuid, %(workspace)s::uuid, %(name)s::text, %(limit)s::text, %(period)s::text, %(action)s::text,
        %(details)s::text, {clock.NOW})
ON CONFLICT (workspace_id, name, "limit", period) DO NOTHING RETURNING b.at
"""


@unit
def note(*, workspace_id: UUID, refusals: Sequence[PolicyBreach]) -> None:
    """Note breaches that are new, and do what the policies say: in one order, for two that note the same wait for each
    other."""
    for _, details in sorted({(one.details["agent"], one.details["policy"]): one.details for one in refusals}.items()):
        act(workspace_id, details)


def act(workspace_id: UUID, details: dict[str, Any]) -> None:
    """Do what is to be done about a breach, or something unusual, that is not noted yet, in the running transaction."""
    name, limit, action = details["agent"], details["policy"], details["action"]
    breach_id = new_id()
    params = {
        "id": breach_id,
        "workspace": workspace_id,
        "name": name,
        "limit": limit,
        "period": details["period"],
        "action": action,
        "details": canonical.dumps(details),
        "now": clock.override(),
    }
    if not (made := statements.rows(_NOTE, params)):
        return
    ((at,),) = made
    kind = ANOMALY if limit in policies.USUAL else BREACHED
    noticing.tell([noticing.of(workspace_id, name, kind, at=at, details=details)])
    if action in (BreachAction.BLOCK, AnomalyAction.NOTE):
        return
    task = _ask(workspace_id, name, details)  # before it is stopped: then nothing is sent to it
    statements.rows("UPDATE intents_meshbreach SET task_intent_id = %s WHERE id = %s", [task, breach_id])
    if state := _STOPS.get(action):
        reason = f"its policy: {limit} is {details['allowed']}" if kind == BREACHED else _title(details)
        stopping.stop(actor=MESH, workspace_id=workspace_id, names=[name], state=state, reason=reason, by_policy=True)


_DONE: dict[str, str] = {
    BreachAction.ALERT: "Nothing else was done.",
    BreachAction.PAUSE: "It was paused: approve to let it go on, reject to leave it so.",
    BreachAction.KILL: "It was killed: approve to let it go on, reject to leave it so.",
}


NAME_SHOWN = 160
"""So much of an agent's name fits into the title of a task beside all the rest."""


def _title(details: dict[str, Any]) -> str:
    name = Truncator(details["agent"]).chars(NAME_SHOWN)
    match details["policy"]:
        case policies.USUAL_COST:
            return f"{name} costs more than usual: {details['this_hour']} USD in an hour"
        case policies.USUAL_INTENTS:
            return f"{name} does more than usual: {details['this_hour']} intents in an hour"
        case limit:
            return f"{name} has reached its limit: {limit} is {details['allowed']}"


def _refused(details: dict[str, Any]) -> str:
    if details["policy"] in policies.USUAL:
        return f"Usually it is {details['usual']}, and {details['allowed']} at most."
    if details["policy"] == "max_cost_per_intent_usd":
        return f"The intent {details['intent_id']} has cost {details['spent_usd']} USD."
    return f"New intents to it and from it are refused until {details['period']}."


def _ask(workspace_id: UUID, name: str, details: dict[str, Any]) -> UUID | None:
    """A task for the owners. None where it cannot be made: the breach acts all the same."""
    workspace = selectors.workspace(workspace_id)
    actor = Machine(
        workspace_id=workspace_id,
        org_slug=workspace.organization.slug,
        workspace_slug=workspace.slug,
        agent_id=new_id(),
        credential_id=new_id(),
        name="mesh",
        speaks_as="mesh",
        scope=Scope.OWN,
    )
    payload = {key: value for key, value in details.items() if key not in ("retry_after", "reset", "limit")}
    asked = {
        "title": _title(details),
        "description": f"{_refused(details)} {_DONE[details['action']]}",
        "task_type": "approval",
        "assignees": ["owner"],
    }
    text = canonical.dumps(payload)
    try:
        submission = Submission(
            intent_type=TYPE,
            to_agent=name,
            payload=text,
            correlation_id=uuid4(),
            human_task=gate().check(asked, actor=actor, field="human_task", payload=payload),
        )
        return submit_by_server(actor=actor, submission=submission)
    except DomainError as refusal:
        log.warning("no task for a breach", extra={"action": "mesh.breach", "agent": name, "error": refusal.message})
        return None


_SETTLE = f"""
WITH held AS MATERIALIZED (
    SELECT intent_id AS id FROM intents_meshreservation
    WHERE intent_id = ANY(%(ids)s::uuid[]) AND workspace_id = %(workspace)s::uuid AND name = %(name)s
    ORDER BY intent_id FOR UPDATE
)
UPDATE intents_meshreservation r SET told = least(r.told + v.cost, {10 ** (MONEY_DIGITS - MONEY_PLACES) - 1})
FROM unnest(%(ids)s::uuid[], %(costs)s::numeric[]) AS v(id, cost) JOIN held ON held.id = v.id
WHERE r.intent_id = v.id
RETURNING r.intent_id, r.told
"""


@unit
def check_spent(*, workspace_id: UUID, name: str, told: Mapping[UUID, Decimal]) -> None:
    """An agent told of costs, some of them of single intents: those settle what was set aside. What it was not admitted for
    may have been spent all the same."""
    limits = selectors.limits(workspace_id, [name])[name]
    common = {"agent": name, "action": str(limits.action)}
    params = {"ids": list(told), "costs": list(told.values()), "workspace": workspace_id, "name": name}
    most, budget = limits.max_cost_per_intent_usd, limits.max_cost_per_day_usd
    for intent_id, cost in sorted(statements.rows(_SETTLE, params)) if told else ():
        if most is not None and cost > most:
            details = {"policy": "max_cost_per_intent_usd", "allowed": policies.plain(most), "period": intent_id.hex}
            act(workspace_id, common | details | {"intent_id": str(intent_id), "spent_usd": policies.plain(cost)})
    if budget is None:
        return
    now = clock.now()
    spent, reserved, _ = spending.spent(workspace_id, [name], now=now)[name]
    if spent >= budget:
        amounts = {"spent_usd": policies.plain(spent), "reserved_usd": policies.plain(reserved)}
        details = {"policy": "max_cost_per_day_usd", "allowed": policies.plain(budget)}
        act(workspace_id, common | details | amounts | {"period": policies.day_ends(now).isoformat()})


_ANSWERED = """
SELECT b.id, b.workspace_id, b.name, b.action, b.at, b.task_intent_id FROM intents_meshbreach b
JOIN intents_intent i ON i.id = b.task_intent_id
WHERE b.lifted_at IS NULL AND i.status IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT') ORDER BY b.id LIMIT 100
"""
_LIFT = """
UPDATE intents_meshbreach SET lifted_at = %s WHERE id = %s AND lifted_at IS NULL RETURNING id
"""
_FREE = """
DELETE FROM intents_agentstop s WHERE s.workspace_id = %(workspace)s AND s.name = %(name)s AND s.by_policy AND NOT EXISTS (
    SELECT FROM intents_meshbreach o
    WHERE o.workspace_id = s.workspace_id AND o.name = s.name AND o.action = ANY(%(stops)s::text[])
      AND o.at > %(at)s AND o.at <= s.at
) RETURNING s.state
"""
"""Not what a later breach has stopped: somebody else is asked about that."""


def lift_answered() -> int:
    """Do what owners have decided about breaches. Returns how many were answered."""
    rows = statements.rows(_ANSWERED, [])
    ended = endings([task for *_, task in rows]) if rows else {}
    return sum(_lift(row, ended[row[-1]]) for row in rows if row[-1] in ended)


@unit
def _lift(row: tuple[Any, ...], ending: tuple[str, dict[str, Any]]) -> bool:
    breach_id, workspace_id, name, action, at, _ = row
    now: datetime = clock.now()
    if not statements.rows(_LIFT, [now, breach_id]):
        return False
    result = ending[1].get("result") or {}
    if result.get("outcome") != "approved" or action not in _STOPS:
        return True
    params = {"workspace": workspace_id, "name": name, "stops": [str(one) for one in _STOPS], "at": at}
    if freed := statements.rows(_FREE, params):
        details = {"before": freed[0][0], "decided": result.get("outcome")}
        noting.note(workspace_id=workspace_id, name=name, event_type=LIFTED, actor=MESH, at=now, details=details)
        audit.note(workspace_id=workspace_id, actor=MESH, action="agent.let_go_on", subject=name, before=freed[0][0])
        watching.look_again(workspace_id=workspace_id, names=[name], at=now)
        live.wake_up(mailboxes=[(workspace_id, name)], workers=True)
    return True
