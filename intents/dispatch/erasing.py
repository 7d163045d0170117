"""What is kept of intents by the bindings: answers of agents' URLs, pushes."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import statements

_PUSHES = """
SELECT p.id FROM intents_push p JOIN intents_delivery d ON d.id = p.delivery_id WHERE d.intent_id = ANY(%s::uuid[])
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`."""
    pushes = [row[0] for row in statements.rows(_PUSHES, [list(ids)])]
    if not pushes:
        return
    statements.rows("UPDATE intents_push SET answer = NULL WHERE id = ANY(%s::uuid[])", [pushes])
    statements.rows("UPDATE intents_attempt SET answer = NULL, warning = NULL WHERE message_id = ANY(%s::uuid[])", [pushes])
    if entirely:
        statements.rows("DELETE FROM intents_attempt WHERE message_id = ANY(%s::uuid[])", [pushes])
        statements.rows("DELETE FROM intents_push WHERE id = ANY(%s::uuid[])", [pushes])
