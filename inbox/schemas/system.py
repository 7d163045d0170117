"""What answers about the server itself look like, and how they are made of what is known."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from inbox.operations.system import SystemState
from inbox.schemas.shapes import when
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape


class SitePart(Shape):
    name: str
    ok: bool | None = Field(description="null where there is nothing to be well or unwell.")
    detail: str


class RunningProcess(Shape):
    kind: str
    host: str
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    streams: int
    polls: int
    sockets: int


class ConnectedClients(Shape):
    """Clients that are connected to the processes that are alive, all of them together, as of the last heartbeats."""

    streams: int = Field(description="Event streams, of intents and of agents.")
    polls: int = Field(description="Long polls and claims that wait.")
    sockets: int = Field(description="Sockets of live pages.")


class DatabaseFacts(Shape):
    version: str
    size_bytes: int
    connections: int
    max_connections: int
    active: int
    oldest_transaction_seconds: float
    read_only: bool


class TableFacts(Shape):
    """A table with its indexes."""

    name: str
    bytes: int
    rows: int = Field(description="As PostgreSQL estimates them.")
    bytes_a_day: float | None = Field(description="By which it has grown lately; null before the second day.")


class FoundBroken(Shape):
    """A rule that rows of the workspace break, or broke."""

    rule: str
    intent_id: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None


class AuditFacts(Shape):
    """How the auditor stands."""

    findings: int = Field(description="Rows that break a rule now, of all workspaces.")
    passed_at: datetime | None
    lap_began_at: datetime | None = Field(description="When the walk through all intents began that goes on.")
    lap_ended_at: datetime | None
    items: list[FoundBroken]


class CheckpointFacts(Shape):
    """The newest checkpoint of the tree of events."""

    size: int = Field(description="Events in it.")
    made_at: datetime
    sent_at: datetime | None


class SystemFacts(Ok):
    """How the server is."""

    now: datetime
    parts: list[SitePart]
    processes: list[RunningProcess]
    clients: ConnectedClients
    lags: dict[str, float | None]
    database: DatabaseFacts
    tables: list[TableFacts]
    audit: AuditFacts
    checkpoint: CheckpointFacts | None
    public_key: str = Field(description="Verifies checkpoints and evidence.")


def system(state: SystemState) -> dict[str, Any]:
    """How the server is."""
    database, audit, newest = state.database, state.audit, state.checkpoint
    return {
        "ok": True,
        "now": rfc3339(state.now),
        "parts": [asdict(one) for one in state.parts],
        "processes": [
            asdict(one) | {"started_at": rfc3339(one.started_at), "heartbeat_at": rfc3339(one.heartbeat_at)}
            for one in state.processes
        ],
        "clients": asdict(state.clients),
        "lags": state.lags,
        "database": {"size_bytes": database.size}
        | {name: value for name, value in asdict(database).items() if name != "size"},
        "tables": [
            {"name": one.name, "bytes": one.bytes, "rows": one.rows, "bytes_a_day": one.daily} for one in state.tables
        ],
        "audit": {
            "findings": audit.findings,
            "passed_at": when(audit.passed_at),
            "lap_began_at": when(audit.lap_began_at),
            "lap_ended_at": when(audit.lap_ended_at),
            "items": [
                {
                    "rule": one.rule,
                    "intent_id": one.intent_id and str(one.intent_id),
                    "first_seen_at": rfc3339(one.first_seen_at),
                    "last_seen_at": rfc3339(one.last_seen_at),
                    "resolved_at": when(one.resolved_at),
                }
                for one in state.findings
            ],
        },
        "checkpoint": newest and {"size": newest.size, "made_at": rfc3339(newest.made_at), "sent_at": when(newest.sent_at)},
        "public_key": state.public_key,
    }
