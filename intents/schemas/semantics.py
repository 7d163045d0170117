"""Semantic schemas: what requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from intents.kernel.clock import rfc3339
from intents.schemas.fields import Closed, FreeObject, Object
from intents.schemas.responses import Ok, Shape
from intents.semantics.models import SemanticSchema

SemanticType = Annotated[str, StringConstraints(min_length=1, max_length=255)]
ModeName = Literal["strict", "backward", "warn"]


class UpsertSchema(Closed):
    """What payloads of a type hold."""

    semantic_type: SemanticType = Field(
        description="The `intent_type` that it is about, with its version.", examples=["order.fulfill.v1"]
    )
    document: Object = Field(
        alias="schema_json",
        description="A JSON Schema (2020-12) of an object, at most 32 KiB, which refers to nothing outside of itself.",
        examples=[{"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "string"}}}],
    )
    compatibility_mode: ModeName = Field(
        description="What becomes of a payload that it does not allow: `strict` refuses it (422), `backward` takes it where "
        "an earlier version allows it, `warn` takes it and says so in the intent's history."
    )
    schema_ref: Annotated[str, StringConstraints(max_length=512)] | None = Field(
        None, description="A note of where it comes from."
    )
    scope: Literal["tenant", "core"] = Field("tenant", description="Schemas of the scope `core` are not for clients.")
    active: bool = Field(True, description="Only active schemas are applied.")


class TryPayload(Closed):
    """A payload to hold against a type's schema."""

    payload: FreeObject = Field(examples=[{"order_id": "ORD-123"}])


class SchemaShape(Shape):
    semantic_type: str
    schema_ref: str
    schema_hash: str = Field(description="The SHA-256 of the schema as canonical JSON.")
    compatibility_mode: ModeName
    scope: Literal["tenant"]
    owner_agent: str | None = Field(description="The address of whose key registered it.")
    active: bool
    created_at: datetime
    updated_at: datetime


class WholeSchema(SchemaShape):
    document: dict[str, Any] = Field(alias="schema_json")


class OneSchema(Ok):
    schema_: SchemaShape = Field(alias="schema")


class GotSchema(Ok):
    schema_: WholeSchema = Field(alias="schema")


class SchemaList(Ok):
    schemas: list[SchemaShape]


class SchemaProblem(Shape):
    field: str
    message: str


class TriedPayload(Ok):
    valid: bool
    accepted: bool = Field(description="Whether an intent with it would be accepted: also one that is only warned about.")
    semantic_type: str = Field(description="The version that it was held against.")
    errors: list[SchemaProblem]


def shown(row: SemanticSchema) -> dict[str, Any]:
    """A schema in the words of the protocol, without the schema itself."""
    return {
        "semantic_type": row.semantic_type,
        "schema_ref": row.schema_ref or f"/v1/schemas/{row.semantic_type}",
        "schema_hash": bytes(row.digest).hex(),
        "compatibility_mode": row.mode,
        "scope": "tenant",
        "owner_agent": row.owner_agent or None,
        "active": row.active,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
