"""Outside services that sign their calls, each as its own documentation has it, by nothing of ours."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRETS = {
    "standard": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "stripe": "whsec_stripes_own_are_used_as_they_are",
    "github": "It's a Secret to Everybody",
    "slack": "8f742231b10e8888abcd99yyyzzz85a5",
    "hmac": "a plain old secret",
}
OTHERS = {style: secret[:-8] + "AAAAAAAA" for style, secret in SECRETS.items()}
"""Secrets of the same form that are not the tool's."""
TIMED = ("standard", "stripe", "slack", "hmac")
"""Styles that sign a time."""
SIGNATURE = {
    "standard": "webhook-signature",
    "stripe": "stripe-signature",
    "github": "x-hub-signature-256",
    "slack": "x-slack-signature",
    "hmac": "x-signature",
}
"""The header that the signature is in."""
Headers = dict[str, str]


def _hex(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def standard(secret: str, body: bytes, at: int, name: str = "msg_1") -> Headers:
    """Signed by the reference library, which takes text."""
    signature = Webhook(secret).sign(name, datetime.fromtimestamp(at, UTC), body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": signature}


def stripe(secret: str, body: bytes, at: int) -> Headers:
    return {"stripe-signature": f"t={at},v1={_hex(secret, b'%d.' % at + body)},v0={'0' * 64}"}


def github(secret: str, body: bytes, at: int) -> Headers:
    return {"x-hub-signature-256": f"sha256={_hex(secret, body)}", "x-github-event": "check_run"}


def slack(secret: str, body: bytes, at: int) -> Headers:
    return {"x-slack-request-timestamp": str(at), "x-slack-signature": f"v0={_hex(secret, b'v0:%d:' % at + body)}"}


def plain(secret: str, body: bytes, at: int) -> Headers:
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).digest()
    return {"x-timestamp": str(at), "x-signature": base64.b64encode(digest).decode()}


SIGN: dict[str, Callable[[str, bytes, int], Headers]] = {
    "standard": standard,
    "stripe": stripe,
    "github": github,
    "slack": slack,
    "hmac": plain,
}
CONFIGURED = {
    style: {"style": style, "secret": secret}
    | ({"header": "X-Signature", "timestamp_header": "X-Timestamp"} if style == "hmac" else {})
    for style, secret in SECRETS.items()
}
"""The body that configures a tool of each style."""
