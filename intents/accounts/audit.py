"""The audit log: what was done to keys, people and settings, and by whom."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from intents.accounts.models import AuditEntry
from intents.kernel import clock, statements
from intents.kernel.actors import Actor, companion

Observer = Callable[[Sequence[AuditEntry], Actor], None]
_observers: list[Observer] = []


def register(observer: Observer) -> None:
    """Have `observer` told of all entries, those of one workspace that were written together, in their transaction."""
    _observers.append(observer)


def note(*, workspace_id: UUID, actor: Actor, action: str, subject: str, **details: Any) -> None:
    """Write one entry in the running transaction. `action` is `thing.verb`; details never hold secrets."""
    note_each(workspace_id=workspace_id, actor=actor, action=action, details={subject: details})


def note_each(*, workspace_id: UUID, actor: Actor, action: str, details: Mapping[str, Mapping[str, Any]]) -> None:
    """Write an entry for each of several subjects, which `details` is by, however many by one statement."""
    if not details:
        return
    at, beside = clock.now(), companion(actor)
    entries = [
        statements.new(
            AuditEntry,
            workspace_id=workspace_id,
            at=at,
            actor=actor.label,
            action=action,
            subject=subject,
            details={**told, **beside},
        )
        for subject, told in details.items()
    ]
    statements.insert(entries)
    for observer in _observers:
        observer(entries, actor)
