"""Deciding access requests: what is approved is done at once."""

from uuid import UUID

from django.conf import settings

from intents.access import selectors
from intents.access.models import AccessKind, AccessRequest, AccessState
from intents.accounts import audit
from intents.accounts.models import User
from intents.accounts.selectors import member_known_as
from intents.accounts.services import invitations, membership, organizations, rights, tenancy
from intents.engine.lifecycle import TERMINAL, Status
from intents.engine.selectors import lock_many
from intents.engine.services.transitions import Move, move_many
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Actor, Person, Role, System, Tenant
from intents.kernel.errors import Conflict, Denied
from intents.kernel.unit_of_work import unit
from intents.sending import email

PAGE = "/settings/access"
STRENGTH = list(Role)
"""The strongest first."""
SERVER = System(name="access")
MACHINES = "a machine key decides no access request; sign in, or send a person's token"


@unit
def review(*, actor: Tenant, request_id: UUID, state: AccessState, comment: str = "") -> AccessRequest:
    """Approve, reject or waitlist a request. What was decided so already stays so. Approving gives the role, invites, makes
    the organization; of a quota it tells that it is to be raised.

    Raises Missing, Denied for all but owners and admins, and for who asks, Conflict when it was decided otherwise.
    """
    row = selectors.locked(actor, request_id)
    if not isinstance(actor, Person):
        raise Denied(MACHINES)
    person, user = rights.present(actor=actor)
    if person.role not in ADMINS:
        raise Denied("only owners and admins decide access requests")
    if row.user_id == person.user_id:
        raise Denied("nobody decides what they ask for themselves")
    if row.state == state:
        return row
    if row.state in (AccessState.APPROVED, AccessState.REJECTED):
        raise Conflict(f"this was {row.state} already by {row.reviewer}", state=row.state)
    carry_out(row=row, actor=person, by=actor, owner=user, state=state, comment=comment)
    if state is not AccessState.WAITLISTED:
        _close_task(row)
    return row


def carry_out(*, row: AccessRequest, actor: Actor, by: Actor, owner: User, state: AccessState, comment: str) -> None:
    """Do what was decided about a locked request, and tell who asked. Whose right it is was checked: `by` is who decided,
    the user `owner`, and `actor` who does it for them."""
    if state is AccessState.APPROVED:
        _grant(actor, row, owner)
    row.state, row.reviewer, row.comment = state, by.label, comment
    row.reviewed_at = row.updated_at = clock.now()
    row.save(update_fields=["state", "reviewer", "comment", "reviewed_at", "updated_at"])
    details = {"kind": row.kind, "role": row.role, "state": str(state)}
    audit.note(workspace_id=row.workspace_id, actor=by, action="access.review", subject=row.requester, **details)
    if row.user is not None and row.user.email_verified_at and row.user.is_active:
        context = {"row": row, "workspace": row.workspace, "link": settings.BASE_URL + PAGE}
        language = row.user.language or row.workspace.language
        email.enqueue(row.user.email, "account/email/access_reviewed", context, language=language)


def _close_task(row: AccessRequest) -> None:
    """Ask nobody any more what was decided on the page."""
    if row.task_intent_id is None:
        return
    locked = lock_many([row.task_intent_id])
    row.task_intent_id = None
    row.save(update_fields=["task_intent_id"])
    live = [intent for intent in locked.intents.values() if intent.status not in TERMINAL]
    reason = {"reason": f"{row.state} by {row.reviewer} on the page of access requests"}
    moves = [Move(intent=intent, to=Status.CANCELED, details=reason) for intent in live]
    if moves:
        move_many(moves=moves, actor=SERVER, now=locked.now)


def _grant(actor: Actor, row: AccessRequest, owner: User) -> None:
    match row.kind:
        case AccessKind.ROLE:
            member = member_known_as(row.workspace_id, row.requester)
            if member is None:
                raise Conflict(f"{row.requester} is no member any more")
            # Who was given more meanwhile keeps it.
            if STRENGTH.index(Role(row.role)) < STRENGTH.index(Role(member.role)):
                membership.change_role(actor=actor, member=member, role=Role(row.role))
        case AccessKind.JOIN:
            invitations.add(actor=actor, workspace=row.workspace, actor_id=row.requester, role=Role(row.role))
        case AccessKind.CREATE:
            made = organizations.create_organization(actor=actor, name=row.company_name[:120], owner=owner)
            if row.user is not None:
                tenancy.set_member(actor=actor, workspace=made, user=row.user, role=Role.OWNER)
            elif "://" not in row.requester:
                invitations.add(actor=actor, workspace=made, actor_id=row.requester, role=Role.OWNER)
