"""Signing secrets as they are kept: encrypted, and several while a receiver changes over to a new one."""

import json
from datetime import datetime, timedelta

from intents.kernel import secrets
from intents.kernel.clock import rfc3339


def rotated(sealed: bytes | None, *, new: str, overlap: timedelta, now: datetime) -> bytes:
    """`sealed` with a `new` secret; those before sign for `overlap` more. Raises ValueError as `in_force`."""
    ends = rfc3339(now + overlap)
    kept = [{"secret": secret, "until": min(until or ends, ends)} for secret, until in _held(sealed, now=now)]
    return secrets.encrypt(json.dumps([{"secret": new, "until": None}, *kept]))


def in_force(sealed: bytes | None, *, now: datetime) -> list[str]:
    """The secrets that sign now, newest first. Raises ValueError when they cannot be read any more."""
    return [secret for secret, _ in _held(sealed, now=now)]


def _held(sealed: bytes | None, *, now: datetime) -> list[tuple[str, str | None]]:
    held = json.loads(secrets.decrypt(bytes(sealed))) if sealed else []
    return [(one["secret"], one["until"]) for one in held if one["until"] is None or one["until"] > rfc3339(now)]
