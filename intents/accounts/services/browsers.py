"""From a command line into a browser: a ticket that opens one page once."""

from datetime import timedelta
from uuid import UUID

from intents.accounts import audit
from intents.accounts.models import BrowserTicket, CommandLine, Session
from intents.accounts.selectors import grants, places
from intents.kernel import clock, secrets
from intents.kernel.actors import Author, Person
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit

LASTS = timedelta(minutes=5)


@unit
def issue(*, actor: Person) -> str:
    """The secret of a ticket. Raises Denied for who acts by a personal token: that opens no browser."""
    if places.line(actor.credential_id) is None:
        raise Denied("a personal token opens no browser: sign the command line in")
    secret = secrets.new_token()
    ticket = BrowserTicket(
        token_id=actor.credential_id, fingerprint=secrets.fingerprint(secret), expires_at=clock.now() + LASTS
    )
    ticket.save(force_insert=True)
    return secret


@unit
def use(*, actor: Author, secret: str) -> CommandLine:
    """Use a ticket up that the actor, a person, let their command line have. Raises Expired."""
    ticket = grants.ticket(secret, lock=True)
    line = grants.line_of_ticket(secret)
    assert ticket is not None
    ticket.used_at = clock.now()
    ticket.save(update_fields=["used_at"])
    audit.note(
        workspace_id=line.token.workspace_id,
        actor=actor,
        action="session.open_browser",
        subject=line.token.user.email,
        device=line.device,
    )
    return line


@unit
def entered(*, actor: Author, line: CommandLine, session_id: UUID) -> None:
    """The browser's session that the actor's command line began is as old as that."""
    Session.objects.filter(id=session_id).update(created_at=line.token.created_at)
