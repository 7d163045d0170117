"""What the feed keeps of intents."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import statements

_REMOVE = """
DELETE FROM intents_feedentry f USING intents_intentevent e WHERE e.intent_id = ANY(%s::uuid[]) AND f.event_id = e.id
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: an entry holds no contents, and goes with its event."""
    if entirely:
        statements.rows(_REMOVE, [list(ids)])
