"""Running processes and their heartbeats. The leases of a process that fell silent are reclaimed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from intents.kernel import clock, statements

FORGET = timedelta(hours=1)

CLIENTS = ("streams", "polls", "sockets")
"""What clients are connected by: event streams, long polls, and the sockets of live pages."""

_REGISTER = f"""
INSERT INTO intents_instance (id, kind, host, started_at, heartbeat_at, streams, polls, sockets)
VALUES (%(id)s, %(kind)s, %(host)s, {clock.NOW}, {clock.NOW}, %(streams)s, %(polls)s, %(sockets)s)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, streams = excluded.streams, polls = excluded.polls,
    sockets = excluded.sockets
"""


def register(instance_id: UUID, *, kind: str, host: str, clients: Mapping[str, int] | None = None) -> None:
    """This process runs, and has so many `clients` of CLIENTS connected. Doing it again is a heartbeat."""
    counts = dict.fromkeys(CLIENTS, 0) | dict(clients or {})
    statements.rows(_REGISTER, {"id": instance_id, "kind": kind, "host": host, "now": clock.override()} | counts)


_CLIENTS = f"""
SELECT coalesce(sum(streams), 0)::int, coalesce(sum(polls), 0)::int, coalesce(sum(sockets), 0)::int
FROM intents_instance WHERE heartbeat_at > {clock.START} - make_interval(secs => %(silent)s)
"""


@dataclass(frozen=True, slots=True)
class Clients:
    """How many clients are connected to all processes that are heard of, by what."""

    streams: int
    polls: int
    sockets: int


def clients() -> Clients:
    """As the heartbeats of the processes have it, a few seconds old."""
    params = {"silent": settings.INSTANCE_SILENT_SECONDS, "now": clock.override()}
    return Clients(*statements.rows(_CLIENTS, params)[0])


def remove(instance_id: UUID) -> None:
    """This process ends in order."""
    statements.rows("DELETE FROM intents_instance WHERE id = %(id)s", {"id": instance_id})


def prune() -> None:
    """Forget the processes that fell silent long ago."""
    query = f"DELETE FROM intents_instance WHERE heartbeat_at < {clock.NOW} - %(age)s"
    statements.rows(query, {"age": FORGET, "now": clock.override()})
