"""What requests may hold. Bodies are closed: an unknown field is refused by name."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

from intents.accounts import bindings
from intents.kernel import canonical
from intents.kernel.addresses import MAX_LENGTH

INT_MAX = 2**31 - 1
INTENT_TYPE = r"^[a-z0-9_]+(?:(?:\.[a-z0-9_]+)*\.v[0-9]+)?$"
"""The published pattern, and what public programs send beside it: one word, with a version or without."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def _is_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be a time like 2026-01-31T09:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_is_text), Field(ge=_FIRST, le=_LAST)]
Count = Annotated[int, Field(strict=True, ge=1, le=INT_MAX)]
Generation = Annotated[int, Field(strict=True, ge=0, le=INT_MAX)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
GENERATION: TypeAdapter[int | None] = TypeAdapter(Generation | None)
LEASE_TOKEN: TypeAdapter[UUID | None] = TypeAdapter(UUID | None)
Reason = Annotated[str, StringConstraints(max_length=2000)]
Object = dict[str, Any]


def _sized(value: Any, info: ValidationInfo) -> Any:
    canonical.sized(value, info.field_name or "body")
    return value


FreeJson = Annotated[Any, AfterValidator(_sized)]
FreeObject = Annotated[Object, AfterValidator(_sized)]
"""What may hold anything, up to the limit that `canonical.sized` sets. Validating raises PayloadTooLarge beyond it."""
EmailAddress = Annotated[str, StringConstraints(min_length=1, max_length=254)]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


# The first is the one that is documented.
_EITHER_SPELLING = AliasGenerator(validation_alias=lambda name: AliasChoices(name, to_camel(name)))


class SubmitIntent(Closed):
    """An intent: what should happen (`intent_type`, `payload`) and who is to do it (`to_agent`)."""

    model_config = ConfigDict(extra="forbid", alias_generator=_EITHER_SPELLING)

    intent_type: Annotated[str, StringConstraints(pattern=INTENT_TYPE, max_length=255)] = Field(
        description="A dotted name ending in its version, or one word.", examples=["order.fulfill.v1"]
    )
    to_agent: Address = Field(
        description="The agent's address, or its name in this workspace.",
        examples=["agent://myorg/production/order-service"],
    )
    payload: Object = Field(
        default_factory=dict,
        description="Whatever the agent needs, at most 128 KiB; `{}` when absent.",
        examples=[{"order_id": "ORD-123"}],
    )
    correlation_id: UUID | None = Field(None, description="Ties related intents together; made when absent.")
    from_agent: str | None = Field(None, deprecated=True, description="Ignored: the sender comes from the key.")
    reply_to: Address | None = Field(
        None,
        description="The address whose inbox shows the completion. One of another scheme, like `initiator://ann`, is taken "
        "as it is.",
    )
    deadline_at: Moment | None = Field(None, description="When the intent, if not over, becomes TIMED_OUT.")
    remind_after_seconds: Count | None = None
    remind_interval_seconds: Count | None = None
    max_reminders: Count | None = None
    escalate_to: Address | None = None
    max_delivery_attempts: Count | None = Field(
        None, description="How often the work may be delivered before the intent fails."
    )

    human_task: Object | None = Field(None, description="What a person is asked to decide. It is not handed to the agent.")


class SubmitBatch(Closed):
    """Up to 500 intents, each as for a single submit."""

    intents: list[Object] = Field(min_length=1, max_length=500)


IGNORED_ACTOR = Field(None, deprecated=True, description="Ignored: the actor comes from the credential.")


class ResolveIntent(Closed):
    """How an intent ends: COMPLETED with a `result`, FAILED with an `error`, CANCELED with a `reason`."""

    status: Literal["COMPLETED", "FAILED", "CANCELED"]
    actor: Any = IGNORED_ACTOR
    result: FreeObject | None = None
    error: FreeObject | None = None
    reason: Reason | None = None
    expected_policy_generation: Generation | None = None

    @model_validator(mode="after")
    def _says_how(self) -> "ResolveIntent":
        needed = {"COMPLETED": "result", "FAILED": "error", "CANCELED": "reason"}[self.status]
        if getattr(self, needed) is None:
            raise ValueError(f"{self.status} needs {needed}")
        return self

    def details(self) -> Object:
        return {name: value for name in ("result", "error", "reason") if (value := getattr(self, name)) is not None}


class PatchControls(Closed):
    """A change to an intent's controls: keys to set, null to take one away."""

    actor: Any = IGNORED_ACTOR

    controls_patch: FreeObject = Field(
        default_factory=dict,
        description="`timeout_seconds`, `deadline_at`, `max_retry_count` and `retry_backoff_seconds` act; others are kept.",
    )
    reason: Reason | None = None
    expected_policy_generation: Generation | None = None


class PatchPolicy(Closed):
    """A change to an intent's policy: grants (who else may resume it) and envelope."""

    actor: Any = IGNORED_ACTOR

    grants_patch: FreeObject = Field(default_factory=dict, examples=[{"resume": ["agent://myorg/production/helper"]}])
    envelope_patch: FreeObject = Field(default_factory=dict)
    reason: Reason | None = None
    expected_policy_generation: Generation | None = None


class BulkCancel(Closed):
    """Which old intents to cancel. Nothing is canceled unless `dry_run` is false."""

    older_than_hours: Annotated[float, Field(strict=True, ge=0, le=24 * 366 * 100)]
    dry_run: bool = Field(True, strict=True)
    reason: Reason = "canceled in bulk"
    limit: Annotated[int, Field(strict=True, ge=1, le=500)] = 500
    status_filter: (
        Annotated[
            list[Literal["CREATED", "SUBMITTED", "DELIVERED", "ACKNOWLEDGED", "IN_PROGRESS", "WAITING"]],
            Field(max_length=10),
        ]
        | None
    ) = Field(None, description="Only these statuses; any when absent, null or empty.")


class Fenced(Closed):
    lease_token: UUID | None = Field(None, description="The delivery's token: refused when that lease is over.")


class Progress(Fenced):
    message: Annotated[str, StringConstraints(max_length=2000)] | None = None
    percent: Annotated[float, Field(ge=0, le=100, strict=True)] | None = None


class Checkpoint(Fenced):
    """Where the work stands: `step` of `total`, and any `state` that whoever goes on needs."""

    step: Annotated[int, Field(strict=True, ge=0, le=INT_MAX)] | None = None
    total: Annotated[int, Field(strict=True, ge=0, le=INT_MAX)] | None = None
    state: FreeJson = None
    message: Annotated[str, StringConstraints(max_length=2000)] | None = None

    def details(self) -> Object:
        return self.model_dump(exclude={"lease_token"}, exclude_none=True)


class Fail(Fenced):
    error: FreeObject
    retryable: bool = Field(False, strict=True, description="Whether trying again may help.")


class Transfer(Fenced):
    to_agent: Address


StepKey = Annotated[str, StringConstraints(min_length=1, max_length=255)]
STEP_KEY: TypeAdapter[str] = TypeAdapter(StepKey)
ToolName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
TOOL: TypeAdapter[str] = TypeAdapter(ToolName)
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Seconds = Annotated[float, Field(strict=True, gt=0, le=3660 * 24 * 3600)]


class PutStep(Fenced):
    result: FreeJson = Field(description="Any JSON value, at most 128 KiB.")


class AnswerQuestion(Closed):
    answer: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    question_seq: int | None = Field(None, ge=1, description="The `seq` of the question; absent, the last one is answered.")


class ToolCompletion(Closed):
    external_id: ExternalId
    result: FreeObject = Field(default_factory=dict)


class CompleteWith(Closed):
    """End the intent with this outcome."""

    complete: Annotated[str, StringConstraints(min_length=1, max_length=64)]


OnTimeout = Literal["fail", "resume"] | CompleteWith


class WaitForHuman(Fenced):
    """Until a person has decided."""

    for_: Literal["human"] = Field(alias="for")
    human_task: Object
    deadline_seconds: Seconds | None = None
    on_timeout: OnTimeout | Literal["escalate"] = Field(
        "fail", description="escalate asks the intent's `escalate_to` as well, for as long again."
    )


class WaitForTool(Fenced):
    """Until an outside tool is done: it calls the `callback_url` of the answer, or names its job."""

    for_: Literal["tool"] = Field(alias="for")
    tool: ToolName
    external_id: ExternalId | None = None
    timeout_seconds: Seconds | None = None
    on_timeout: OnTimeout = "fail"


class WaitForAgents(Fenced):
    """Until other agents are done with these intents, which are submitted now."""

    for_: Literal["agent"] = Field(alias="for")
    intents: list[SubmitIntent] = Field(min_length=1, max_length=500)
    until: Literal["all", "any"] = "all"
    timeout_seconds: Seconds | None = None
    on_timeout: OnTimeout = "fail"


class WaitForTime(Fenced):
    """Until a time: given, after a delay, or the next that a cron expression names."""

    for_: Literal["time"] = Field(alias="for")
    until: Moment | None = None
    delay_seconds: Seconds | None = None
    cron: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    timezone: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "UTC"

    @model_validator(mode="after")
    def _says_when(self) -> "WaitForTime":
        if sum(given is not None for given in (self.until, self.delay_seconds, self.cron)) != 1:
            raise ValueError("give one of until, delay_seconds and cron")
        return self


WAITS = frozenset({"human", "tool", "agent", "time"})
Wait = Annotated[WaitForHuman | WaitForTool | WaitForAgents | WaitForTime, Field(discriminator="for_")]
WAIT: TypeAdapter[Wait] = TypeAdapter(Wait)


class ClaimWork(Closed):
    max: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    lease_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] | None = None
    wait_seconds: Annotated[int, Field(strict=True, ge=0, le=60)] = 0


