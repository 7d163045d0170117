"""What answers about scenarios and their runs look like."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.schemas.fields import Closed
from intents.schemas.responses import Ok, Shape


class RetryStep(Closed):
    """From which step a run goes on as a new one, and why."""

    step_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class ScenarioAgent(Shape):
    """An agent of a scenario. `created` when this call registered it; its key is in `agents_provisioned` then, once."""

    role: str
    address: str
    created: bool = False


class ProvisionedAgent(Shape):
    role: str
    address: str
    service_account_id: UUID
    key_id: UUID
    api_key: str = Field(description="Its machine key, of scope `own`. It is shown this once.")
    created_at: datetime


class AppliedScenario(Ok):
    intent_id: UUID = Field(description="The run: an intent that the server carries on. People approve it by this id.")
    scenario_id: str
    version: int
    status: str
    pending_with: str | None = Field(description="Whom the run waits for now.")
    compile_id: UUID = Field(description="The version of the scenario.")
    workflow_compile_id: UUID
    agents: list[ScenarioAgent]
    agents_provisioned: list[ProvisionedAgent]
    idempotent: bool = Field(description="Whether this is the run of an earlier call with the same idempotency key.")
    created_at: datetime
    deadline_at: datetime | None


class ValidatedScenario(Ok):
    valid: bool
    errors: list[str] = Field(description="What is wrong, each beginning with its path in the document.")
    warnings: list[str]


class MacroParameter(Shape):
    name: str
    default: str | None


class MacroShape(Shape):
    macro_id: str
    description: str
    parameters: list[MacroParameter]


class Macros(Ok):
    macros: list[MacroShape]


class OneMacro(Ok):
    macro: MacroShape


class RunStepShape(Shape):
    """A try of a step. `child_intent_id` is the intent that did it."""

    number: int
    step_id: str
    title: str
    kind: str
    attempt: int
    state: Literal["retrying", "running", "succeeded", "failed", "reused", "canceled"]
    child_intent_id: UUID | None
    started_at: datetime
    ended_at: datetime | None
    result: Any = Field(description='Where it is long, among others, `{"omitted": true, "bytes": ...}`; as is the error.')
    error: Any


class OneRunStep(Ok):
    step: RunStepShape


class RunShape(Shape):
    run_id: UUID
    scenario_id: str
    title: str
    version: int
    status: str
    waiting_reason: str | None
    created_at: datetime
    steps: list[RunStepShape]
    next_after: int | None = Field(description="What `after` says to get the tries that follow; null for none.")


class OneRun(Ok):
    run: RunShape
    document: dict[str, Any] = Field(description="The version of the scenario that the run is of, as it was applied.")


class RetriedRun(Ok):
    run_id: UUID
    applied: bool = Field(description="Whether this call began it.")
