"""What the feed keeps of intents."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import statements

_REMOVE = """
WITH about AS (DELETE FROM intents_workspaceevent WHERE intent_id = ANY(%(ids)s::uuid[]) RETURNING id)
DELETE FROM intents_feedentry WHERE event_id IN (
    SELECT id FROM intents_intentevent WHERE intent_id = ANY(%(ids)s::uuid[]) UNION ALL SELECT id FROM about
)
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: an entry holds no contents, and goes with its event."""
    if entirely:
        statements.rows(_REMOVE, {"ids": list(ids)})
