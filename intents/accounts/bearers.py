"""What a command line carries: a session token, a token to refresh it with, and a key. All three are made anew from its
row, so that nothing is kept that a copy of the table could be used with.

The session token is a JWT: clients read from its `exp` when to refresh it. It is looked up at each use all the same, so
that ending the session ends it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core import signing

from intents.accounts.models import CommandLine
from intents.kernel import jws, secrets

KEY_PREFIX = "axme_cli_"
REFRESH_PREFIX = "axme_rt_"
KIND = "session+jwt"
LASTS = timedelta(hours=1)
"""How long a session token is good for without refreshing it."""


class Carried(NamedTuple):
    """The secrets of a command line as it is now, and how many seconds its session token is good for."""

    api_key: str
    session_token: str
    refresh_token: str
    expires_in: int


def carried(line: CommandLine) -> Carried:
    """The same each time until it is refreshed."""
    claims = {
        "iss": settings.BASE_URL,
        "sub": str(line.token.user_id),
        "sid": str(line.token_id),
        "iat": int(line.refreshed_at.timestamp()),
        "exp": int((line.refreshed_at + LASTS).timestamp()),
        "gen": line.generation,
    }
    return Carried(
        key(line.token_id, bytes(line.seed)), jws.signed(claims, kind=KIND), _refresh(line), int(LASTS.total_seconds())
    )


def key(session_id: UUID, seed: bytes) -> str:
    """The key of a session's command line."""
    return KEY_PREFIX + secrets.fingerprint(_signer(seed, "key").sign(session_id.hex)).hex()


def session_of(token: str, *, now: datetime) -> UUID | None:
    """Which session a token is of, None for one that is not from here, or too old."""
    claims = jws.opened(token, kind=KIND)
    if claims is None or claims["exp"] <= now.timestamp():
        return None
    return UUID(claims["sid"])


def looks_like_one(token: str) -> bool:
    """Whether a token has the form of a session token, as no other has."""
    return token.count(".") == 2


def named_in(refresh_token: str) -> UUID | None:
    """Which session a token to refresh with says that it is of. It has yet to be held against that."""
    try:
        return UUID(refresh_token.partition(".")[0].removeprefix(REFRESH_PREFIX))
    except ValueError:
        return None


def _refresh(line: CommandLine) -> str:
    return REFRESH_PREFIX + _signer(bytes(line.seed), "refresh").sign(f"{line.token_id.hex}.{line.generation}")


def generation_of(line: CommandLine, refresh_token: str) -> int | None:
    """By which refreshing of the session a token was given out; None when it was not."""
    try:
        signed = _signer(bytes(line.seed), "refresh").unsign(refresh_token.removeprefix(REFRESH_PREFIX))
    except signing.BadSignature:
        return None
    return int(signed.partition(".")[2])


def _signer(seed: bytes, use: str) -> signing.Signer:
    return signing.Signer(salt=f"command line {use} {seed.hex()}")


def fingerprint(session_id: UUID, seed: bytes) -> bytes:
    """What a command line is found by that sends its key."""
    return secrets.fingerprint(key(session_id, seed))
