"""Who may send to whom: what requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.kernel.clock import rfc3339
from intents.receiving.models import PATTERN_LENGTH
from intents.receiving.selectors import ShownRule
from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape

SenderPattern = Annotated[str, StringConstraints(min_length=1, max_length=PATTERN_LENGTH)]


class SetSendPolicy(Closed):
    policy_type: Literal["open", "allowlist", "denylist"] = Field(
        description="All may send to it, those that it names alone, or all but those."
    )


class SetReceiveOverride(Closed):
    override_type: Literal["open", "allowlist", "closed", "use_org_default"] = Field(
        description="All, those that it names alone or nobody may send to it; or whom the organization's policy lets."
    )


class SetReceivePolicy(Closed):
    policy_type: Literal["open", "allowlist", "closed"] = Field(
        description="All, those that it names alone or nobody may send to agents without a rule of their own."
    )


class AddSender(Closed):
    sender_pattern: SenderPattern = Field(
        description="An agent's address, `agent://org/workspace/*`, `agent://org/*` or `*`.",
        examples=["agent://myorg/production/billing"],
    )


class SenderEntry(Shape):
    entry_id: UUID
    sender_pattern: str
    created_at: datetime


class SendRule(Shape):
    policy_type: Literal["open", "allowlist", "denylist", "closed"]
    entries: list[SenderEntry]
    updated_by: str | None
    updated_at: datetime | None


class AgentSendPolicy(SendRule):
    address: str


class OrganizationReceivePolicy(SendRule):
    org_id: UUID


class ReceiveOverride(Shape):
    address: str
    override_type: Literal["open", "allowlist", "closed", "use_org_default"]
    entries: list[SenderEntry]
    updated_by: str | None
    updated_at: datetime | None


class OneSendPolicy(Ok):
    policy: AgentSendPolicy


class OneReceiveOverride(Ok):
    override: ReceiveOverride


class OneReceivePolicy(Ok):
    policy: OrganizationReceivePolicy


def shown(rule: ShownRule, named: str) -> dict[str, Any]:
    """A rule, its mode under the name `named`."""
    return {
        named: rule.mode,
        "entries": [
            {
                "entry_id": str(one.id),
                "sender_pattern": one.sender_pattern,
                "created_at": rfc3339(one.created_at),
            }
            for one in rule.entries
        ],
        "updated_by": rule.updated_by or None,
        "updated_at": rfc3339(rule.updated_at) if rule.updated_at else None,
    }
