"""Reads of access requests: all for who decides them, their own for others."""

from uuid import UUID

from django.db.models import Q, QuerySet

from intents.access.models import OPEN, AccessRequest
from intents.accounts import seeing
from intents.accounts.models import User, Workspace
from intents.accounts.selectors import found_or_missing, member_known_as
from intents.kernel.actors import Person, Tenant

MOST_SHOWN = 500


def requests(actor: Tenant) -> QuerySet[AccessRequest]:
    """Those that somebody may see, newest first."""
    found = AccessRequest.objects.filter(workspace_id=actor.workspace_id).select_related("workspace", "user").order_by("-id")
    if seeing.manages(actor):
        return found
    own = Q(user_id=actor.user_id) if isinstance(actor, Person) else Q(user=None)
    return found.filter(own & Q(requester=actor.label) | Q(asked_by=actor.label))


def request(actor: Tenant, request_id: UUID) -> AccessRequest:
    """Raises Missing."""
    return found_or_missing(requests(actor).filter(id=request_id).first(), "access_request", request_id)


def locked(actor: Tenant, request_id: UUID) -> AccessRequest:
    """The same, its row locked to the end of the transaction. Raises Missing."""
    found = requests(actor).select_for_update(of=("self",)).filter(id=request_id).first()
    return found_or_missing(found, "access_request", request_id)


def locked_open(request_id: UUID) -> AccessRequest | None:
    """A request that is open and asked about in a task, its row locked to the end of the transaction; None where it is not,
    or somebody else has it. Checks no actor."""
    found = AccessRequest.objects.select_for_update(of=("self",), skip_locked=True).select_related("workspace", "user")
    return found.filter(id=request_id, state__in=OPEN, task_intent_id__isnull=False).first()


def open_ones(workspace_id: UUID) -> QuerySet[AccessRequest]:
    """Those that nobody has granted or refused yet. Checks no actor."""
    return AccessRequest.objects.filter(workspace_id=workspace_id, state__in=OPEN)


def known(workspace_id: UUID, address: str) -> User | None:
    """The member of an email address. Checks no actor."""
    member = member_known_as(workspace_id, address)
    return member.user if member else None


def locked_workspace(workspace_id: UUID) -> Workspace:
    """A workspace, its row locked to the end of the transaction: of two that ask for the same at once one finds what the
    other made. Checks no actor."""
    return Workspace.objects.select_for_update(no_key=True).get(id=workspace_id)
