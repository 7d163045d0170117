"""Signing secrets on the wire: of agents that are called and of everybody else who is posted to."""

from datetime import datetime
from typing import Any

from pydantic import Field

from intents.schemas.responses import Ok, Shape
from intents.sending import signing
from intents.sending.keeping import HeldSecret
from intents.sending.signing import SigningKind

KIND = (
    "`hmac` for a secret that both sides have, `ed25519` for a key pair of which the receiver has the public key alone. As"
    " before when it is left out."
)


class SigningSecret(Ok):
    signing_secret: str | None = Field(description="Shown this once; null for a key pair: its private key stays here.")
    signing_public_key: str | None = Field(description="What the signatures of a key pair are verified with.")


class SigningKey(Shape):
    """What signs now."""

    kind: SigningKind
    public_key: str | None = Field(description="Of a key pair. A secret is not shown again.")
    until: datetime | None = Field(description="When it stops signing, of one that was rotated.")


class SigningKeys(Ok):
    keys: list[SigningKey] = Field(description="The newest first.")


def new(secret: str) -> dict[str, str | None]:
    """A secret that was just made, as far as it is shown."""
    public_key = signing.public_key(secret)
    return {"signing_secret": None if public_key else secret, "signing_public_key": public_key}


def key(held: HeldSecret) -> dict[str, Any]:
    """What signs, as far as everybody may know."""
    return {"kind": held.kind, "public_key": signing.public_key(held.secret), "until": held.until}
