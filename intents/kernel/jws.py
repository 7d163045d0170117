"""Statements of this server that others verify: JWS in its compact form (RFC 7515) with Ed25519 (RFC 8037).

They are signed with AUDIT_KEY, as checkpoints are. What is signed here begins with a header in Base64 and holds one dot, so
that it is no checkpoint and no record of an erasure, nor the other way round.
"""

import base64
import hashlib
from typing import Any

from intents.kernel import attesting, canonical


def signed(claims: dict[str, Any], *, kind: str) -> str:
    """`claims` with this server's signature; `kind` is the `typ` of the header, by which one kind is never taken for
    another."""
    header = {"alg": "EdDSA", "kid": key_id(), "typ": kind}
    text = ".".join(_base64(canonical.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_base64(attesting.signature(text))}"


def key_id() -> str:
    """What headers name the key by: the thumbprint of its public half (RFC 7638)."""
    return _base64(hashlib.sha256(canonical.dumps({**_public()}).encode()).digest())


def jwk() -> dict[str, str]:
    """The public key, as JSON has it (RFC 7517)."""
    return {**_public(), "kid": key_id(), "use": "sig", "alg": "EdDSA"}


def _public() -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64(attesting.public_key())}


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
