"""What a person signs in with beside the password, on the record of each of their workspaces."""

from intents.accounts import audit
from intents.accounts.models import User
from intents.kernel.actors import Actor
from intents.kernel.unit_of_work import unit


@unit
def note(*, actor: Actor, user: User, action: str, kind: str) -> None:
    """Write down that a second factor of the given kind, as `totp` or `webauthn`, came or went: `action` is `add` or
    `remove`."""
    for workspace_id in user.memberships.values_list("workspace_id", flat=True):
        audit.note(
            workspace_id=workspace_id,
            actor=actor,
            action=f"second_factor.{action}",
            subject=user.email,
            kind=kind,
        )
