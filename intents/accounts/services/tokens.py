"""Person tokens: what a command line or script of a person carries."""

from datetime import datetime

from intents.accounts import audit
from intents.accounts import selectors as accounts
from intents.accounts.models import PersonToken, User, Workspace
from intents.kernel import clock, secrets
from intents.kernel.actors import Actor
from intents.kernel.errors import InvalidField, Missing
from intents.kernel.unit_of_work import unit
from intents.kernel.unseen import ensure_seen

PREFIX = "axme_pat_"


@unit
def create_person_token(
    *, actor: Actor, workspace: Workspace, user: User, name: str, expires_at: datetime | None = None
) -> tuple[PersonToken, str]:
    """A token and its secret, which is shown this once. Raises Missing for a non-member, InvalidField for a past expiry."""
    if accounts.membership(workspace, user) is None:
        raise Missing(f"{user.email} is no member of {workspace}")
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidField("expires_at", "this time has passed already")
    ensure_seen(name, field="name")
    secret = PREFIX + secrets.new_token()
    token = PersonToken.objects.create(
        workspace=workspace,
        user=user,
        name=name,
        hint=f"{PREFIX}…{secret[-4:]}",
        fingerprint=secrets.fingerprint(secret),
        expires_at=expires_at,
    )
    audit.note(workspace_id=workspace.id, actor=actor, action="person_token.create", subject=user.email, hint=token.hint)
    return token, secret


@unit
def revoke_person_token(*, actor: Actor, token: PersonToken) -> PersonToken:
    """End a token now. Revoking twice changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        audit.note(
            workspace_id=token.workspace_id,
            actor=actor,
            action="person_token.revoke",
            subject=token.user.email,
            hint=token.hint,
        )
    return token
