"""What answers about receipts look like, for the OpenAPI document."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from intents.schemas.responses import Ok, Shape


class Claims(Shape):
    """What a receipt says: it counts for this and nothing else."""

    iss: str = Field(description="The server that signed it.")
    jti: UUID = Field(description="The receipt's id, by which it is redeemed.")
    iat: int = Field(description="When it was decided, in UNIX seconds.")
    exp: int = Field(description="When it expires, in UNIX seconds.")
    intent_id: UUID
    intent_type: str
    to_agent: str
    task_id: UUID
    revision: int
    outcome: str
    payload_sha256: str = Field(description="SHA-256 of the payload in the canonical form of RFC 8785.")
    payload_digest: str = Field(description="Of what the decider was shown: the `payload_digest` of the decision.")
    approved: dict[str, Any] | None = Field(None, description="The values that were approved, where some may be changed.")
    decided_by: str
    authority: str


class OneReceipt(Ok):
    receipt_id: UUID
    receipt: str = Field(description="A JWS in compact form, signed with Ed25519 (`alg` EdDSA, `typ` axme-receipt+jwt).")
    claims: Claims
    expires_at: datetime
    redeemed_at: datetime | None
    redeemed_by: str | None


class Jwk(Shape):
    kty: str
    crv: str
    x: str
    kid: str


class ReceiptKeys(Shape):
    """A JWK set."""

    keys: list[Jwk]
