"""What requests about agents and their keys may hold."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    Field,
    StringConstraints,
)

from intents.accounts import bindings
from intents.schemas import signing
from intents.schemas.fields import Closed, EmailAddress, Moment
from intents.schemas.work_requests import ToolName
from intents.sending.signing import SigningKind


def _modes(shape: dict[str, Any]) -> None:
    shape["enum"] = bindings.modes()


# What is registered, which is known only once all applications are: the service checks it.
DeliveryMode = Annotated[str, Field(json_schema_extra=_modes)]
CallbackUrl = Annotated[str, StringConstraints(max_length=2048)]


class CreateServiceAccount(Closed):
    """A new agent. Organization and workspace come from the credential; if given, they must be those."""

    name: Annotated[str, StringConstraints(min_length=2, max_length=120)]
    org_id: UUID | None = None
    workspace_id: UUID | None = None
    display_name: Annotated[str, StringConstraints(max_length=255)] | None = None
    description: Annotated[str, StringConstraints(max_length=1024)] | None = None
    delivery_mode: DeliveryMode | None = None
    callback_url: CallbackUrl | None = None
    created_by_actor_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="Kept by the audit log as the credential says, not as sent."
    )


class CreateKey(Closed):
    created_by_actor_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    name: Any = Field(None, deprecated=True, description="Ignored.")
    description: Any = Field(None, deprecated=True, description="Ignored.")
    expires_at: Moment | None = None
    scope: Literal["workspace", "own"] = Field("own", description="Every address of the workspace, or only the agent's own.")
    tools: Annotated[list[ToolName], Field(max_length=50)] = Field(
        [], description="The tools whose jobs a key of scope own may complete; a workspace key may complete any."
    )


class RotateKey(Closed):
    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=30 * 24 * 3600)] = Field(
        3600, description="How long the old one works on."
    )


class RotateSigningSecret(RotateKey):
    kind: SigningKind | None = Field(None, description=signing.KIND)


class UpdateAgent(Closed):
    display_name: Annotated[str, StringConstraints(max_length=255)] | None = None
    description: Annotated[str, StringConstraints(max_length=1024)] | None = None
    delivery_mode: DeliveryMode | None = None
    callback_url: CallbackUrl | None = None
    lease_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] | None = None
    owner: EmailAddress | None = Field(None, description="The member who answers for it, by email address.")
