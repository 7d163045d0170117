"""Losing rights: what somebody took on and may not do any more is known elsewhere, to whoever registers here."""

from collections.abc import Callable, Sequence
from uuid import UUID

from intents.kernel.actors import Actor

Listener = Callable[..., None]
"""Called with `workspace_id`, `user_ids` and the `actor` who took the rights away, in that transaction."""

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Let `listener` hear of each loss. Once for one function, however often it is registered."""
    if listener not in _listeners:
        _listeners.append(listener)


def rights_lost(*, workspace_id: UUID, user_ids: Sequence[UUID], actor: Actor) -> None:
    """These users may do less in a workspace, or nothing."""
    for listener in _listeners:
        listener(workspace_id=workspace_id, user_ids=user_ids, actor=actor)
