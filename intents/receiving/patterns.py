"""Patterns of senders, and whether a rule lets somebody pass: plain data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from intents.kernel.addresses import SCHEME
from intents.kernel.errors import InvalidField
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


def spellings(sender: SendingAgent) -> frozenset[str]:
    """All patterns that name a sender: so many entries of a rule cost one look each. A name of two parts is an address by
    itself, of which the first part can be named as an organization can."""
    place = f"{sender.org}/{sender.workspace}"
    paths = [f"{sender.org}/*", f"{place}/*", sender.name]
    team, two_parts, _ = sender.name.partition("/")
    paths.append(f"{team}/*" if two_parts else f"{place}/{sender.name}")
    return frozenset([ALL, *paths, *(SCHEME + path for path in paths)])


def passes(mode: str, patterns: Sequence[str], *, sender: SendingAgent, speaker: SendingAgent) -> bool:
    """Whether a rule lets an intent pass that is from `sender`, sent by the key of `speaker`. Those that are allowed are so
    as who it is from; who is denied is so under any name."""
    match mode:
        case SendMode.CLOSED:
            return False
        case SendMode.ALLOWLIST:
            return not spellings(sender).isdisjoint(patterns)
        case SendMode.DENYLIST:
            return (spellings(sender) | spellings(speaker)).isdisjoint(patterns)
    return True
