"""What answers about the server itself look like. They are read from what is known, by the names of the fields."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from inbox.operations.system import SystemState
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape


class Facts(Shape):
    """Made of anything that has attributes of the same names."""

    model_config = ConfigDict(from_attributes=True)


class SitePart(Facts):
    name: str
    ok: bool | None = Field(description="null where there is nothing to be well or unwell.")
    detail: str


class RunningProcess(Facts):
    kind: str
    host: str
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    replaced: bool = Field(description="It fell silent, and one of its kind has begun since: none is missing.")
    streams: int
    polls: int
    sockets: int


class ConnectedClients(Facts):
    """Clients that are connected to the processes that are alive, all of them together, as of the last heartbeats."""

    streams: int = Field(description="Event streams, of intents and of agents.")
    polls: int = Field(description="Long polls and claims that wait.")
    sockets: int = Field(description="Sockets of live pages.")


class DatabaseFacts(Facts):
    version: str
    size_bytes: int
    connections: int
    max_connections: int
    active: int
    oldest_transaction_seconds: float
    read_only: bool


class TableFacts(Facts):
    """A table with its indexes."""

    name: str
    bytes: int
    rows: int = Field(description="As PostgreSQL estimates them.")
    bytes_a_day: float | None = Field(description="By which it has grown lately; null before the second day.")


class FoundBroken(Facts):
    """A rule that rows of the workspace break, or broke."""

    rule: str
    intent_id: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None


class AuditFacts(Facts):
    """How the auditor stands."""

    findings: int = Field(description="Rows that break a rule now, of all workspaces.")
    passed_at: datetime | None
    lap_began_at: datetime | None = Field(description="When the walk through all intents began that goes on.")
    lap_ended_at: datetime | None
    items: list[FoundBroken]


class CheckpointFacts(Facts):
    """The newest checkpoint of the tree of events."""

    size: int = Field(description="Events in it.")
    made_at: datetime
    sent_at: datetime | None


class RetentionPass(Facts):
    """How far erasing what is past its time is, in the workspace."""

    began_at: datetime
    ended_at: datetime | None
    due_at: datetime | None = Field(description="When it goes on, or the next pass begins.")
    erased: int
    removed: int
    held: int = Field(description="Left for later: held by an open parent or child.")


class RestoredFacts(Facts):
    """That the server was restored from a backup: what happened between the two times is not here."""

    at: datetime
    backup_at: datetime
    version: str = Field(description="Of the server that wrote the backup.")


class SystemFacts(Ok, Facts):
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
    retention: RetentionPass | None = Field(description="The pass that runs or ran last; null before the first.")
    restored: RestoredFacts | None = Field(description="The last time, where there was one.")
    public_key: str = Field(description="Verifies checkpoints and evidence.")


def system(state: SystemState) -> dict[str, Any]:
    """How the server is."""
    found: dict[str, Any] = _plain(SystemFacts.model_validate(state).model_dump())
    return found


def _plain(value: Any) -> Any:
    """As JSON has it, times as everywhere in the API."""
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case datetime():
            return rfc3339(value)
        case UUID():
            return str(value)
    return value
