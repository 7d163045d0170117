"""The URLs of agents that are called: how they fare, and switching one on again."""

from collections.abc import Sequence

from django.db import transaction

from intents.accounts import audit
from intents.accounts.models import Agent
from intents.accounts.selectors import agents_by_id
from intents.accounts.services import rights
from intents.dispatch import notices
from intents.dispatch.notices import Endpoint
from intents.dispatch.posted import Posted
from intents.engine.selectors import Locked
from intents.kernel import clock, live, statements
from intents.kernel.actors import Actor, Machine
from intents.kernel.unit_of_work import unit
from intents.sending import health, posting, sender


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
