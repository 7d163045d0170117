"""Calls to the one address of a tool that cannot be given an address for each wait: whether the tool signed, and only then
which job it says is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from intents.engine import signed_calls, tools, waits
from intents.engine.incoming import bodies, places
from intents.engine.incoming.signatures import Style
from intents.engine.models import Tool
from intents.engine.services import callbacks, signals
from intents.engine.services.signals import Received
from intents.kernel import clock, statements
from intents.kernel.actors import System
from intents.kernel.errors import Denied, DomainError, Invalid, Missing, Unavailable, UnsupportedEncoding
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

KEPT = 50
"""Reasons of refusals that are kept of a tool, the last ones."""
CALLER = System(name="callback")
"""Whoever calls, before and after the signature says which tool that is."""
_IGNORED = Received(applied=False, kept=False, intent_id=None)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """What became of a call. `ignored` when it tells of something that the tool's configuration does not ask for;
    `challenge` is to be answered to a service that asks whether anybody is here."""

    received: Received
    ignored: bool = False
    challenge: str | None = None


def receive(*, actor: System, tool_id: UUID, body: bytes | None, headers: Mapping[str, str]) -> IncomingCall:
    """The one address of a tool was called with `body`, as it came, or None for one too large to be read; `headers` are
    those of the call. It ends the wait for the job that it names, or is kept until one opens; repeated it changes nothing.

    Raises Missing where no tool has this address; and what is noted at the tool: Denied for a signature, PayloadTooLarge,
    UnsupportedEncoding and InvalidField for a body, Unavailable for secrets that cannot be read.
    """
    tool = tools.called_at(tool_id)
    if tool is None:
        raise Missing("no tool has this address")
    known = {name.lower(): value for name, value in headers.items()}
    try:
        if body is None:
            raise bodies.too_large()
        plain, used = signed_calls.opened(tool, headers=known, body=body, now=clock.now())
        said = bodies.result(plain, content_type=known.get("content-type", ""), headers=known)
        if (challenge := _challenge(tool, said)) is not None:
            return IncomingCall(_IGNORED, ignored=True, challenge=challenge)
        if not _asked_for(tool, said, known):
            return IncomingCall(_IGNORED, ignored=True)
        job = waits.Job(tool.name, places.external_id(said, tool.external_id_at))
    except (Invalid, Denied, Unavailable) as refused:
        _note(tool=tool, refused=refused)
        raise
    return IncomingCall(signals.told(actor=actor, workspace_id=tool.workspace_id, job=job, result=said, used=used))


def _asked_for(tool: Tool, said: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether a call tells of what its tool is configured for."""
    if not tool.event_types:
        return True
    return places.fits(tool.event_types, places.event_type(said, tool.event_type_at, headers=headers))


def _challenge(tool: Tool, said: Mapping[str, Any]) -> str | None:
    """What Slack asks to be sent back when the address is entered there."""
    asks = tool.style == Style.SLACK and said.get("type") == "url_verification"
    return said["challenge"] if asks and isinstance(said.get("challenge"), str) else None


_NOTE = """
INSERT INTO intents_refusedincoming (id, tool_id, reason, first_at, at)
SELECT %(id)s, t.id, %(reason)s, %(now)s, %(now)s FROM intents_tool t WHERE t.id = %(tool)s
ON CONFLICT (tool_id, reason) DO UPDATE SET at = excluded.at
WHERE intents_refusedincoming.at < excluded.at - interval '1 second'
RETURNING first_at = at
"""
_FORGET = """
DELETE FROM intents_refusedincoming WHERE id IN (
    SELECT id FROM intents_refusedincoming WHERE tool_id = %s ORDER BY at DESC, id DESC OFFSET %s
)
"""


@unit
def _note(*, tool: Tool, refused: DomainError) -> None:
    """Keep why a call was refused, once for each reason: anybody can call, and is to fill nothing."""
    # What a stranger wrote would make each call a reason of its own.
    packed = isinstance(refused, UnsupportedEncoding)
    reason = "the body is packed, and not by gzip" if packed else refused.message[: callbacks.LONGEST_REASON]
    params = {"id": new_id(), "tool": tool.id, "reason": reason, "now": clock.now()}
    if (True,) in statements.rows(_NOTE, params):
        statements.rows(_FORGET, [tool.id, KEPT])