def _modes(shape: dict[str, Any]) -> None:
    shape["enum"] = bindings.modes()


# What is registered, which is known only once all applications are: the service checks it.
DeliveryMode = Annotated[str, Field(json_schema_extra=_modes)]
CallbackUrl = Annotated[str, StringConstraints(max_length=2048)]


class CreateServiceAccount(Closed):
    """A new agent. Organization and workspace come from the credential; if given, they must be those."""

    name: Annotated[str, StringConstraints(min_length=2, max_length=120)]
    org_id: UUID | None = None
    workspace_id: UUID | None = None
    display_name: Annotated[str, StringConstraints(max_length=255)] | None = None
    description: Annotated[str, StringConstraints(max_length=1024)] | None = None
    delivery_mode: DeliveryMode | None = None
    callback_url: CallbackUrl | None = None
    created_by_actor_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="Kept by the audit log as the credential says, not as sent."
    )


class CreateKey(Closed):
    created_by_actor_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    name: Any = Field(None, deprecated=True, description="Ignored.")
    description: Any = Field(None, deprecated=True, description="Ignored.")
    expires_at: Moment | None = None
    scope: Literal["workspace", "own"] = Field("own", description="Every address of the workspace, or only the agent's own.")
    tools: Annotated[list[ToolName], Field(max_length=50)] = Field(
        [], description="The tools whose jobs a key of scope own may complete; a workspace key may complete any."
    )


class RotateKey(Closed):
    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=30 * 24 * 3600)] = Field(
        3600, description="How long the old one works on."
    )


class UpdateAgent(Closed):
    display_name: Annotated[str, StringConstraints(max_length=255)] | None = None
    description: Annotated[str, StringConstraints(max_length=1024)] | None = None
    delivery_mode: DeliveryMode | None = None
    callback_url: CallbackUrl | None = None
    lease_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] | None = None
    owner: EmailAddress | None = Field(None, description="The member who answers for it, by email address.")
