"""What of the audit log is an event of the workspace."""

from intents.accounts.models import AuditEntry
from intents.feed.services.publish import publish
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


def tell(entry: AuditEntry, actor: Actor) -> None:
    """Publish what an entry of the audit log tells of, in its transaction."""
    if entry.action in EVENT_OF:
        publish(
            actor=actor,
            workspace_id=entry.workspace_id,
            event_type=EVENT_OF[entry.action],
            subject=entry.subject,
            details=entry.details,
        )
