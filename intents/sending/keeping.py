"""Signing secrets as they are kept: encrypted, and several while a receiver changes over to a new one."""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from intents.kernel import secrets
from intents.kernel.clock import rfc3339
from intents.sending import signing
from intents.sending.signing import SigningKind


class HeldSecret(NamedTuple):
    """A secret that signs `until` a time, as RFC 3339; for good when that is None."""

    secret: str
    until: str | None

    @property
    def kind(self) -> SigningKind:
        return signing.kind_of(self.secret)


def rotated(sealed: bytes | memoryview | None, *, new: str, overlap: timedelta, now: datetime) -> bytes:
    """`sealed` with a `new` secret; those before sign for `overlap` more. One that is there already only comes first. Raises
    ValueError as `in_force`."""
    ends, before = rfc3339(now + overlap), held(sealed, now=now)
    kept = [{"secret": secret, "until": min(until or ends, ends)} for secret, until in before if secret != new]
    return secrets.encrypt(json.dumps([{"secret": new, "until": None}, *kept]))


def in_force(sealed: bytes | memoryview | None, *, now: datetime) -> list[str]:
    """The secrets that sign now, newest first. Raises ValueError when they cannot be read any more."""
    return [one.secret for one in held(sealed, now=now)]


def held(sealed: bytes | memoryview | None, *, now: datetime) -> list[HeldSecret]:
    """The secrets that sign now, newest first, each with its end. Raises ValueError when they cannot be read any more."""
    kept = _opened(bytes(sealed), tuple(settings.ENCRYPTION_KEYS)) if sealed else ()
    return [one for one in kept if one.until is None or one.until > rfc3339(now)]


@lru_cache(maxsize=256)
def _opened(sealed: bytes, keys: tuple[str, ...]) -> tuple[HeldSecret, ...]:
    """What `sealed` holds, by these keys. Kept, as each message to an endpoint is signed with the same secrets."""
    return tuple(HeldSecret(**one) for one in json.loads(secrets.decrypt(sealed)))
