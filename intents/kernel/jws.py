"""Statements of this server that others verify: JWS in its compact form (RFC 7515) with Ed25519 (RFC 8037).

They are signed with AUDIT_KEY, as checkpoints are. What is signed here begins with a header in Base64 and holds one dot, so
that it is no checkpoint and no record of an erasure, nor the other way round.
"""

import base64
import hashlib
import json
from typing import Any

from intents.kernel import attesting, canonical


def signed(claims: dict[str, Any], *, kind: str) -> str:
    """`claims` with this server's signature; `kind` is the `typ` of the header, by which one kind is never taken for
    another."""
    header = {"alg": "EdDSA", "kid": key_id(), "typ": kind}
    text = ".".join(_base64(canonical.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_base64(attesting.signature(text))}"


def opened(text: str, *, kind: str) -> dict[str, Any] | None:
    """The claims of what this server signed as `kind`, None for anything else."""
    head, _, rest = text.partition(".")
    body, _, given = rest.partition(".")
    try:
        header, claims, signature = json.loads(_raw(head)), json.loads(_raw(body)), _raw(given)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(header, dict) and header.get("typ") == kind and header.get("kid") == key_id()
    if not ours or not isinstance(claims, dict) or not attesting.is_signed(f"{head}.{body}", signature):
        return None
    return claims


def key_id() -> str:
    """What headers name the key by: the thumbprint of its public half (RFC 7638)."""
    return _base64(hashlib.sha256(canonical.dumps({**_public()}).encode()).digest())


def jwk() -> dict[str, str]:
    """The public key, as JSON has it (RFC 7517)."""
    return {**_public(), "kid": key_id(), "use": "sig", "alg": "EdDSA"}


def _public() -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64(attesting.public_key())}


def _raw(text: str) -> bytes:
    """Raises ValueError, as for text of which another spelling means the same."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _base64(raw) != text:
        raise ValueError("not in Base64 as it is written here")
    return raw


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
