"""Whether a call is signed by who knows a tool's secret, in the styles that services publish.

All are HMAC-SHA256 of the body behind a prefix; they differ in headers, prefix, key and spelling:

- standard: Standard Webhooks 1.0, https://www.standardwebhooks.com; also under the header names of Svix, and with `v1a`
  signatures of Ed25519 where the secret is a public key, `whpk_`.
- stripe: https://docs.stripe.com/webhooks#verify-manually
- github: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
- slack: https://docs.slack.dev/authentication/verifying-requests-from-slack
- hmac: the digest in a header of the tool's own, in hexadecimal or Base64, of the body, or of a time and the body.

The reference library of Standard Webhooks reads the machine's clock, knows one tolerance, and takes text alone; the tests
sign with it.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from intents.kernel.errors import Denied, InvalidField

TOLERANCE_SECONDS = 300
"""How old, or how far ahead, a signature may be, where a tool says nothing else."""
MOST_SIGNATURES = 20
"""Signatures of one call that are looked at."""
SECRET, PUBLIC = "whsec_", "whpk_"
_KEY_BYTES = 32
_SECRET_LENGTH = range(8, 513)
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class Style(StrEnum):
    STANDARD = "standard"
    STRIPE = "stripe"
    GITHUB = "github"
    SLACK = "slack"
    HMAC = "hmac"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a tool signs. `header` and `timestamp_header` are those of style hmac; one without the latter signs no time."""

    style: Style
    header: str = ""
    timestamp_header: str = ""
    tolerance_seconds: int = TOLERANCE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What a call's headers say: what was signed before the body, when, and by which digests; `public` are signatures by a
    private key. `name` is what the sender calls the message."""

    prefix: str = ""
    at: str | None = None
    digests: Sequence[bytes] = ()
    public: Sequence[bytes] = ()
    name: str = field(default="", repr=False)


Headers = Mapping[str, str]
"""By names in lower case."""


def verify(
    scheme: Scheme, *, secrets: Sequence[str], headers: Headers, bodies: Sequence[bytes], now: datetime
) -> bytes | None:
    """Check that one of `secrets` signed one of `bodies`, which are the same as it came and unpacked, about `now`.

    Returns what the signed message is known by, so that it counts once; None where a style signs no time: then one call is
    like the next with the same body. Raises Denied with the reason.
    """
    claim = _READ[scheme.style](scheme, headers)
    digest = _found(scheme.style, claim, secrets, bodies)
    if digest is None:
        raise Denied("the signature does not match: it was made with another secret, or of another body")
    if claim.at is None:
        return None
    age, allowed = now.timestamp() - int(claim.at), scheme.tolerance_seconds
    if age > allowed:
        raise Denied(f"the signature is older than the {allowed} seconds that are allowed")
    if age < -allowed:
        raise Denied(f"the signature is of a time to come, by more than the {allowed} seconds that are allowed")
    return hashlib.sha256(_bytes(claim.name)).digest() if claim.name else digest


def _found(style: Style, claim: _Claim, secrets: Sequence[str], bodies: Sequence[bytes]) -> bytes | None:
    """The digest or signature that is right, None when none is."""
    for secret in secrets:
        for body in bodies:
            signed = _bytes(claim.prefix) + body
            if style is Style.STANDARD and secret.startswith(PUBLIC):
                key = Ed25519PublicKey.from_public_bytes(_key(secret))
                if found := next((one for one in claim.public if _signed_by(key, one, signed)), None):
                    return found
                continue
            right = hmac.digest(_key(secret) if style is Style.STANDARD else secret.encode(), signed, "sha256")
            if any(hmac.compare_digest(right, one) for one in claim.digests):
                return right
    return None


def _signed_by(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def check_secret(style: Style, secret: str) -> None:
    """Raises InvalidField unless `secret` may be one of the style."""
    if len(secret) not in _SECRET_LENGTH or not secret.isprintable() or secret != secret.strip():
        raise InvalidField("secret", f"{_SECRET_LENGTH[0]} to {_SECRET_LENGTH[-1]} characters, without spaces around them")
    if style is not Style.STANDARD:
        return
    try:
        key = _key(secret)
    except (binascii.Error, ValueError):
        raise InvalidField("secret", f"{SECRET} and a key in Base64, or {PUBLIC} and a public key") from None
    if secret.startswith(PUBLIC) and len(key) != _KEY_BYTES:
        raise InvalidField("secret", f"{PUBLIC} and an Ed25519 public key of {_KEY_BYTES} bytes in Base64")


def _key(secret: str) -> bytes:
    """The key of Standard Webhooks in its text. Raises binascii.Error, ValueError."""
    text = secret.removeprefix(PUBLIC).removeprefix(SECRET)
    key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if not key:
        raise ValueError("an empty key")
    return key


def _standard(scheme: Scheme, headers: Headers) -> _Claim:
    before = "webhook" if "webhook-signature" in headers else "svix"
    if f"{before}-signature" not in headers:
        raise _missing("webhook-signature")
    name, at = _header(headers, f"{before}-id"), _time(headers, f"{before}-timestamp")
    pairs = [one.partition(",")[::2] for one in headers[f"{before}-signature"].split()[:MOST_SIGNATURES]]
    return _Claim(
        prefix=f"{name}.{at}.",
        at=at,
        digests=_all(_base64(text) for version, text in pairs if version == "v1"),
        public=_all(_base64(text) for version, text in pairs if version == "v1a"),
        name=name,
    )


def _stripe(scheme: Scheme, headers: Headers) -> _Claim:
    pairs = [one.strip().partition("=")[::2] for one in _header(headers, "stripe-signature").split(",")]
    times = [text for name, text in pairs if name == "t"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]):
        raise Denied("the header stripe-signature is to have one time, t=")
    given = [text for name, text in pairs if name == "v1"][:MOST_SIGNATURES]
    return _Claim(prefix=f"{times[0]}.", at=times[0], digests=_all(_hex(text) for text in given))


def _github(scheme: Scheme, headers: Headers) -> _Claim:
    return _Claim(digests=_all([_hex(_after("sha256=", _header(headers, "x-hub-signature-256")))]))


def _slack(scheme: Scheme, headers: Headers) -> _Claim:
    at = _time(headers, "x-slack-request-timestamp")
    given = _after("v0=", _header(headers, "x-slack-signature"))
    return _Claim(prefix=f"v0:{at}:", at=at, digests=_all([_hex(given)]))


def _hmac(scheme: Scheme, headers: Headers) -> _Claim:
    given = _header(headers, scheme.header).removeprefix("sha256=")
    at = _time(headers, scheme.timestamp_header) if scheme.timestamp_header else None
    return _Claim(prefix=f"{at}." if at else "", at=at, digests=_all([_hex(given) or _base64(given)]))


_READ: dict[Style, Callable[[Scheme, Headers], _Claim]] = {
    Style.STANDARD: _standard,
    Style.STRIPE: _stripe,
    Style.GITHUB: _github,
    Style.SLACK: _slack,
    Style.HMAC: _hmac,
}


def _missing(name: str) -> Denied:
    return Denied(f"the header {name} is missing: calls of this tool are to be signed")


def _header(headers: Headers, name: str) -> str:
    found = headers.get(name.lower(), "").strip()
    if not found:
        raise _missing(name)
    return found


def _time(headers: Headers, name: str) -> str:
    found = _header(headers, name)
    if not _SECONDS.fullmatch(found):
        raise Denied(f"the header {name} is to be a time in seconds")
    return found


def _after(prefix: str, text: str) -> str:
    return text[len(prefix) :] if text.startswith(prefix) else ""


def _hex(text: str) -> bytes | None:
    return bytes.fromhex(text) if _HEX.fullmatch(text) else None


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _all(found: Iterable[bytes | None]) -> list[bytes]:
    return [one for one in found if one]


def _bytes(text: str) -> bytes:
    """A header as it was sent: WSGI gives each byte as one character."""
    return text.encode("latin-1", "replace")
