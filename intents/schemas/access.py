"""Access requests: what requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.access.models import AccessRequest
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from intents.schemas.fields import Closed
from intents.schemas.organization_shapes import ROLES
from intents.schemas.people import ActorId, GivenRole
from intents.schemas.responses import Ok, Shape

Text = Annotated[str, StringConstraints(max_length=4000)]
KindName = Literal["create_organization", "join_organization", "elevated_role", "quota_upgrade"]
StateName = Literal["pending", "under_review", "approved", "rejected", "waitlisted", "expired"]


class CreateAccessRequest(Closed):
    """What is asked for."""

    request_type: KindName
    requester_actor_id: ActorId = Field(
        description="Who it is for: an email address, of somebody else only for owners, admins and workspace keys. Anything "
        "else stands for who asks.",
        examples=["ann@example.com"],
    )
    org_id: ActorId | None = None
    workspace_id: ActorId | None = None
    requested_role: GivenRole | None = Field(None, description="Needed for `elevated_role`.")
    company_name: Annotated[str, StringConstraints(min_length=2, max_length=255)] | None = Field(
        None, description="Needed for `create_organization`: what it is to be called."
    )
    requested_tier: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="A note, for `quota_upgrade`: there are no tiers here."
    )
    justification: Text | None = None


class ReviewAccessRequest(Closed):
    """What is decided."""

    decision: Literal["approve", "reject", "waitlist"]
    reviewer_actor_id: ActorId | None = Field(None, description="Accepted and ignored: the credential tells who.")
    review_comment: Text | None = None


class AccessRequestShape(Shape):
    access_request_id: UUID
    request_type: KindName
    state: StateName
    requester_actor_id: str
    org_id: UUID | None
    workspace_id: UUID | None
    requested_role: GivenRole | None
    company_name: str | None
    requested_tier: str | None
    justification: str | None
    reviewer_actor_id: str | None
    review_comment: str | None
    reviewed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class OneAccessRequest(Ok):
    access_request: AccessRequestShape


class AccessRequests(Ok):
    access_requests: list[AccessRequestShape]


def shown(row: AccessRequest) -> dict[str, Any]:
    return {
        "access_request_id": str(row.id),
        "request_type": row.kind,
        "state": row.state,
        "requester_actor_id": row.requester,
        "org_id": str(row.workspace.organization_id),
        "workspace_id": str(row.workspace_id),
        "requested_role": ROLES[Role(row.role)] if row.role else None,
        "company_name": row.company_name or None,
        "requested_tier": row.tier or None,
        "justification": row.justification or None,
        "reviewer_actor_id": row.reviewer or None,
        "review_comment": row.comment or None,
        "reviewed_at": rfc3339(row.reviewed_at) if row.reviewed_at else None,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
