"""Heartbeats: a sign of life, and what an agent counted since the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from intents.accounts.models import EVERYTHING
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Machine
from intents.kernel.errors import InvalidField
from intents.kernel.models import new_id
from intents.mesh import breaches, hearing
from intents.mesh.health import SLACK_SECONDS, UNREACHABLE_AFTER, USUAL_SECONDS, Health
from intents.mesh.models import MONEY_DIGITS, MONEY_PLACES

LEARNED = (5.0, 3600.0)
"""Bounds of an interval that was seen and not declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A part of what an agent reports: of one intent or of a type, or done with a model."""

    intent_id: UUID | None = None
    intent_type: str = ""
    model: str = ""
    intents: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an agent counted since its last heartbeat. `usage` are parts of it, `sent` the metrics as they were sent."""

    intents: int = 0
    succeeded: int = 0
    failed: int = 0
    latency_ms: Decimal = Decimal(0)
    cost_usd: Decimal = Decimal(0)
    usage: Sequence[Usage] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beat:
    """`counted` is false for one that was sent again. `state` is that of an agent that is stopped, else None; `governed` is
    one that has a policy."""

    counted: bool
    interval_seconds: float
    at: datetime
    state: str | None
    governed: bool = False


_COLUMNS = (
    ("id", "uuid"),
    ("intent_type", "text"),
    ("model", "text"),
    ("intents", "bigint"),
    ("succeeded", "bigint"),
    ("failed", "bigint"),
    ("latency_ms", "numeric"),
    ("cost_usd", "numeric"),
)
_MOST = {"latency_ms": 10 ** (MONEY_DIGITS - 6) - 1, "cost_usd": 10 ** (MONEY_DIGITS - MONEY_PLACES) - 1}
"""What their columns hold: no agent is worth more, and a heartbeat is heard whatever it counts."""


def _capped(name: str, amount: str) -> str:
    return f"least({amount}, {_MOST[name]})" if name in _MOST else amount


_SUMS = ("intents", "succeeded", "failed", "latency_ms", "cost_usd")
_GAP = "extract(epoch FROM excluded.last_at - h.last_at)::float8"
_BEAT = f"""
WITH moment AS MATERIALIZED (
    SELECT {clock.NOW} AS now
), receipt AS (
    INSERT INTO intents_heartbeatreceipt (workspace_id, name, digest, at)
    SELECT %(workspace)s::uuid, %(name)s::text, %(digest)s::bytea, now FROM moment WHERE %(digest)s::bytea IS NOT NULL
    ON CONFLICT (workspace_id, name, digest) DO NOTHING
    RETURNING id
), first AS MATERIALIZED (
    SELECT %(digest)s::bytea IS NULL OR EXISTS (SELECT FROM receipt) AS counted
), beat AS (
    INSERT INTO intents_heartbeat AS h (
        id, workspace_id, name, interval_seconds, declared, count, first_at, up_since, last_at, metrics, metadata, check_at
    )
    SELECT %(id)s::uuid, %(workspace)s::uuid, %(name)s::text, coalesce(%(interval)s::float8, {USUAL_SECONDS}),
           %(interval)s::float8 IS NOT NULL, 1, now, now, now, coalesce(%(metrics)s::text, '{{}}'),
           coalesce(%(metadata)s::text, '{{}}'), now
    FROM moment
    ON CONFLICT (workspace_id, name) DO UPDATE SET
        interval_seconds = CASE
            WHEN %(interval)s::float8 IS NOT NULL THEN %(interval)s::float8
            WHEN h.declared OR {_GAP} < 1 OR NOT (SELECT counted FROM first) THEN h.interval_seconds
            WHEN h.count = 1 THEN least(greatest({_GAP}, {LEARNED[0]}), {LEARNED[1]})
            WHEN {_GAP} < 4 * h.interval_seconds THEN greatest(0.7 * h.interval_seconds + 0.3 * {_GAP}, {LEARNED[0]})
            ELSE h.interval_seconds
        END,
        declared = h.declared OR %(interval)s::float8 IS NOT NULL,
        up_since = CASE
            WHEN extract(epoch FROM excluded.last_at - greatest(h.last_at, {hearing.HEARD}))::float8
                 > {UNREACHABLE_AFTER} * h.interval_seconds + {SLACK_SECONDS} THEN excluded.last_at ELSE h.up_since
        END,
        count = h.count + 1, last_at = greatest(h.last_at, excluded.last_at),
        metrics = coalesce(%(metrics)s::text, h.metrics), metadata = coalesce(%(metadata)s::text, h.metadata),
        check_at = CASE WHEN h.health <> '{Health.HEALTHY}' OR %(failing)s::bool THEN excluded.last_at ELSE h.check_at END
    RETURNING h.interval_seconds, h.last_at
), added AS (
    INSERT INTO intents_meshhour AS m (
        workspace_id, name, hour, {", ".join(name for name, _ in _COLUMNS)}
    )
    SELECT %(workspace)s::uuid, %(name)s::text, date_trunc('hour', now, 'UTC'),
           {", ".join(_capped(name, f"v.{name}") for name, _ in _COLUMNS)}
    FROM {statements.recordset("usage", "v", _COLUMNS)}, moment, first WHERE first.counted
    ON CONFLICT (workspace_id, hour, name, intent_type, model) DO UPDATE SET
        {", ".join(f"{name} = {_capped(name, f'm.{name} + excluded.{name}')}" for name in _SUMS)}
)
SELECT first.counted, beat.interval_seconds, beat.last_at, (
    SELECT CASE name WHEN '{EVERYTHING}' THEN 'suspended' ELSE state END FROM intents_agentstop
    WHERE workspace_id = %(workspace)s::uuid AND name = ANY(ARRAY['{EVERYTHING}', %(name)s::text]) ORDER BY name LIMIT 1
), EXISTS (SELECT FROM intents_agentpolicy WHERE workspace_id = %(workspace)s::uuid AND name IN ('', %(name)s::text))
FROM first, beat
"""
"""One statement, so that what is counted is counted with the receipt that says so. Two that are one wait for each other."""


