"""The secrets that deliveries to an agent's URL are signed with: several while it changes over to a new one."""

import json
from datetime import datetime, timedelta

from intents.accounts.models import Agent
from intents.kernel import secrets
from intents.kernel.clock import rfc3339
from intents.sending import signing


def rotate(*, agent: Agent, overlap: timedelta, now: datetime) -> str:
    """Give a locked agent a new secret, which is returned this once; those before sign for `overlap` more. Not saved."""
    new = signing.new_secret()
    ends = rfc3339(now + overlap)
    held = _held(bytes(agent.signing) if agent.signing else None, now=now)
    kept = [{"secret": secret, "until": min(until or ends, ends)} for secret, until in held]
    agent.signing = secrets.encrypt(json.dumps([{"secret": new, "until": None}, *kept]))
    return new


def in_force(sealed: bytes | None, *, now: datetime) -> list[str]:
    """The secrets that sign now, newest first. Raises ValueError when they cannot be read any more."""
    return [secret for secret, _ in _held(sealed, now=now)]


def _held(sealed: bytes | None, *, now: datetime) -> list[tuple[str, str | None]]:
    held = json.loads(secrets.decrypt(sealed)) if sealed else []
    return [(one["secret"], one["until"]) for one in held if one["until"] is None or one["until"] > rfc3339(now)]
