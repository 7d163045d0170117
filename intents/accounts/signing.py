"""The secrets that deliveries to an agent's URL are signed with."""

from datetime import datetime, timedelta

from intents.accounts.models import Agent
from intents.sending import keeping, signing
from intents.sending.keeping import HeldSecret
from intents.sending.signing import SigningKind


def rotate(*, agent: Agent, overlap: timedelta, now: datetime, kind: SigningKind | None = None) -> str:
    """Give a locked agent a new secret, of the kind that it has if none is named; those before sign for `overlap` more. Not
    saved."""
    if kind is None:
        newest = next(iter(held(agent, now=now)), None)
        kind = newest.kind if newest else SigningKind.HMAC
    new = signing.new_secret(kind)
    agent.signing = keeping.rotated(_sealed(agent), new=new, overlap=overlap, now=now)
    return new


def held(agent: Agent, *, now: datetime) -> list[HeldSecret]:
    """What signs for an agent now, newest first. Raises ValueError when it cannot be read any more."""
    return keeping.held(_sealed(agent), now=now)


def _sealed(agent: Agent) -> bytes | None:
    return bytes(agent.signing) if agent.signing else None
