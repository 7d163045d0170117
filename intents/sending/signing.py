"""Signatures of what is posted to others, by Standard Webhooks 1.0."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A random secret in the form of Standard Webhooks: `whsec_` and 32 bytes in Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(*, message_id: str, body: str, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers that sign `body`, sent at `at` (UTC), with every one of `secrets`; the newest comes first.

    `X-Axme-Signature` is for agents that check that one: `sha256=`, and in hexadecimal the HMAC-SHA256 of the body under
    the newest secret as it is written.
    """
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    found = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp()))}
    if secrets:
        digest = hmac.new(secrets[0].encode(), body.encode(), hashlib.sha256).hexdigest()
        found |= {"webhook-signature": " ".join(signatures), "x-axme-signature": f"sha256={digest}"}
    return found
