"""Requests and answers about the mesh: heartbeats, how agents are, and stopping them."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from intents.kernel.errors import InvalidField
from intents.mesh.policies import LONGEST_PATTERN, MOST_PATTERNS, PATTERN
from intents.mesh.services.heartbeats import Report, Usage
from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape

MOST_METRICS, MOST_PARTS, MOST_LABELS = 32, 100, 16
MOST_INTENTS, MOST_USD, MOST_MS = 10**9, 10**9, 10**12
INTERVALS = (1, 86_400)
HealthName = Literal["healthy", "degraded", "unreachable", "killed", "unknown"]
AnyHealth = Literal["healthy", "degraded", "unreachable", "killed", "unknown", "registering"]
Window = Literal["day", "week", "month"]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    return value


def _label(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise ValueError("must be text, a number, or true or false")
    return value


def _sound(found: dict[str, Any]) -> dict[str, Any]:
    for name, value in found.items():
        if not _NAME.fullmatch(name):
            raise ValueError("a name has up to 64 letters, digits and _ . -, a letter first")
        if isinstance(value, str) and len(value) > 120:
            raise ValueError(f"{name} has at most 120 characters")
    return found


Counted = Annotated[int, Field(strict=True, ge=0, le=MOST_INTENTS)]
Cost = Annotated[float, Field(strict=True, ge=0, le=MOST_USD, allow_inf_nan=False)]
Label = Annotated[str | int | float | bool, BeforeValidator(_label)]


class UsagePart(Closed):
    """A part of the whole: the intents of a type, or those done with a model."""

    intent_id: UUID | None = Field(None, description="Of this intent: what was set aside for it is less by so much.")
    intent_type: Annotated[str, StringConstraints(max_length=255)] = ""
    model: Annotated[str, StringConstraints(max_length=120)] = ""
    intents: Counted = 0
    cost_usd: Cost = 0


class AgentMetrics(BaseModel):
    """What was counted since the last heartbeat. Other numbers may be added; they are shown as they came last."""

    model_config = ConfigDict(extra="allow")

    intents_total: Counted | None = None
    intents_succeeded: Counted = 0
    intents_failed: Counted = 0
    avg_latency_ms: Annotated[float, Field(strict=True, ge=0, le=MOST_MS, allow_inf_nan=False)] | None = None
    cost_usd: Cost | None = Field(None, description="US dollars; summed exactly, in decimals.")
    usage: Annotated[list[UsagePart], Field(max_length=MOST_PARTS)] = Field(
        [], description="Parts of it by type of intent or model: of `intents_total` and of `cost_usd`."
    )

    @model_validator(mode="after")
    def _others(self) -> "AgentMetrics":
        others = self.model_extra or {}
        if len(others) > MOST_METRICS:
            raise ValueError(f"at most {MOST_METRICS} numbers of your own")
        for name, value in _sound(others).items():
            try:
                _number(value)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        return self

    def report(self) -> Report:
        """Raises InvalidField."""
        ended = self.intents_succeeded + self.intents_failed
        whole = ended if self.intents_total is None else self.intents_total
        if self.intents_total is None:
            whole = max(ended, sum(part.intents for part in self.usage))
        if ended > whole:
            raise InvalidField("metrics.intents_total", "less than intents_succeeded and intents_failed together")
        parts = [
            Usage(
                intent_id=one.intent_id,
                intent_type=one.intent_type,
                model=one.model,
                intents=one.intents,
                cost_usd=_exact(one.cost_usd),
            )
            for one in self.usage
        ]
        spent = sum((one.cost_usd for one in parts), Decimal(0)) if self.cost_usd is None else _exact(self.cost_usd)
        return Report(
            intents=whole,
            succeeded=self.intents_succeeded,
            failed=self.intents_failed,
            latency_ms=_exact(self.avg_latency_ms or 0) * whole,
            cost_usd=spent,
            usage=parts,
            sent=self.model_dump(mode="json", exclude_unset=True, exclude={"usage"}),
        )


def _exact(value: float) -> Decimal:
    """A number as it was written, not as it is near in binary."""
    return Decimal(repr(value))


class SendHeartbeat(Closed):
    """A sign of life. An empty body is one."""

    metrics: AgentMetrics | None = None
    interval_seconds: Annotated[float, Field(strict=True, ge=INTERVALS[0], le=INTERVALS[1])] | None = Field(
        None, description="How often you send one. Where you never say, it is seen."
    )
    metadata: Annotated[dict[str, Label], Field(max_length=MOST_LABELS), AfterValidator(_sound)] | None = Field(
        None, description="Labels, such as `framework`, `team` and `version`; they replace those before."
    )


class StopAgent(Closed):
    reason: Annotated[str, StringConstraints(max_length=500)] = Field("", description="For who looks, and the audit log.")


class StopFleet(StopAgent):
    """Which agents are meant: those with a label, or all."""

    label: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Those with this label alone.", examples=["team=billing"]
    )
    all: bool = Field(False, description="All agents of the workspace; of a key, but its own.")


class KillFleet(StopFleet):
    confirm: Annotated[str, StringConstraints(max_length=200)] = Field(
        "",
        description="Needed: the label once more, or for all the name of the workspace, so that nobody does it by accident.",
    )


class FleetStopped(Ok):
    matched: int = Field(description="How many agents are meant.")
    changed: int = Field(description="How many of them were not so before.")
    agents: list[str] = Field(description="Their addresses, the first 1,000.")


class HeartbeatAnswer(Ok):
    status: Literal["active", "paused", "quarantined", "killed", "suspended"] = Field(
        description="`killed` tells an agent to end; `paused` and `quarantined` that it gets no work."
    )
    agent: str
    counted: bool = Field(description="False when these metrics were counted before.")
    interval_seconds: float
    last_heartbeat_at: datetime


class AgentInMesh(Shape):
    address_id: UUID
    address: str
    display_name: str
    health_status: HealthName
    health: Literal["healthy", "degraded", "unreachable", "registering", "unknown", "killed"] = Field(
        description="As `health_status`; also tells apart an agent that was just made."
    )
    stuck: bool = Field(description="Alive but stuck: heartbeats come, and work has waited for five minutes.")
    status: Literal["active", "paused", "quarantined", "killed", "suspended"]
    stopped: dict[str, Any] | None = Field(description="By whom, when and why, where it is.")
    last_heartbeat_at: datetime | None
    interval_seconds: float | None
    uptime_seconds: float | None
    created_at: datetime
    intents_period: int
    succeeded_period: int
    failed_period: int
    avg_latency_ms: float | None
    cost_period: float
    cost_period_usd: str = Field(description="The same, exact.")
    unusual: list[Literal["usual_cost_per_hour", "usual_intents_per_hour"]] = Field(
        description="Of what it has told much more this hour than it usually does."
    )
    backlog: int = Field(description="Intents that wait for it.")
    leased: int = Field(description="Intents that it has.")
    metrics: dict[str, Any] = Field(description="Those it sent last.")
    metadata: dict[str, Any]


class MeshEventShape(Shape):
    event_id: UUID
    address: str
    event_type: str
    details: dict[str, Any]
    actor_id: str
    created_at: datetime


class MeshAgents(Ok):
    agents: list[AgentInMesh]
    summary: dict[str, int] = Field(description="How many there are of each health, and of each `status`.")
    next_cursor: str | None


class OneMeshAgent(Ok):
    agent: AgentInMesh
    usual: dict[str, Any] | None = Field(
        description="What it usually tells of an hour, by the last 14 days: `median`, `spread` and the `most` that is not"
        " unusual, of `cost_usd` and `intents`. It is `known` once it has worked in 24 `hours`."
    )
    events: list[MeshEventShape]


class MeshEvents(Ok):
    events: list[MeshEventShape]
    next_cursor: str | None


Usd = Annotated[float, Field(strict=True, ge=0, le=MOST_USD, allow_inf_nan=False)]
Limit = Annotated[int, Field(strict=True, ge=0, le=MOST_INTENTS)]
Pattern = Annotated[str, StringConstraints(pattern=PATTERN, min_length=1, max_length=LONGEST_PATTERN)]
Patterns = Annotated[list[Pattern], Field(max_length=MOST_PATTERNS)]


class CostPolicy(Closed):
    """Limits of an agent; null is as the workspace has it, or none."""

    max_intents_per_hour: Limit | None = Field(None, description="Sent by it and to it, in a UTC hour.")
    max_intents_per_day: Limit | None = Field(None, description="The same in a UTC day.")
    max_cost_per_day_usd: Usd | None = Field(None, description="What it told today and what is set aside, together.")
    max_cost_per_intent_usd: Usd | None = Field(None, description="What is set aside for an intent that it is sent.")
    action_on_breach: Literal["block", "alert", "pause", "kill"] | None = Field(
        None, description="New intents are refused in any case; the others ask an owner, or stop the agent as well."
    )
    action_on_anomaly: Literal["note", "alert", "pause", "kill"] | None = Field(
        None, description="When it costs or does much more in an hour than it usually does: told in any case."
    )

    def exact(self) -> dict[str, Any]:
        """As rows have it."""
        found = self.model_dump()
        for name in ("max_cost_per_day_usd", "max_cost_per_intent_usd"):
            found[name] = None if found[name] is None else _exact(found[name])
        return found


class ActionPolicy(Closed):
    """What an agent may be sent and send, and which tools it may wait for. A pattern may end with `*`; denied goes first."""

    allowed_intent_types: Patterns | None = None
    denied_intent_types: Patterns | None = None
    allowed_tools: Patterns | None = None
    denied_tools: Patterns | None = None


class PolicyAnswer(Ok):
    policy: dict[str, Any] = Field(description="What was set here; null where nothing was.")
    effective: dict[str, Any] = Field(description="What holds: of an agent, its own over that of the workspace.")
    used: dict[str, Any] | None = Field(description="Of an agent: this hour, today, spent, reserved and each, apart.")


class Breach(Shape):
    breach_id: UUID
    address: str
    limit: str
    action: str
    details: dict[str, Any]
    task_intent_id: UUID | None
    created_at: datetime
    lifted_at: datetime | None


class Breaches(Ok):
    breaches: list[Breach]


class SpendPart(Shape):
    key: str
    intents: int
    cost_usd: str


class Spend(Ok):
    by: Literal["agent", "intent_type", "model", "hour"]
    window: Window
    total_usd: str
    reserved_usd: str = Field(description="What is set aside now for intents that are under way, apart from what was spent.")
    items: list[SpendPart]
