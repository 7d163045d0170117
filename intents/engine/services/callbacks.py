"""Calls to the keyless addresses of tool waits: who is meant, whether the tool signed, and only then what it says."""

from collections.abc import Mapping
from typing import Any

from intents.engine import selectors, signed_calls, tools
from intents.engine.incoming import bodies
from intents.engine.lifecycle import EventType
from intents.engine.models import RefusedCall
from intents.engine.selectors import calling
from intents.engine.services import signals
from intents.engine.services.signals import Received
from intents.engine.services.transitions import note
from intents.engine.signed_calls import Used
from intents.engine.tools import CalledBack
from intents.kernel import secrets, statements
from intents.kernel.actors import System
from intents.kernel.errors import Denied, DomainError, Invalid, Missing, Unavailable
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

TOOL = System(name="callback")
SHOWN = 200
"""Characters of a refused body that its note shows."""
NOTED = 20
"""Refusals noted on one intent at most: a tool that goes on and on must not fill a history."""
LONGEST_REASON = 500


def receive(*, token: str, body: bytes | None, headers: Mapping[str, str]) -> Received:
    """A callback was called with `body`, as it came, or None for one too large to be read; `headers` are those of the call.
    What the body says is the tool's result: see `bodies.result`. Where the wait's tool is configured, the call has to be
    signed.

    Raises Missing for an unknown token, InvalidTransition when nothing waits any more; and what is noted in the intent's
    history: Denied for a signature, PayloadTooLarge, UnsupportedEncoding and InvalidField for a body, Unavailable for
    secrets that cannot be read. None of these uses the address up.
    """
    called = tools.called_back(secrets.fingerprint(token))
    if called is None:
        raise Missing("no callback has this address")
    known = {name.lower(): value for name, value in headers.items()}
    try:
        if body is None:
            raise bodies.too_large()
        plain, used = _opened(called, known, body)
        result = bodies.result(plain, content_type=known.get("content-type", ""), headers=known)
        return signals.call_back(token=token, result=result, used=used)
    except (Invalid, Denied, Unavailable) as refused:
        _note(called=called, refused=refused, content_type=known.get("content-type", ""), body=body)
        raise


def _opened(called: CalledBack, headers: Mapping[str, str], body: bytes) -> tuple[bytes, Used | None]:
    if called.signs is None:
        return bodies.unpacked(body, headers.get("content-encoding", "")), None
    return signed_calls.opened(called.signs, headers=headers, body=body, now=called.now)


@unit
def _note(*, called: CalledBack, refused: DomainError, content_type: str, body: bytes | None) -> None:
    """Keep a refusal where those who look for the answer will see it, once for each reason, while the wait is open. `body`
    is what was read of it."""
    locked = selectors.lock_many([called.intent_id])
    intent = locked.intents[called.intent_id]
    if not calling.is_open(called.wait_id):
        return
    reasons = [noted.get("refused", {}).get("reason") for noted in calling.comments_by(intent, TOOL.label)]
    if refused.message in reasons or len(reasons) >= NOTED:
        return
    shown: dict[str, Any] = {
        "reason": refused.message,
        "content_type": content_type[:255].encode("ascii", "backslashreplace").decode(),
    }
    if body is not None:
        beginning = body[:SHOWN].decode("ascii", "backslashreplace").replace("\x00", "\\x00")
        shown |= {"bytes": len(body), "beginning": beginning}
    details = {"message": f"A call of the callback address was refused: {refused.message}", "refused": shown}
    note(intent=intent, event_type=EventType.COMMENT, actor=TOOL, now=locked.now, details=details)
    call = RefusedCall(
        id=new_id(),
        workspace_id=intent.workspace_id,
        tool=called.tool,
        intent_id=intent.id,
        at=locked.now,
        reason=refused.message[:LONGEST_REASON],
    )
    statements.insert([call])
