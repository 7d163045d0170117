"""Verify the receipt of a decision, offline, before you act on it. Copy this file into your executor: it needs nothing but
Python and `cryptography`.

    claims = verify(receipt, keys, payload=payload, intent_id=intent_id)
    pay(claims.get("approved", payload))

`keys` is the answer of GET /v1/receipts/keys: get it once, by a way that you trust, and keep it. Then redeem the receipt
(POST /v1/receipts/{jti}/redeem) so that nobody acts on it twice.
"""

import base64
import hashlib
import json
import time
from decimal import Decimal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KIND = "axme-receipt+jwt"
LEEWAY_SECONDS = 30
"""By so much the clocks of the server and of this machine may differ."""


class BadReceipt(Exception):
    """This receipt grants nothing: do not act on it."""


class UnknownKey(BadReceipt):
    """It is signed with a key that is not among those you keep. Where the server's key was changed, get the receipt again
    (GET /v1/receipts/{id}), and the new key by a way that you trust."""


def verify(receipt, keys, *, payload, intent_id, outcomes=("approved",), now=None):
    """The claims of `receipt`, if it was signed by one of `keys`, has not expired, and approves `payload` of `intent_id` by
    one of `outcomes`. Raises BadReceipt."""
    header, claims, signed, signature = _parts(receipt)
    if (header.get("alg"), header.get("typ")) != ("EdDSA", KIND):
        raise BadReceipt("this is no receipt")
    known = {one.get("kid"): one for one in keys["keys"] if one.get("kty") == "OKP" and one.get("crv") == "Ed25519"}
    if header.get("kid") not in known:
        raise UnknownKey(f"signed with the key {header.get('kid')}, which is not known")
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(known[header["kid"]]["x"])).verify(signature, signed)
    except InvalidSignature:
        raise BadReceipt("the signature is wrong") from None
    now = time.time() if now is None else now
    if not claims["iat"] - LEEWAY_SECONDS <= now < claims["exp"]:
        raise BadReceipt("it has expired, or is not valid yet")
    if claims["intent_id"] != intent_id:
        raise BadReceipt("it is for another intent")
    if claims["outcome"] not in outcomes:
        raise BadReceipt(f"the decision was {claims['outcome']}")
    if claims["payload_sha256"] != hashlib.sha256(canonical(payload).encode()).hexdigest():
        raise BadReceipt("it is for another payload")
    return claims


def _parts(receipt):
    """Header, claims, what is signed, and the signature. Raises BadReceipt."""
    try:
        signed, _, signature = receipt.rpartition(".")
        header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        return header, claims, signed.encode("ascii"), _decoded(signature)
    except (ValueError, AttributeError):
        raise BadReceipt("this is no receipt") from None


def _decoded(text):
    """The bytes of Base64 for addresses, in its one form. Raises ValueError."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("not in its one form")
    return raw


def canonical(value):
    """`value` as JSON in the canonical form of RFC 8785."""
    if isinstance(value, dict):
        # By UTF-16, as JavaScript sorts.
        items = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(item)}" for key, item in items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value):
    """As JavaScript writes it: 1e21 and beyond, and below 1e-6, with an exponent."""
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, _, exponent = repr(value).partition("e")
    digits = digits.removesuffix(".0")
    return f"{digits}e{int(exponent):+d}"
