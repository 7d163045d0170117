"""Which requests go by the short path."""

import re
from uuid import UUID

from intents.api.grouped.submits import SUBMIT
from intents.api.grouped.taking import Matched
from intents.api.grouped.work import CALLS

_OF_INTENT = re.compile(
    r"/v1/intents/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/([a-z]+)(?:/([!-.0-~]{1,255}))?"
)
"""An id in any other spelling is for the ordinary path, and so is a key of other letters."""


def find(method: str, path: str) -> Matched | None:
    """The call that a request makes, None where that is not grouped."""
    if path == SUBMIT.route:
        return Matched(SUBMIT, path) if method == "POST" else None
    matched = _OF_INTENT.fullmatch(path)
    if matched is None:
        return None
    intent_id, name, key = matched.groups("")
    call = CALLS.get(name)
    if call is None or (call.method, call.is_keyed) != (method, bool(key)):
        return None
    return Matched(call, path, UUID(intent_id), key)


LANES = (SUBMIT.lane, *{call.lane.name: call.lane for call in CALLS.values()}.values())
