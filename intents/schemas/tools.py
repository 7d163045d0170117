"""Requests and answers about outside tools: how they sign their calls."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.engine.incoming.places import LONGEST
from intents.engine.incoming.signatures import TOLERANCE_SECONDS
from intents.engine.services.tools import LONGEST_OVERLAP, MOST_TYPES, OVERLAP, TOLERANCES
from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape

StyleName = Literal["standard", "stripe", "github", "slack", "hmac"]
Place = Annotated[str, StringConstraints(max_length=LONGEST)]
HeaderName = Annotated[str, StringConstraints(max_length=120)]


class SetTool(Closed):
    """How a tool signs its calls."""

    style: StyleName = Field(description="Standard Webhooks, Stripe, GitHub, Slack, or an HMAC-SHA256 in any header.")
    secret: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = Field(
        None, description="What the tool signs with; never shown. Absent, the one before stays."
    )
    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=int(LONGEST_OVERLAP.total_seconds()))] = Field(
        int(OVERLAP.total_seconds()), description="How long the secrets before a new one stay valid."
    )
    header: HeaderName = Field("", description="Of style hmac: the header with the signature, in hexadecimal or Base64.")
    timestamp_header: HeaderName = Field(
        "", description="Of style hmac: the header with the time in seconds, where `<time>.<body>` is signed."
    )
    tolerance_seconds: Annotated[int, Field(strict=True, ge=TOLERANCES[0], le=TOLERANCES[-1])] = Field(
        TOLERANCE_SECONDS, description="How old, or far ahead, a signature may be."
    )
    external_id_at: Place = Field(
        "", description="For a tool that knows one address alone: the JSON Pointer to the id of the job in what it sends."
    )
    event_type_at: Place = Field(
        "",
        description="Where a call says its type: JSON Pointers and headers, with spaces between; dots join what is there.",
    )
    event_types: Annotated[list[str], Field(max_length=MOST_TYPES)] = Field(
        [], description="Only these count, or those that begin like `payment_intent.*`; empty: all."
    )


class ConfiguredTool(Shape):
    tool_id: UUID
    tool: str
    style: StyleName
    header: str
    timestamp_header: str
    tolerance_seconds: int
    external_id_at: str
    event_type_at: str
    event_types: list[str]
    incoming_url: str | None = Field(description="The one address for all calls of the tool, where `external_id_at` is set.")
    has_secret: bool = Field(description="Without one every call is refused.")
    secret_set_at: datetime
    old_secrets_until: datetime | None = Field(description="Until when the secrets before the last one are valid.")
    created_at: datetime
    created_by: str
    updated_at: datetime


class RefusedToolCall(Shape):
    intent_id: UUID
    at: datetime
    reason: str


class RefusedIncomingCall(Shape):
    reason: str
    first_at: datetime
    at: datetime


class OneTool(Ok):
    tool: ConfiguredTool
    refused_calls: list[RefusedToolCall] = Field([], description="The last ones, the newest first.")
    refused_incoming: list[RefusedIncomingCall] = Field(
        [], description="Why calls of `incoming_url` were refused, each reason once, the last first."
    )


class ToolList(Ok):
    tools: list[ConfiguredTool]
