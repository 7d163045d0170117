"""Scenario documents as they come: both public layouts, read leniently into one.

Unknown keys are taken and kept. What has the wrong type is an error at its path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from intents.accounts import settable
from intents.kernel.actors import Tenant
from intents.kernel.errors import DomainError
from intents.scenarios import macros
from intents.scenarios.compiling import Compiled, compile_document
from intents.schemas import beyond, doubles, layouts
from intents.schemas.fields import Address, Count, Moment, Object
from intents.schemas.refusals import problems_of

SCENARIO_ID = r"^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$"


def _or_empty(value: Any) -> Any:
    """Public programs send "" or null for what they leave out."""
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_or_empty), StringConstraints(max_length=2000)]
Short = Annotated[str, BeforeValidator(_or_empty), StringConstraints(max_length=255)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Role = Annotated[str, BeforeValidator(_or_empty), StringConstraints(max_length=383)]
Whole = Annotated[int, Field(strict=True, ge=0, le=100)]


class DocumentPart(BaseModel):
    """A part of a document. Keys that nobody reads are kept with it."""

    model_config = ConfigDict(extra="allow")


class BundleAgent(DocumentPart):
    """An agent, by its `role`. `create_if_missing` registers it, with a key of its own."""

    role: Name
    address: Address | None = None
    create_if_missing: bool = False
    display_name: Short = ""
    description: Text = ""
    delivery_mode: Short = ""
    callback_url: Annotated[str, BeforeValidator(_or_empty), StringConstraints(max_length=2048)] = ""


class BundleHuman(DocumentPart):
    """A person, by their `role`. Without a `contact` the workspace's approvers are asked."""

    role: Name
    contact: Short = ""
    display_name: Short = ""
    description: Text = ""


class RetryPolicy(DocumentPart):
    """How often a step that failed is tried again, and how long after."""

    max_retries: Whole = 0
    retry_delay_seconds: Count = 30


class BundleStep(DocumentPart):
    """A step: of an agent or a human by `assigned_to`, or of the server by `runtime_type`. The intent of an agent's step is
    of `intent_type`, or else of the run's."""

    step_id: Name
    tool_id: Short = ""
    intent_type: Annotated[str, StringConstraints(pattern=SCENARIO_ID, max_length=255)] | None = None
    runtime_type: Short = ""
    runtime_config: Object | None = None
    config: Object | None = None
    description: Text = ""
    assigned_to: Role = ""
    requires_approval: bool | None = None
    step_deadline_seconds: Count | None = None
    retry: RetryPolicy | None = None
    human_task: Object | None = None
    policy: Object | None = None
    input: Object | None = None
    remind_after_seconds: Count | None = None
    remind_interval_seconds: Count | None = None
    max_reminders: Count | None = None
    escalate_to: Role = ""
    on_success: Short = ""
    on_failure: Short = ""


Steps = Annotated[list[BundleStep], Field(max_length=100)]


class Workflow(DocumentPart):
    """The steps in order, or a macro that makes them."""

    macro_id: Short = ""
    parameters: Object | None = None
    entry_step: Short = ""
    steps: Steps | None = None


class BundleIntent(DocumentPart):
    """What the run is about, and what holds for all of its steps."""

    type: Annotated[str, StringConstraints(pattern=SCENARIO_ID, min_length=3, max_length=255)] = Field(
        examples=["approval.change.v1"]
    )
    to_agent: Role = Field("", description="Who does it, where there are no steps: a role or an address.")
    payload: Object | None = None
    deadline_at: Moment | None = None
    remind_after_seconds: Count | None = None
    remind_interval_seconds: Count | None = None
    max_reminders: Count | None = None
    escalate_to: Role = ""
    max_delivery_attempts: Count | None = None
    human_task: Object | None = None


class Durability(DocumentPart):
    """What older documents say at the top of how long a run lasts and whom it reminds."""

    deadline_seconds: Count | None = None
    deadline_minutes: Count | None = None
    deadline_minutes_from_now: Count | None = None
    remind_after_seconds: Count | None = None
    remind_interval_seconds: Count | None = None
    max_reminders: Count | None = None
    escalate_to: Role = ""
    max_delivery_attempts: Count | None = None


class ScenarioBundle(DocumentPart):
    """A scenario: who takes part, what happens in which order, and what one run is about."""

    scenario_id: Annotated[str, StringConstraints(pattern=SCENARIO_ID, min_length=3, max_length=255)] = Field(
        examples=["approval.nginx_rollout.v1"]
    )
    title: Short = ""
    description: Text = ""
    idempotency_key: Annotated[str, StringConstraints(max_length=255)] | None = None
    agents: Annotated[list[BundleAgent], Field(max_length=50)] | None = None
    humans: Annotated[list[BundleHuman], Field(max_length=20)] | None = None
    workflow: Workflow | None = None
    workflow_steps: Steps | None = Field(None, description="As older documents have `workflow.steps`.")
    entry_step: Short = ""
    durability: Durability | None = None
    intent: BundleIntent


REMINDING = ("remind_after_seconds", "remind_interval_seconds", "max_reminders", "escalate_to")
DEFAULTS = (*REMINDING, "max_delivery_attempts")


@dataclass(slots=True)
class ReadDocument:
    """A document in one layout: `steps`, and `steps_at` where they were. With `errors` there is none. `run` is what it says
    of one run: `payload`, `deadline_at`, `deadline_seconds`, and for all steps `defaults`. `ours` are the paths of what the
    published schema refuses, and is read all the same."""

    document: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)


