"""What answers look like, for the OpenAPI document. Answers may hold more."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

StatusName = Literal[
    "CREATED",
    "SUBMITTED",
    "DELIVERED",
    "ACKNOWLEDGED",
    "IN_PROGRESS",
    "WAITING",
    "COMPLETED",
    "FAILED",
    "CANCELED",
    "TIMED_OUT",
]
WaitName = Literal["WAITING_FOR_HUMAN", "WAITING_FOR_TOOL", "WAITING_FOR_AGENT", "WAITING_FOR_TIME"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class Ok(Shape):
    ok: Literal[True] = True


class Problem(Shape):
    code: str = Field(examples=["invalid_transition"])
    message: str = Field(description="What happened and what to do, for people.")
    details: dict[str, Any] = Field(description="The same for machines: the field, the current status, ...")


class Error(Shape):
    """Every refusal looks like this."""

    error: Problem
    detail: str = Field(description="The message again.")
    request_id: str


class PendingWith(Shape):
    type: Literal["agent", "human", "internal"]
    ref: str
    name: str


class Submitted(Ok):
    intent_id: UUID
    status: StatusName
    created_at: datetime


class Intent(Shape):
    intent_id: UUID
    intent_type: str
    status: StatusName
    lifecycle_status: StatusName
    waiting_reason: WaitName | None
    correlation_id: UUID
    from_agent: str
    to_agent: str
    handler: str | None
    policy_generation: int
    created_at: datetime
    updated_at: datetime


class FullIntent(Intent):
    payload: dict[str, Any]
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    checkpoint: dict[str, Any] | None
    due_at: datetime | None
    delivery_attempt: int
    controls: dict[str, Any]
    policy: dict[str, Any]
    parent_intent_id: UUID | None
    child_intent_ids: list[UUID]
    rerun_of_intent_id: UUID | None = Field(description="The intent that failed and that this one runs again.")
    rerun_as_intent_id: UUID | None = Field(description="The intent that runs this one again.")
    erased_at: datetime | None = Field(None, description="When what it carried was erased: payload, result, texts.")


class OneIntent(Ok):
    intent: FullIntent
    payload: dict[str, Any] = Field(description="The intent's, once more; so are the next three.")
    status: StatusName
    intent_type: str
    result: dict[str, Any] | None


class Intents(Ok):
    intents: list[Intent]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class Event(Shape):
    intent_id: UUID
    seq: int = Field(ge=1, description="1, 2, 3, ... without gaps.")
    event_type: str
    status: StatusName
    waiting_reason: WaitName | None
    pending_with: PendingWith | None
    handler: str | None
    actor: str
    at: datetime
    details: dict[str, Any]
    hash: str
    prev_hash: str


class Events(Ok):
    events: list[Event]
    next_since: int | None = Field(None, description="`since` of the next call; null when these were the last.")


class Applied(Ok):
    applied: bool = Field(description="False when there was nothing to do.")
    intent: FullIntent
    event: Event | None
    policy_generation: int


class CompletionDelivery(Shape):
    delivered: bool


class Resolved(Ok):
    intent: FullIntent
    event: Event
    completion_delivery: CompletionDelivery


class BulkCanceled(Ok):
    intent_ids: list[UUID]
    would_cancel: int | None = None
    canceled: int | None = None


class Heartbeat(Ok):
    lease_expires_at: datetime


class BatchItem(Shape):
    ok: bool
    intent_id: UUID | None = None
    error: Problem | None = None


class Batch(Ok):
    intents: list[BatchItem] = Field(description="In the order sent.")


class Step(Shape):
    key: str
    result: Any
    created_at: datetime


class OneStep(Ok):
    step: Step


class Steps(Ok):
    steps: list[Step]
    next_cursor: str | None = None


class Waiting(Applied):
    callback_url: str | None = Field(None, description="For a tool: the keyless address that ends the wait.")
    child_intent_ids: list[UUID] | None = None
    due_at: datetime | None = None


class Received(Ok):
    applied: bool = Field(description="It ended a wait.")
    kept: bool = Field(description="Nothing waits for it yet; it is kept for a day.")
    intent_id: UUID | None


class Incoming(Received):
    ignored: bool = Field(description="It tells of an event that the tool is not configured for.")
    challenge: str | None = Field(None, description="What Slack asks to be sent back.")


class Delivery(Shape):
    intent_id: UUID
    intent_type: str
    status: Literal["DELIVERED", "IN_PROGRESS"]
    seq: int
    event_seq: int
    payload: dict[str, Any]
    delivery_attempt: int
    lease_token: UUID
    lease_expires_at: datetime
    checkpoint: dict[str, Any] | None
    resume: dict[str, Any] | None


class Deliveries(Ok):
    intents: list[Delivery]


class Capabilities(Ok):
    capabilities: list[str]
    supported_intent_types: list[str]


class MyAccount(Shape):
    service_account_id: UUID
    name: str
    address: str
    scope: Literal["workspace", "own"]


class Myself(Shape):
    user_id: UUID
    email: str
    role: Literal["owner", "admin", "operator", "approver", "viewer"]


class Me(Ok):
    org_id: UUID
    workspace_id: UUID
    address: str | None = Field(None, description="The machine key's own address.")
    service_account: MyAccount | None = None
    user: Myself | None = None


class Agent(Shape):
    address: str
    service_account_id: str
    service_account_name: str
    display_name: str | None
    status: Literal["active", "suspended", "deleted"]
    owner: str | None = Field(description="The email address of the person who answers for it.")
    created_at: datetime


class OneAgent(Ok):
    agent: Agent
    signing_secret: str | None = Field(
        None, description="What deliveries to the callback URL are signed with, shown once, when it is made."
    )


class Agents(Ok):
    agents: list[Agent]
    next_cursor: str | None = None


class ServiceAccount(Shape):
    service_account_id: str
    org_id: UUID
    workspace_id: UUID
    name: str
    status: Literal["active", "suspended", "revoked"]
    created_by_actor_id: str
    created_at: datetime
    updated_at: datetime


class OneServiceAccount(Ok):
    service_account: ServiceAccount
    service_account_id: str | None = Field(None, description="The account's, once more; so is `address`.")
    address: str | None = None
    created: bool | None = Field(None, description="Of a creation: false where the name was taken already.")
    signing_secret: str | None = Field(
        None, description="What deliveries to the callback URL are signed with, shown once, when it is made."
    )


class ServiceAccounts(Ok):
    service_accounts: list[ServiceAccount]
    next_cursor: str | None = None


class Key(Shape):
    key_id: str
    service_account_id: str
    key_hint: str
    scope: Literal["workspace", "own"]
    tools: list[str]
    status: Literal["active", "revoked"]
    created_at: datetime
    expires_at: datetime | None


class OneKey(Ok):
    key: Key
    api_key: str | None = Field(None, description="The key itself, shown once, when it is made.")


class Keys(Ok):
    keys: list[Key]
