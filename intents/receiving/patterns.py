"""Patterns of senders, and whether a rule lets somebody pass: plain data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intents.kernel.addresses import SCHEME, local_name
from intents.kernel.errors import AgentNotFound, InvalidAddress, InvalidField
from intents.receiving.models import PATTERN_LENGTH, SendMode

ALL = "*"
_PART = r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,119}"
_WORDS = re.compile(rf"(?:agent://)?(?:{_PART}/){{1,2}}\*|(?:agent://)?{_PART}(?:/{_PART}){{0,2}}")


def checked(text: str, *, field: str) -> str:
    """A pattern as it is kept. Raises InvalidField."""
    pattern = text.strip()
    if len(pattern) > PATTERN_LENGTH or (pattern != ALL and not _WORDS.fullmatch(pattern)):
        raise InvalidField(field, "the address of an agent, agent://org/workspace/*, agent://org/* or *")
    return pattern


@dataclass(frozen=True, slots=True)
class SendingAgent:
    """An agent of a workspace, by its name there."""

    org: str
    workspace: str
    name: str


def matches(pattern: str, sender: SendingAgent) -> bool:
    """Whether a pattern names a sender, however that is spelled."""
    if pattern == ALL:
        return True
    if pattern.endswith("/*"):
        parts = pattern.removeprefix(SCHEME).split("/")[:-1]
        return parts == [sender.org, sender.workspace][: len(parts)]
    try:
        return local_name(pattern, org=sender.org, workspace=sender.workspace) == sender.name
    except (AgentNotFound, InvalidAddress):
        return False


def passes(mode: str, patterns: Sequence[str], *, sender: SendingAgent, speaker: SendingAgent) -> bool:
    """Whether a rule lets an intent pass that is from `sender`, sent by the key of `speaker`. Those that are allowed are so
    as who it is from; who is denied is so under any name."""
    match mode:
        case SendMode.CLOSED:
            return False
        case SendMode.ALLOWLIST:
            return any(matches(one, sender) for one in patterns)
        case SendMode.DENYLIST:
            return not any(matches(one, who) for one in patterns for who in (sender, speaker))
    return True
