"""Optimistic concurrency of what people edit: a change names the revision that it was made from."""

from inbox.vocabulary.models import Edited
from intents.kernel import clock
from intents.kernel.actors import Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import ChangedMeanwhile


def ensure_unchanged(row: Edited, expected: int | None) -> None:
    """Raises ChangedMeanwhile when `row`, which is locked, is of another revision than the one that was edited. None is a
    change that does not care."""
    if expected is None or expected == row.revision:
        return
    by, at = row.changed_by, rfc3339(row.changed_at) if row.changed_at else None
    raise ChangedMeanwhile(
        f"changed since you opened it, by {by} at {at}: look at it again, and send revision {row.revision} to overwrite it",
        revision=row.revision,
        expected_revision=expected,
        changed_by=by,
        changed_at=at,
    )


def stamp(row: Edited, actor: Tenant) -> None:
    """Count a change of `row`, which is locked and stored afterwards."""
    row.revision += 1
    row.changed_at, row.changed_by = clock.now(), actor.label