def read(sent: Mapping[str, Any]) -> ReadDocument:
    """What a document says. Raises nothing: what is wrong is in its `errors`."""
    found = ReadDocument()
    usual = layouts.usual(sent)
    if usual is not sent:
        found.warnings.append(("scenario", "another layout: scenario_id, agents[].address and intent are what is read"))
    try:
        bundle = ScenarioBundle.model_validate(usual)
    except ValidationError as error:
        found.errors = problems_of(error.errors(include_url=False))
        return found
    _warn(bundle, found)
    # Of another layout one warning tells all.
    found.ours = list(beyond.ours(bundle)) if usual is sent else []
    steps, at = _steps(bundle, found)
    intent = bundle.intent
    found.document = {
        "scenario_id": bundle.scenario_id,
        "title": bundle.title or bundle.scenario_id,
        "agents": [_agent(one) for one in bundle.agents or ()],
        "humans": [one.model_dump(include=set(BundleHuman.model_fields)) for one in bundle.humans or ()],
        "steps": steps,
        "steps_at": at,
        "entry_step": (bundle.workflow.entry_step if bundle.workflow else "") or bundle.entry_step,
        "entry_at": "workflow.entry_step" if bundle.workflow and bundle.workflow.entry_step else "entry_step",
        "intent": {"type": intent.type, "human_task": intent.human_task},
    }
    lasting = bundle.durability or Durability()
    minutes = lasting.deadline_minutes or lasting.deadline_minutes_from_now
    found.run = {
        "payload": intent.payload or {},
        "deadline_at": intent.deadline_at,
        "deadline_seconds": lasting.deadline_seconds or (minutes * 60 if minutes else None),
        "defaults": {name: value for name in DEFAULTS if (value := getattr(intent, name) or getattr(lasting, name))},
    }
    return found


def compiled(sent: Mapping[str, Any], *, actor: Tenant) -> tuple[ReadDocument, Compiled]:
    """What a document says, and its program in the workspace of `actor`, with what is wrong and odd in either. Raises
    nothing."""
    found = read(sent)
    if found.errors:
        return found, Compiled({}, list(found.errors), list(found.warnings))
    made = compile_document(document=found.document, actor=actor)
    made.warnings[:0] = found.warnings
    return found, made


def _agent(agent: BundleAgent) -> dict[str, Any]:
    made = agent.model_dump(include=set(BundleAgent.model_fields)) | {"address": agent.address or agent.role}
    return made | {"delivery_mode": ""} if _called_nowhere(agent) else made


def _called_nowhere(agent: BundleAgent) -> bool:
    """Whether an agent is to be called at a URL that the document does not have, as the command line and the older runner
    send it: they set it when the agent listens."""
    return agent.delivery_mode == settable.CALLED and not agent.callback_url


def _steps(bundle: ScenarioBundle, found: ReadDocument) -> tuple[list[dict[str, Any]], str]:
    """The steps, and their place: those of a macro, of either layout, or the one that the intent asks for."""
    workflow = bundle.workflow or Workflow()
    if workflow.macro_id:
        try:
            given = [
                one.model_dump(include=set(BundleStep.model_fields), exclude_unset=True) for one in workflow.steps or ()
            ]
            made = macros.expand(workflow.macro_id, workflow.parameters or {}, given, humans=_roles(bundle))
        except DomainError as refusal:
            found.errors.append(
                (refusal.details.get("field", "workflow.macro_id"), getattr(refusal, "reason", refusal.message))
            )
            return [], "workflow.steps"
        return [
            BundleStep.model_validate(one).model_dump(include=set(BundleStep.model_fields)) for one in made
        ], "workflow.steps"
    listed, at = workflow.steps, "workflow.steps"
    if not listed and bundle.workflow_steps:
        listed, at = bundle.workflow_steps, "workflow_steps"
    if listed:
        return [one.model_dump(include=set(BundleStep.model_fields)) for one in listed], at
    if bundle.intent.human_task:
        asks = BundleStep(step_id="approval", requires_approval=True, human_task=bundle.intent.human_task)
        return [asks.model_dump(include=set(BundleStep.model_fields))], "intent"
    if does_it := bundle.intent.to_agent or (bundle.agents[0].role if bundle.agents else ""):
        found.warnings.append(("workflow", f"there are no steps: {does_it} does it"))
        does = BundleStep(step_id="work", assigned_to=does_it)
        return [does.model_dump(include=set(BundleStep.model_fields))], "workflow.steps"
    found.errors.append(("workflow.steps", "must not be empty"))
    return [], at


def _roles(bundle: ScenarioBundle) -> list[str]:
    return [one.role for one in bundle.humans or ()]


def _warn(bundle: ScenarioBundle, found: ReadDocument) -> None:
    """What the published schema would refuse, and has one meaning all the same."""
    if "-" in bundle.scenario_id or bundle.scenario_id != bundle.scenario_id.lower():
        found.warnings.append(("scenario_id", "published names hold small letters, digits, _ and dots alone"))
    found.warnings += [(path, beyond.UNKNOWN) for path in beyond.unread(bundle)]
    for place, human in enumerate(bundle.humans or ()):
        if not human.contact:
            found.warnings.append((f"humans.{place}.contact", "is empty: the workspace's approvers are asked"))
    for place, agent in enumerate(bundle.agents or ()):
        if agent.address is None:
            found.warnings.append((f"agents.{place}.address", f"is missing: the address is {agent.role}"))
        if _called_nowhere(agent):
            words = "is missing: until it is set, the agent comes for its work"
            found.warnings.append((f"agents.{place}.callback_url", words))
    if not (bundle.workflow and (bundle.workflow.steps or bundle.workflow.macro_id)) and bundle.workflow_steps:
        found.warnings.append(("workflow_steps", "an older layout: workflow.steps is where steps belong"))
    found.warnings += [(path, f"is not read: {read} is what is read") for path, read in doubles.unread(bundle.model_dump())]
