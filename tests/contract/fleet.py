"""Scenarios, the mesh of agents, and sessions of theirs."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.callers import Answer
from tests.contract.ground import Ground
from tests.contract.shape import Address, Answers, Anything, Count, Id, Moment, Place, Reply, Shape, Text


class Role(Shape):
    role: Text
    address: Text
    created: bool = False


class Provisioned(Shape):
    """An agent that was made for a scenario, with its key."""

    address: Address
    service_account_id: Id


class Applied(Reply):
    intent_id: Id
    scenario_id: Text
    status: Literal["DELIVERED", "IN_PROGRESS", "WAITING"]
    compile_id: Id
    workflow_compile_id: Id
    pending_with: str | None = None
    idempotent: bool
    agents: Annotated[list[Role], Field(min_length=1)]
    agents_provisioned: list[Provisioned]
    deadline_at: Moment | None
    created_at: Moment


class Validated(Reply):
    valid: bool
    errors: list[str]
    warnings: list[str]


class Parameter(Shape):
    name: Text
    default: str | None


class Macro(Shape):
    macro_id: Text
    description: Text
    parameters: list[Parameter]


class Macros(Reply):
    macros: Annotated[list[Macro], Field(min_length=1)]


class OneMacro(Reply):
    macro: Macro


class Beat(Reply):
    status: Text


class MeshAgent(Shape):
    address_id: Text
    address: Address
    display_name: str
    health_status: Literal["healthy", "degraded", "unreachable", "killed", "unknown"]
    status: Text
    last_heartbeat_at: Moment | None
    created_at: Moment
    intents_period: Count
    cost_period: float
    metadata: Anything


class HealthCounts(Shape):
    total: Count
    healthy: Count
    degraded: Count
    unreachable: Count
    killed: Count


class MeshAgents(Reply):
    agents: list[MeshAgent]
    summary: HealthCounts


class OneMeshAgent(Reply):
    agent: MeshAgent


class MeshEvent(Shape):
    event_id: Id
    address: Address
    event_type: Text
    details: Anything
    actor_id: Text
    created_at: Moment


class MeshEvents(Reply):
    events: Annotated[list[MeshEvent], Field(min_length=1)]


class Limits(Reply):
    policy: Anything
    effective: Anything


class Begun(Reply):
    session_id: Id
    status: Literal["ACTIVE"]
    type: Text
    created_at: Moment


class Session(Shape):
    session_id: Id
    type: Text
    status: Literal["ACTIVE", "COMPLETED"]
    project_id: str | None
    metadata: Anything
    created_at: Moment


class OneSession(Reply):
    session: Session


class Sessions(Reply):
    sessions: Annotated[list[Session], Field(min_length=1)]


class Message(Shape):
    seq: Place
    role: Text
    content: Any


class Messages(Reply):
    messages: Annotated[list[Message], Field(min_length=1)]


class Written(Reply):
    message_id: Id
    seq: Place


class FeedItem(Shape):
    seq: Place
    type: Literal["session.message", "session.completed"]


class Feed(Reply):
    feed: Annotated[list[FeedItem], Field(min_length=2)]


class Completed(Reply):
    session_id: Id
    status: Literal["COMPLETED"]


COST = {"max_intents_per_day": 100, "max_cost_per_day_usd": 5, "action_on_breach": "block"}


def _applied(it: Ground) -> Answer:
    return it.key.post("/scenarios/apply", it.bundle)


def _stopped(it: Ground, act: str) -> Answer:
    return it.owner.post(f"/mesh/agents/{it.account()}/{act}", {})


ANSWERS: Answers = {
    "POST /scenarios/apply": (Applied, _applied),
    "POST /scenarios/validate": (Validated, lambda it: it.key.post("/scenarios/validate", it.bundle)),
    "GET /tool-registry/macros": (Macros, lambda it: it.key.get("/tool-registry/macros")),
    "GET /tool-registry/macros/{macro_id}": (OneMacro, lambda it: it.key.get("/tool-registry/macros/macro.approval.v1")),
    "POST /mesh/heartbeat": (Beat, lambda it: it.key.post("/mesh/heartbeat")),
    "GET /mesh/agents": (MeshAgents, lambda it: it.key.get("/mesh/agents", window="day", limit=10)),
    "GET /mesh/agents/{agent_id}": (OneMeshAgent, lambda it: it.key.get(f"/mesh/agents/{it.account()}")),
    "POST /mesh/agents/{agent_id}/kill": (OneMeshAgent, lambda it: _stopped(it, "kill")),
    "POST /mesh/agents/{agent_id}/resume": (OneMeshAgent, lambda it: _stopped(it, "resume")),
    "GET /mesh/events": (MeshEvents, lambda it: _stopped(it, "kill") and it.key.get("/mesh/events")),
    "PUT /mesh/agents/{agent_id}/policies/cost": (
        Limits,
        lambda it: it.owner.put(f"/mesh/agents/{it.account()}/policies/cost", COST),
    ),
    "POST /sessions": (Begun, lambda it: it.key.post("/sessions", {"type": "coding"})),
    "GET /sessions": (Sessions, lambda it: it.session() and it.key.get("/sessions", status="ACTIVE", limit=5)),
    "GET /sessions/{session_id}": (OneSession, lambda it: it.key.get(f"/sessions/{it.session()}")),
    "POST /sessions/{session_id}/messages": (
        Written,
        lambda it: it.key.post(f"/sessions/{it.session()}/messages", {"role": "user", "content": "Hi"}),
    ),
    "GET /sessions/{session_id}/messages": (Messages, lambda it: it.key.get(f"/sessions/{it.conversation()}/messages")),
    "GET /sessions/{session_id}/feed": (Feed, lambda it: it.key.get(f"/sessions/{it.conversation()}/feed")),
    "POST /sessions/{session_id}/complete": (
        Completed,
        lambda it: it.key.post(f"/sessions/{it.session()}/complete", {"result": {"n": 1}}),
    ),
}
