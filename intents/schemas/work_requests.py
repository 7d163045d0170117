"""What requests of working agents may hold: progress, steps, waits and claims, fenced by their lease token."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from intents.schemas.fields import INT_MAX, Address, Closed, Fenced, FreeJson, FreeObject, Moment, Object
from intents.schemas.requests import SubmitIntent


class Progress(Fenced):
    message: Annotated[str, StringConstraints(max_length=2000)] | None = None
    percent: Annotated[float, Field(ge=0, le=100, strict=True)] | None = None

    def details(self) -> Object:
        return self.model_dump(exclude={"lease_token"}, exclude_none=True)


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
    intent_id: UUID | None = Field(default=None, description="Only this intent, once it is ready.")
