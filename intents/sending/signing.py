"""Signatures of what is posted to others, by Standard Webhooks 1.0.

Of two kinds: with a secret that the receiver has as well (HMAC-SHA256, `v1`), or with a key pair of which the receiver has
the public key alone (Ed25519, `v1a`), so that nothing at its side could sign.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from intents.kernel.errors import InvalidField

PREFIX = "whsec_"
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"
SECRET_BYTES = 32
"""Of a secret, and of the seed of a key pair."""
SHOWN = 4
"""Characters of a secret that its hint shows."""


class SigningKind(StrEnum):
    HMAC = "hmac"
    ED25519 = "ed25519"


def new_secret(kind: SigningKind = SigningKind.HMAC) -> str:
    """A random secret in the form of Standard Webhooks: `whsec_`, or `whsk_` for a private key, and 32 bytes in Base64."""
    prefix = PREFIX if kind is SigningKind.HMAC else PRIVATE_PREFIX
    return prefix + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def kind_of(secret: str) -> SigningKind:
    """What a secret signs by."""
    return SigningKind.ED25519 if secret.startswith(PRIVATE_PREFIX) else SigningKind.HMAC


def public_key(secret: str) -> str | None:
    """What a receiver verifies the signatures of a private key with: `whpk_` and 32 bytes in Base64. None for a secret that
    the receiver has itself."""
    if kind_of(secret) is SigningKind.HMAC:
        return None
    return PUBLIC_PREFIX + base64.b64encode(_private(secret).public_key().public_bytes_raw()).decode()


def hint(secret: str) -> str:
    """What is shown of a secret."""
    shown = public_key(secret) or secret
    prefix = next((one for one in (PREFIX, PUBLIC_PREFIX) if shown.startswith(one)), "")
    return f"{prefix}…{shown[-SHOWN:]}"


def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret.removeprefix(PRIVATE_PREFIX)))


def headers(*, message_id: str, body: str, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers that sign `body`, sent at `at` (UTC), with every one of `secrets`, of either kind; the newest comes first.

    `X-Axme-Signature` is for agents that check that one: `sha256=`, and in hexadecimal the HMAC-SHA256 of the body under
    the newest secret as it is written. A private key makes none.
    """
    signatures = [_signature(secret, message_id, at, body) for secret in secrets]
    found = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp()))}
    if signatures:
        found["webhook-signature"] = " ".join(signatures)
    if shared := next((secret for secret in secrets if kind_of(secret) is SigningKind.HMAC), None):
        digest = hmac.new(shared.encode(), body.encode(), hashlib.sha256).hexdigest()
        found["x-axme-signature"] = f"sha256={digest}"
    return found


def _signature(secret: str, message_id: str, at: datetime, body: str) -> str:
    if kind_of(secret) is SigningKind.HMAC:
        return Webhook(encoded(secret)).sign(message_id, at, body)
    signed = _private(secret).sign(f"{message_id}.{int(at.timestamp())}.{body}".encode())
    return f"v1a,{base64.b64encode(signed).decode()}"


def encoded(secret: str) -> str:
    """A shared secret as Standard Webhooks writes it. One that somebody chose is any text: its bytes are the key."""
    return secret if secret.startswith(PREFIX) else PREFIX + base64.b64encode(secret.encode()).decode()


def ensure_signs(secret: str, *, field: str) -> None:
    """Raises InvalidField for a secret that looks like one of Standard Webhooks and is none."""
    if secret.startswith((PRIVATE_PREFIX, PUBLIC_PREFIX)):
        raise InvalidField(field, "a key pair is made here, and only its public key is shown")
    if secret.startswith(PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except ValueError:
            key = b""
        if not 24 <= len(key) <= 64:
            raise InvalidField(field, "behind whsec_ come 24 to 64 bytes in Base64")
