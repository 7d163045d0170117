"""What endpoints were told of intents."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import clock, statements

_MESSAGES = "SELECT id FROM intents_webhookmessage WHERE intent_id = ANY(%s::uuid[])"
_BODIES = f"""
UPDATE intents_webhookmessage SET body = NULL, answer = NULL,
    state = CASE WHEN state = 'ready' THEN 'skipped' ELSE state END,
    ended_at = CASE WHEN state = 'ready' THEN {clock.NOW} ELSE ended_at END
WHERE id = ANY(%(ids)s::uuid[])
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: what was not posted yet is not posted any more."""
    found = [row[0] for row in statements.rows(_MESSAGES, [list(ids)])]
    if not found:
        return
    statements.rows(_BODIES, {"ids": found, "now": clock.override()})
    statements.rows("UPDATE intents_attempt SET answer = NULL, warning = NULL WHERE message_id = ANY(%s::uuid[])", [found])
    if entirely:
        statements.rows("DELETE FROM intents_attempt WHERE message_id = ANY(%s::uuid[])", [found])
        statements.rows("DELETE FROM intents_webhookmessage WHERE id = ANY(%s::uuid[])", [found])
