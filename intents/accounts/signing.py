"""The secrets that deliveries to an agent's URL are signed with."""

from datetime import datetime, timedelta

from intents.accounts.models import Agent
from intents.sending import keeping, signing


def rotate(*, agent: Agent, overlap: timedelta, now: datetime) -> str:
    """Give a locked agent a new secret, which is returned this once; those before sign for `overlap` more. Not saved."""
    new = signing.new_secret()
    agent.signing = keeping.rotated(agent.signing, new=new, overlap=overlap, now=now)
    return new
