"""Asking for access."""

from uuid import UUID

from django.conf import settings

from intents.access import selectors, tasks
from intents.access.models import AccessKind, AccessRequest
from intents.access.services.reviewing import PAGE, STRENGTH
from intents.accounts import audit, seeing
from intents.accounts.models import User
from intents.accounts.selectors import member_known_as, told_of
from intents.accounts.services import rights
from intents.accounts.services.invitations import checked_email
from intents.kernel import clock
from intents.kernel.actors import Machine, Person, Role, Tenant
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit
from intents.kernel.unseen import ensure_seen
from intents.sending import email

MOST_OPEN = 200
TEMPLATE = "account/email/access_asked"


@unit
def ask(
    *,
    actor: Tenant,
    kind: AccessKind,
    requester: str = "",
    role: Role | None = None,
    company_name: str = "",
    tier: str = "",
    justification: str = "",
) -> AccessRequest:
    """Ask for something; what is asked for already and still open is that request. `requester` is an email address, of
    somebody else only for owners, admins and workspace keys; anything else is who asks. Owners and admins get a task and an
    email.

    Raises Denied, InvalidField, Conflict (they have it, or too much is open).
    """
    if isinstance(actor, Person):
        actor = rights.present(actor=actor)[0]
    ensure_seen(company_name, field="company_name")
    who, user = _requester(actor, requester)
    role = _wanted(actor.workspace_id, kind, who, user, role)
    if kind is AccessKind.CREATE and not company_name:
        raise InvalidField("company_name", "what the organization is to be called")
    workspace = selectors.locked_workspace(actor.workspace_id)
    same = {"requester": who, "kind": kind, "role": role or ""}
    waiting = selectors.open_ones(actor.workspace_id)
    if found := waiting.select_related("workspace", "user").filter(**same).first():
        return found
    if waiting.count() >= MOST_OPEN:
        raise Conflict(f"{MOST_OPEN} requests are open already: they are to be decided first")
    now = clock.now()
    row = AccessRequest(
        workspace=workspace,
        user=user,
        asked_by=actor.label,
        company_name=company_name,
        tier=tier,
        justification=justification,
        created_at=now,
        updated_at=now,
        **same,
    )
    row.save(force_insert=True)
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="access.ask", subject=who, kind=str(kind), role=row.role)
    tasks.open_task(row, title=_tell(row))
    return row


def _requester(actor: Tenant, text: str) -> tuple[str, User | None]:
    own = actor.label
    if "@" in text and text.strip().lower() != own:
        if not seeing.manages(actor):
            raise Denied("only owners, admins and workspace keys ask for somebody else")
        address = checked_email(text=text, field="requester_actor_id")
        return address, selectors.known(actor.workspace_id, address)
    if isinstance(actor, Machine):
        return own, None
    return own, rights.present(actor=actor)[1]


def _wanted(workspace_id: UUID, kind: AccessKind, who: str, user: User | None, role: Role | None) -> Role | None:
    """The role that is asked for. Raises InvalidField, Conflict."""
    if kind not in (AccessKind.JOIN, AccessKind.ROLE):
        return None
    if "://" in who:
        raise InvalidField("requester_actor_id", "the email address of whom it is for")
    member = member_known_as(workspace_id, who)
    if kind is AccessKind.JOIN:
        if member is not None:
            raise Conflict(f"{who} is a member already; ask for another role instead")
        return role or Role.APPROVER
    if role is None:
        raise InvalidField("requested_role", "which role it is to be")
    if member is None or user is None:
        raise InvalidField("requester_actor_id", "no member of this workspace has this email address")
    if STRENGTH.index(role) >= STRENGTH.index(Role(member.role)):
        raise Conflict(f"{who} may do that already, being {member.role}")
    return role


def _tell(row: AccessRequest) -> str:
    """Email who decides. Returns who asks for access, in the workspace's language."""
    context = {"row": row, "workspace": row.workspace, "link": settings.BASE_URL + PAGE}
    usual = row.workspace.language
    for address, language in told_of(row.workspace_id, None):
        email.enqueue(address, TEMPLATE, context, language=language or usual)
    return email.write(TEMPLATE, context, language=usual).subject
