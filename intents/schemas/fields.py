"""What fields of requests may hold. Bodies are closed: an unknown field is refused by name."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
)

from intents.kernel import canonical
from intents.kernel.addresses import MAX_LENGTH

INT_MAX = 2**31 - 1
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def _is_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be a time like 2026-01-31T09:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_is_text), Field(ge=_FIRST, le=_LAST)]
Count = Annotated[int, Field(strict=True, ge=1, le=INT_MAX)]
Generation = Annotated[int, Field(strict=True, ge=0, le=INT_MAX)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
GENERATION: TypeAdapter[int | None] = TypeAdapter(Generation | None)
LEASE_TOKEN: TypeAdapter[UUID | None] = TypeAdapter(UUID | None)
Reason = Annotated[str, StringConstraints(max_length=2000)]
Object = dict[str, Any]


def _sized(value: Any, info: ValidationInfo) -> Any:
    canonical.sized(value, info.field_name or "body")
    return value


FreeJson = Annotated[Any, AfterValidator(_sized)]
FreeObject = Annotated[Object, AfterValidator(_sized)]
"""What may hold anything, up to the limit that `canonical.sized` sets. Validating raises PayloadTooLarge beyond it."""
EmailAddress = Annotated[str, StringConstraints(min_length=1, max_length=254)]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fenced(Closed):
    lease_token: UUID | None = Field(None, description="The delivery's token: refused when that lease is over.")
