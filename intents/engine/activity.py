"""When agents were last seen to do anything."""

from datetime import datetime
from uuid import UUID

from intents.kernel import statements
from intents.kernel.actors import Tenant

_LAST_ACTIVE = """
SELECT a.id, greatest(
    coalesce((SELECT max(k.last_used_at) FROM intents_agentkey k WHERE k.agent_id = a.id), (
        SELECT max(last.updated_at) FROM (
            SELECT updated_at, handler FROM intents_intent
            WHERE workspace_id = a.workspace_id AND mailbox = a.name ORDER BY id DESC LIMIT 20
        ) last WHERE last.handler IS NOT NULL
    )),
    (SELECT created_at FROM intents_intent WHERE workspace_id = a.workspace_id AND sender = a.name ORDER BY id DESC LIMIT 1)
) FROM intents_agent a WHERE a.workspace_id = %s AND a.status <> 'deleted'
"""


def last_active(actor: Tenant) -> dict[UUID, datetime | None]:
    """When each agent of a workspace last used a key or sent an intent. Those that live in the server have no key: of them
    it is when one of the last that they took was moved on."""
    return dict(statements.rows(_LAST_ACTIVE, [actor.workspace_id]))
