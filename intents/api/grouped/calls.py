"""Which requests go by the short path."""

import re
from uuid import UUID

from intents.api.grouped.submits import SUBMIT
from intents.api.grouped.taking import Matched
from intents.api.grouped.work import CALLS

_OF_INTENT = re.compile(r"/v1/intents/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/([a-z]+)")
"""An id in any other spelling is for the ordinary path."""


def find(method: str, path: str) -> Matched | None:
    """The call that a request makes, None where that is not grouped."""
    if method != "POST":
        return None
    if path == SUBMIT.route:
        return Matched(SUBMIT, path)
    matched = _OF_INTENT.fullmatch(path)
    call = CALLS.get(matched[2]) if matched else None
    return Matched(call, path, UUID(matched[1])) if call and matched else None


LANES = (SUBMIT.lane, *{call.lane.name: call.lane for call in CALLS.values()}.values())
