"""What of the audit log is an event of the workspace."""

from collections.abc import Sequence

from intents.accounts.models import AuditEntry
from intents.feed.services import publish
from intents.kernel import statements
from intents.kernel.actors import Actor

EVENT_OF = {
    "agent.create": "agent.created",
    "agent.update": "agent.updated",
    "agent.suspend": "agent.suspended",
    "agent.resume": "agent.resumed",
    "agent.pause": "agent.paused",
    "agent.quarantine": "agent.quarantined",
    "agent.kill": "agent.killed",
    "agent.let_go_on": "agent.resumed",
    "agent.delete": "agent.deleted",
    "endpoint.fail": "endpoint.failing",
    "endpoint.disable": "endpoint.disabled",
    "endpoint.recover": "endpoint.recovered",
    "invitation.accept": "invite.accepted",
    "session.end": "auth.session_revoked",
    "person_token.revoke": "auth.session_revoked",
    "person.revoke_tokens": "auth.session_revoked",
}
"""The event that tells of an action of the audit log."""


def tell(entries: Sequence[AuditEntry], actor: Actor) -> None:
    """Publish what entries of the audit log tell of, in their transaction."""
    told = [
        publish.unsaved(
            actor=actor.label,
            workspace_id=entry.workspace_id,
            event_type=EVENT_OF[entry.action],
            subject=entry.subject,
            at=entry.at,
            details=entry.details,
        )
        for entry in entries
        if entry.action in EVENT_OF
    ]
    statements.insert(told)
