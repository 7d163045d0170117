"""What a signed-in person answers a command line that asks to be signed in."""

from django.utils.crypto import constant_time_compare

from intents.accounts import audit, selectors
from intents.accounts.models import CommandLineGrant, GrantState, User
from intents.accounts.selectors import grants
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.errors import Denied, Expired, Missing
from intents.kernel.unit_of_work import unit


def waiting(*, actor: Person, secret: str, user_code: str) -> CommandLineGrant:
    """A grant that the acting person may approve. Raises Missing, Expired, Denied."""
    return _waiting(actor, grants.by_secret(secret), user_code)


def _waiting(actor: Person, grant: CommandLineGrant | None, user_code: str) -> CommandLineGrant:
    if grant is None or not constant_time_compare(grant.user_code, user_code):
        raise Missing("this link is not complete; start again at the command line")
    if grant.state != GrantState.PENDING or grant.expires_at <= clock.now():
        raise Expired("this sign-in is over; start again at the command line")
    if grant.email and grant.email != actor.email:
        raise Denied("this link was sent for another account; sign in with the one that it was sent for")
    return grant


@unit
def answer(*, actor: Person, user: User, secret: str, user_code: str, approved: bool) -> None:
    """Approve or refuse a grant, for the workspace in which the person acts. Raises Missing, Expired, Denied."""
    grant = _waiting(actor, grants.by_secret(secret, lock=True), user_code)
    grant.state = GrantState.APPROVED if approved else GrantState.REFUSED
    grant.user, grant.workspace_id = user, actor.workspace_id
    grant.provider = selectors.provider_of(actor)
    grant.save(update_fields=["state", "user", "workspace", "provider"])
    audit.note(
        workspace_id=actor.workspace_id,
        actor=actor,
        action="session.approve" if approved else "session.refuse",
        subject=actor.email,
        device=grant.device,
        address=grant.address,
    )
