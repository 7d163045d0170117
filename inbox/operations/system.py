"""How the server is: its processes, how late it is with what, its database, what the auditor found.

What only the site knows (the version, Redis, email) is registered when the program starts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from inbox.operations.permissions import ensure_may_watch
from inbox.operations.processes import Process, processes
from intents.audit import checkpoints, notes, sizes
from intents.audit import selectors as audit
from intents.audit.models import AuditCheckpoint, AuditFinding
from intents.audit.sizes import TableGrowth
from intents.engine import figures
from intents.kernel import clock, instances, statements
from intents.kernel.actors import Actor, Person
from intents.kernel.instances import Clients
from intents.retention import selectors as retention
from intents.retention.models import Retention


@dataclass(frozen=True, slots=True)
class PartState:
    """A part of the site. `ok` is None where there is nothing to be well or unwell, as for a version."""

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """`oldest_transaction_seconds` is since the oldest that is open now began."""

    version: str
    size_bytes: int
    connections: int
    max_connections: int
    active: int
    oldest_transaction_seconds: float
    read_only: bool


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How the auditor stands, of all workspaces; `items` are what it found in the actor's and in none."""

    findings: int
    passed_at: datetime | None
    lap_began_at: datetime | None
    lap_ended_at: datetime | None
    items: Sequence[AuditFinding]


@dataclass(frozen=True, slots=True)
class Restored:
    """That the server was restored `at` a time from a backup of `backup_at`, which this `version` wrote: what happened
    between the two is not here."""

    at: datetime
    backup_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class SystemState:
    """All of it, at `now`. `lags` are those of `figures.readiness`; `retention` is the pass of the actor's workspace that
    runs or ran last. The API answers with just these fields (`inbox.schemas.system`)."""

    now: datetime
    parts: list[PartState]
    processes: list[Process]
    clients: Clients
    lags: dict[str, float | None]
    database: DatabaseState
    tables: Sequence[TableGrowth]
    audit: AuditReport
    checkpoint: AuditCheckpoint | None
    retention: Retention | None
    restored: Restored | None
    public_key: str


_parts: list[tuple[str | Promise, Callable[[], tuple[bool | None, str]]]] = []


def register(name: str | Promise, state: Callable[[], tuple[bool | None, str]]) -> None:
    """A part of the site, in the order of registering: `state` says whether it is well, and what there is to say of it."""
    _parts.append((name, state))


_DATABASE = """
SELECT current_setting('server_version'), pg_database_size(current_database()), count(*),
       current_setting('max_connections')::int, count(*) FILTER (WHERE state <> 'idle'),
       coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8,
       current_setting('transaction_read_only') = 'on'
FROM pg_stat_activity WHERE datname = current_database()
"""


def state(actor: Actor) -> SystemState:
    """How the server is; of findings those of the actor's workspace and of none. Raises Denied."""
    person = ensure_may_watch(actor)
    return SystemState(
        now=clock.now(),
        parts=[PartState(str(name), *asked()) for name, asked in _parts],
        processes=processes(),
        clients=instances.clients(),
        lags=figures.readiness(),
        database=DatabaseState(*statements.rows(_DATABASE, ())[0]),
        tables=sizes.largest(),
        audit=_audit(person),
        checkpoint=checkpoints.newest(),
        retention=retention.last_pass(person.workspace_id),
        restored=restored(person),
        public_key=notes.verifier_key(),
    )


_RESTORED = """
SELECT at, details ->> 'backup_at', details ->> 'version' FROM intents_auditentry
WHERE workspace_id = %s AND action = 'server.restored' ORDER BY id DESC LIMIT 1
"""


def restored(person: Person) -> Restored | None:
    """The last time that the server was restored from a backup that has the person's workspace."""
    for at, backup_at, version in statements.rows(_RESTORED, [person.workspace_id]):
        return Restored(at, datetime.fromisoformat(backup_at), version)
    return None


def _audit(person: Person) -> AuditReport:
    known = audit.state()
    found = audit.findings(person.workspace_id)
    return AuditReport(known.findings, known.passed_at, known.lap_began_at, known.lap_ended_at, found)
