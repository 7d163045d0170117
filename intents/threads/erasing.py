"""What is kept of intents beside their timelines."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import statements


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: what is hidden holds no contents."""
    if entirely:
        statements.rows("DELETE FROM intents_hiddenentry WHERE intent_id = ANY(%s::uuid[])", [list(ids)])
