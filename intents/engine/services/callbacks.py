"""Calls to the keyless addresses of tool waits: who is meant, whether it is of a size, and only then what it says."""

from typing import Any
from uuid import UUID

from django.conf import settings

from intents.engine import selectors
from intents.engine.lifecycle import EventType
from intents.engine.models import Callback, IntentEvent, Wait, WaitState
from intents.engine.services import signals
from intents.engine.services.signals import Received
from intents.engine.services.transitions import note
from intents.kernel import canonical, secrets
from intents.kernel.actors import System
from intents.kernel.errors import Invalid, InvalidField, Missing, PayloadTooLarge
from intents.kernel.unit_of_work import unit

TOOL = System(name="callback")
SHOWN = 200
"""Characters of a refused body that its note shows."""
ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16")
"""Python knows others, some of which are slow to read."""
NOTED = 20
"""Refusals noted on one intent at most: a tool that goes on and on must not fill a history."""


def receive(*, token: str, body: bytes, content_type: str) -> Received:
    """A callback was called with `body`. A JSON object is the tool's result, an empty body is `{}`; whatever else is sound
    text becomes `{"body", "content_type"}`: an outside service sends what it sends.

    Raises Missing for an unknown token, InvalidTransition when nothing waits any more; PayloadTooLarge and InvalidField,
    which are noted in the intent's history.
    """
    callback = Callback.objects.filter(fingerprint=secrets.fingerprint(token)).only("id", "intent_id", "wait_id").first()
    if callback is None:
        raise Missing("no callback has this address")
    try:
        result = _result(body, content_type)
    except Invalid as refused:
        _note(intent_id=callback.intent_id, wait_id=callback.wait_id, refused=refused, body=body, content_type=content_type)
        raise
    return signals.call_back(token=token, result=result)


def _result(body: bytes, content_type: str) -> dict[str, Any]:
    limit = settings.PAYLOAD_MAX_BYTES
    if len(body) > limit:
        raise PayloadTooLarge(f"the body is larger than {limit} bytes", field="body", limit=limit)
    media, _, options = content_type.lower().partition(";")
    try:
        result = canonical.parse(body if body.strip() else b"{}")
    except InvalidField:
        if media.strip() in ("", "application/json") or media.strip().endswith("+json"):
            raise
        result = None
    if not isinstance(result, dict):
        result = {"body": _text(body, options), "content_type": content_type[:255]}
    canonical.sized(result, "body")
    return result


def _text(body: bytes, options: str) -> str:
    """`body` in its declared encoding, UTF-8 when it declares none. Raises InvalidField."""
    encoding = next((one.partition("=")[2].strip(' "') for one in options.split(";") if "charset=" in one), "utf-8")
    try:
        if encoding in ENCODINGS:
            text = body.decode(encoding)
            canonical.check(text)
            return text
    except (UnicodeDecodeError, InvalidField):
        pass
    raise InvalidField("body", f"neither JSON nor text in {encoding[:40]!r}")


@unit
def _note(*, intent_id: UUID, wait_id: UUID, refused: Invalid, body: bytes, content_type: str) -> None:
    """Keep a refusal where those who look for the answer will see it, once for each reason, while the wait is open."""
    locked = selectors.lock_many([intent_id])
    intent = locked.intents[intent_id]
    if not Wait.objects.filter(id=wait_id, state=WaitState.OPEN).exists():
        return
    before = IntentEvent.objects.filter(intent_id=intent_id, event_type=EventType.COMMENT, actor=TOOL.label)
    noted = [canonical.loads(details or "{}") for details in before.values_list("details", flat=True)]
    reasons = [details.get("refused", {}).get("reason") for details in noted]
    if refused.message in reasons or len(reasons) >= NOTED:
        return
    shown = {
        "reason": refused.message,
        "bytes": len(body),
        "content_type": content_type[:255].encode("ascii", "backslashreplace").decode(),
        "beginning": body[:SHOWN].decode("ascii", "backslashreplace").replace("\x00", "\\x00"),
    }
    details = {"message": f"A call of the callback address was refused: {refused.message}", "refused": shown}
    note(intent=intent, event_type=EventType.COMMENT, actor=TOOL, now=locked.now, details=details)
