"""The ends of intents, told to the agent in `reply_to` by its own binding: posted to the URL of one that is called.

Agents that come for their work find them as threads of their inbox. For each that is called there is a subscription of its
own, made when the first completion is for it, so that completions are tried, seen, replayed and switched off as all that is
posted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from intents.accounts.models import Agent, AuditEntry
from intents.accounts.services.agents import CALLED
from intents.feed.selectors import PlacedEvent
from intents.kernel import clock, statements
from intents.kernel.actors import Actor, System
from intents.sending import health, keeping, signing
from intents.webhooks import entries, pending, selectors
from intents.webhooks.models import Subscription

BY = System(name="completions")
ASKED = ("intent.*",)
"""Shown; of those only what ends an intent is posted."""


def begin(found: Sequence[PlacedEvent], *, after_seq: int) -> int:
    """Subscribe those agents that completions are for and that are called, if they are not yet. Returns how many."""
    wanting = {
        (entry.workspace_id, entry.about.reply_mailbox)
        for entry in found
        if entries.ends(entry) and entry.about and entry.about.reply_mailbox
    }
    if not wanting:
        return 0
    now = clock.now()
    rows = [
        Subscription(
            workspace_id=agent.workspace_id,
            owner_agent=agent.name,
            completions_of=agent,
            event_types=list(ASKED),
            description=f"Completions for {agent.name}",
            after_seq=after_seq,
            created_by=BY.label,
            created_at=now,
            updated_at=now,
            **_of(agent),
        )
        for agent in selectors.called_untold(wanting)
        if agent.signing
    ]
    statements.insert(rows)
    return len(rows)


def _of(agent: Agent) -> dict[str, Any]:
    """What is the agent's own: the columns of its subscription."""
    own = {"callback_url": agent.callback_url, "signing": bytes(agent.signing or b"")}
    try:
        secret = keeping.held(agent.signing, now=clock.now())[0]
    except ValueError:
        return own  # it cannot be read any more: each try says so
    return own | {"signing_kind": secret.kind, "secret_hint": signing.hint(secret.secret)}


def follow(entries: Sequence[AuditEntry], actor: Actor) -> None:
    """Have completions go where agents are called now, signed as they are, when entries of the audit log say that they were
    changed; or nowhere any more."""
    changed = [entry for entry in entries if entry.action.startswith("agent.")]
    if not changed:
        return
    now = clock.now()
    for row, agent in selectors.completions_of(changed[0].workspace_id, [entry.subject for entry in changed]):
        _follow(row, agent, now)


def _follow(row: Subscription, agent: Agent, now: datetime) -> None:
    if agent.delivery_mode != CALLED or agent.status == "deleted":
        row.revoked_at = row.updated_at = now
        row.save(update_fields=["revoked_at", "updated_at"])
        pending.skip_pending(row.id, why="the agent is not called any more")
        health.forget([row.id])
        return
    own = _of(agent)
    moved = row.callback_url != own["callback_url"]
    for name, value in own.items():
        setattr(row, name, value)
    row.updated_at = now
    row.save(update_fields=[*own, "updated_at"])
    if moved:
        health.forget([row.id])
