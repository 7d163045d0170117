"""Whom intents wait for that are no people, of many at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from intents.engine.lifecycle import TERMINAL, WaitReason
from intents.kernel import canonical, statements

MOST_NAMED = 20
"""So many agents are named of those that an intent waits for."""


class Waited(NamedTuple):
    """What a wait is for: the name of a tool, or else the addresses of agents as they were sent, those first that are not
    done, each once."""

    tool: str | None
    agents: list[str]


_WAITS = f"""
SELECT w.intent_id, w.spec FROM intents_wait w
WHERE w.intent_id = ANY({statements.array("ids", "uuid")}) AND w.state = 'open'
  AND w.reason IN ('{WaitReason.AGENT}', '{WaitReason.TOOL}')
"""
_CHILDREN = f"""
SELECT id, to_agent, status = ANY(%(ended)s) FROM intents_intent WHERE id = ANY({statements.array("ids", "uuid")})
"""


def waited_for(ids: Sequence[UUID]) -> dict[UUID, Waited]:
    """For each of these intents that waits for a tool or for agents, which; for none whose wait cannot be read. Checks no
    actor."""
    rows = statements.rows(_WAITS, {"ids": list(ids)}) if ids else []
    found = {intent_id: wait for intent_id, spec in rows if (wait := _read(spec)) is not None}
    children = {child for wait in found.values() for child in wait.children}
    given = {"ids": list(children), "ended": sorted(TERMINAL)}
    theirs = {row[0]: row[1:] for row in statements.rows(_CHILDREN, given)} if children else {}
    return {intent_id: Waited(wait.tool, _addresses(wait.children, theirs)) for intent_id, wait in found.items()}


class _Wait(NamedTuple):
    tool: str | None
    children: list[UUID]


def _read(spec: str) -> _Wait | None:
    try:
        asked = canonical.loads(spec)
        children = [UUID(one) for one in asked.get("child_intent_ids", [])]
    except (ValueError, AttributeError, TypeError):
        return None
    return _Wait(asked.get("tool"), children)


def _addresses(children: Iterable[UUID], found: Mapping[UUID, tuple[str, bool]]) -> list[str]:
    there = sorted((found[one] for one in children if one in found), key=lambda child: child[1])
    return list(dict.fromkeys(to_agent for to_agent, _ in there))[:MOST_NAMED]