def beat(
    *,
    actor: Machine,
    report: Report | None = None,
    interval_seconds: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    digest: bytes | None = None,
) -> Beat:
    """A heartbeat of the agent that `actor` speaks as. It is heard again and again, and counted once for each `digest`.

    Also of one that is stopped: what it has spent is spent.
    """
    found = statements.rows(
        _BEAT,
        {
            "id": new_id(),
            "workspace": actor.workspace_id,
            "name": actor.speaks_as,
            "digest": digest if report is not None else None,
            "interval": interval_seconds,
            "metrics": None if report is None else canonical.dumps(dict(report.sent)),
            "metadata": None if metadata is None else canonical.dumps(dict(metadata)),
            "failing": report is not None and report.failed > 0,
            "usage": statements.records([] if report is None else _rows(report), _COLUMNS),
            "now": clock.override(),
        },
    )
    made = Beat(*found[0])
    if made.governed and made.counted and report is not None and report.cost_usd:
        told: dict[UUID, Decimal] = {}
        for one in report.usage:
            if one.intent_id is not None:
                told[one.intent_id] = told.get(one.intent_id, Decimal(0)) + one.cost_usd
        breaches.check_spent(workspace_id=actor.workspace_id, name=actor.speaks_as, told=told)
    return made


@dataclass(frozen=True, slots=True)
class _Part:
    id: UUID
    intent_type: str
    model: str
    intents: int
    succeeded: int
    failed: int
    latency_ms: Decimal
    cost_usd: Decimal


def _rows(report: Report) -> list[_Part]:
    """The parts by type and model, each once, and what is left of the whole. Raises InvalidField when they are more than
    it."""
    parts: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for one in report.usage:
        intents, cost = parts.get((one.intent_type, one.model), (0, Decimal(0)))
        parts[one.intent_type, one.model] = intents + one.intents, cost + one.cost_usd
    left = report.intents - sum(intents for intents, _ in parts.values())
    cost_left = report.cost_usd - sum((cost for _, cost in parts.values()), Decimal(0))
    if left < 0 or cost_left < 0:
        raise InvalidField("metrics.usage", "its parts are more than intents_total, or cost more than cost_usd")
    rest_intents, rest_cost = parts.get(("", ""), (0, Decimal(0)))
    parts["", ""] = rest_intents + left, rest_cost + cost_left
    rows = []
    for (intent_type, model), (intents, cost) in sorted(parts.items()):
        whole = (intent_type, model) == ("", "")
        succeeded, failed, latency = (report.succeeded, report.failed, report.latency_ms) if whole else (0, 0, Decimal(0))
        if intents or cost or succeeded or failed or latency:
            rows.append(_Part(new_id(), intent_type, model, intents, succeeded, failed, latency, cost))
    return rows
