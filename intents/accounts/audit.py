"""The audit log: what was done to keys, people and settings, and by whom."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from intents.accounts.models import AuditEntry
from intents.kernel import clock
from intents.kernel.actors import Actor, companion

Observer = Callable[[AuditEntry, Actor], None]
_observers: list[Observer] = []


def register(observer: Observer) -> None:
    """Have `observer` told of each entry, in the transaction that writes it."""
    _observers.append(observer)


def note(*, workspace_id: UUID, actor: Actor, action: str, subject: str, **details: Any) -> None:
    """Write one entry in the running transaction. `action` is `thing.verb`; details never hold secrets."""
    entry = AuditEntry.objects.create(
        workspace_id=workspace_id,
        at=clock.now(),
        actor=actor.label,
        action=action,
        subject=subject,
        details=details | companion(actor),
    )
    for observer in _observers:
        observer(entry, actor)
