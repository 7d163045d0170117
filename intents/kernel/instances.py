"""Running processes and their heartbeats. The leases of a process that fell silent are reclaimed."""

from datetime import timedelta
from uuid import UUID

from intents.kernel import clock, statements

FORGET = timedelta(hours=1)

_REGISTER = f"""
INSERT INTO intents_instance (id, kind, host, started_at, heartbeat_at)
VALUES (%(id)s, %(kind)s, %(host)s, {clock.NOW}, {clock.NOW})
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at
"""


def register(instance_id: UUID, *, kind: str, host: str) -> None:
    """This process runs. Doing it again is a heartbeat."""
    statements.rows(_REGISTER, {"id": instance_id, "kind": kind, "host": host, "now": clock.override()})


def remove(instance_id: UUID) -> None:
    """This process ends in order."""
    statements.rows("DELETE FROM intents_instance WHERE id = %(id)s", {"id": instance_id})


def prune() -> None:
    """Forget the processes that fell silent long ago."""
    query = f"DELETE FROM intents_instance WHERE heartbeat_at < {clock.NOW} - %(age)s"
    statements.rows(query, {"age": FORGET, "now": clock.override()})
