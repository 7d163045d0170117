"""The URLs of agents that are called: how they fare, and switching one on again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from intents.accounts import audit, stops
from intents.accounts.models import Agent, AgentStatus
from intents.accounts.selectors import active_named, agents_by_id
from intents.accounts.services import rights
from intents.dispatch import notices
from intents.dispatch.notices import Endpoint
from intents.dispatch.posted import Posted
from intents.engine.models import Delivery
from intents.engine.selectors import Locked
from intents.kernel import clock, live, statements
from intents.kernel.actors import Actor, Machine
from intents.kernel.unit_of_work import unit
from intents.sending import health, posting, sender
from intents.sending.breaker import FAULTS
from intents.sending.models import EndpointHealth


def count(tries: Sequence[Posted], locked: Locked) -> None:
    """Count how tries ended for the health of the URLs that they went to, and tell of what has changed."""
    known = (
        posting.tried(
            one,
            endpoint_id=one.result.message.agent_id,
            workspace_id=locked.intents[one.result.message.intent_id].workspace_id,
        )
        for one in tries
    )
    found = health.settle([one for one in known if one], now=locked.now)
    if not found:
        return
    agents = agents_by_id([notice.endpoint_id for notice in found])
    for notice in found:
        if agent := agents.get(notice.endpoint_id):
            notices.tell(notice, _endpoint(agent))


def _endpoint(agent: Agent) -> Endpoint:
    return Endpoint(agent.workspace, agent.name, agent.callback_url, "/operations/agents", agent.owner_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent's URL is: what is `wrong` with it, how much `waits` to be posted there, and whether that is `held` back,
    for the agent is stopped. One that is only paused `finishes`: what it was given before is still posted."""

    wrong: EndpointHealth | None
    waits: int
    held: bool
    finishes: bool

    @property
    def unreachable(self) -> bool:
        """Whether nobody answers there, so that one try at a time is made."""
        return self.wrong is not None and self.wrong.faults >= FAULTS


# What waits in the mailbox, or was leased to be posted and is not taken yet.
_WAITS = """
SELECT count(*) FROM intents_delivery
WHERE workspace_id = %(workspace)s AND target = %(name)s AND hands_out AND state = 'ready'
UNION ALL SELECT count(*) FROM intents_push WHERE agent_id = %(id)s AND state IN ('ready', 'leased')
"""


def standing(agent: Agent) -> Standing:
    """How the URL of an agent is. Checks no actor."""
    waits = statements.rows(_WAITS, {"workspace": agent.workspace_id, "name": agent.name, "id": agent.id})
    active, stopped = agent.status == AgentStatus.ACTIVE, stops.states(agent.workspace_id, [agent.name])
    return Standing(
        wrong=health.of([agent.id]).get(agent.id),
        waits=sum(count for (count,) in waits),
        held=not active or bool(stopped),
        finishes=active and bool(stopped) and not stops.may_nothing(stopped, agent.name),
    )


def holds(delivery: Delivery) -> bool:
    """Whether what is posted of a delivery is kept back: its agent may not work, or its URL is disabled. Checks no actor."""
    place = (delivery.workspace_id, delivery.target)
    agent = active_named({place}).get(place)
    if agent is None or stops.may_nothing(stops.states(delivery.workspace_id, [delivery.target]), delivery.target):
        return True
    wrong = health.of([agent.id]).get(agent.id)
    return wrong is not None and wrong.disabled_at is not None


_DUE_NOW = f"""
UPDATE intents_push SET due_at = {clock.NOW} WHERE agent_id = %(id)s AND state = 'ready' AND due_at > {clock.START}
"""


@unit
def enable(*, actor: Actor, agent: Agent) -> bool:
    """Post to an agent's URL again that was disabled, or where nobody answered: what waits for it is posted at once. Returns
    whether anything was wrong with it. Raises Denied."""
    if isinstance(actor, Machine):
        rights.manages_agents(actor=actor)
    else:
        rights.repairs(actor=actor)
    if not health.locked([agent.id]):
        return False
    health.forget([agent.id])
    statements.rows(_DUE_NOW, {"id": agent.id, "now": clock.override()})
    audit.note(workspace_id=agent.workspace_id, actor=actor, action="endpoint.enable", subject=agent.name)
    live.wake_up(workers=True)
    transaction.on_commit(sender.nudge)
    return True
