"""Email addresses that somebody typed: one names a person only once they showed that they get its mail."""

from intents.accounts import audit, proofs, selectors
from intents.accounts.models import User
from intents.accounts.services import people, tenancy
from intents.kernel import clock
from intents.kernel.actors import Actor, Person
from intents.kernel.errors import Conflict
from intents.kernel.unit_of_work import unit


@unit
def ask_again(*, actor: Person) -> None:
    """Enqueue the email with the link to oneself. Raises Conflict when the address is verified, and for one that got many
    lately."""
    user = selectors.user(actor)
    if user.email_verified_at is not None:
        raise Conflict("your address is verified already")
    proofs.ask(user)


@unit
def verify(*, actor: Person, key: str) -> None:
    """Let the address of the acting person count as theirs. Raises Denied."""
    user = selectors.user(actor, lock=True)
    proofs.ensure(user, key)
    mark(actor=actor, user=user)


def mark(*, actor: Actor, user: User) -> None:
    """The user's address is theirs from now on."""
    if user.email_verified_at is not None:
        return
    user.email_verified_at = clock.now()
    user.save(update_fields=["email_verified_at"])
    _note(actor, user, "person.verify")


def free(*, actor: Actor, address: str) -> None:
    """Take an address from the account that never verified it. Its sessions and tokens end, and it signs in no more; what
    it did stays its own."""
    user = selectors.known_as(address, lock=True)
    if user is None or user.email_verified_at is not None:
        return
    tenancy.set_active(actor=actor, user=user, active=False)
    revoke_tokens(actor=actor, user=user)
    people.end_sessions_of(actor=actor, user=user)
    # Where the library notes it as well.
    user.emailaddress_set.all().delete()  # type: ignore[attr-defined]  # of the library's model
    user.email = f"{user.id}@unverified.invalid"
    user.save(update_fields=["email"])


def revoke_tokens(*, actor: Actor, user: User) -> None:
    """End all tokens of an account whose address was never verified: whoever made them did not show that they get its
    mail."""
    if user.email_verified_at is None and user.tokens.filter(revoked_at=None).update(revoked_at=clock.now()):
        _note(actor, user, "person.revoke_tokens")


def _note(actor: Actor, user: User, action: str) -> None:
    for workspace_id in user.memberships.values_list("workspace_id", flat=True):
        audit.note(workspace_id=workspace_id, actor=actor, action=action, subject=user.email)
