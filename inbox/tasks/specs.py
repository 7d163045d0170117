"""What a human task may say, and what it says by default."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)
from pydantic.config import JsonDict

from inbox.forms import editable, schema
from inbox.forms.editable import EditableField
from inbox.plans.escalation import Escalation
from inbox.plans.quorum import ApprovalStage, Missing, Quorum, Stages
from inbox.tasks import labelling
from inbox.vocabulary import lookalikes
from inbox.vocabulary.kinds import RESERVED, RISKY, is_negative, kind_of, known, word
from inbox.vocabulary.lifecycle import State
from intents.engine.human_gate import Silence
from intents.engine.waits import SILENCE_SECONDS
from intents.kernel import canonical
from intents.kernel.errors import InvalidField
from intents.schemas.refusals import refusal


def _known(name: Any) -> Any:
    if name not in known():
        raise ValueError(f"must be one of {', '.join(known())}")
    return name


def _address(text: Any) -> Any:
    name, at, host = text.strip().rpartition("@") if isinstance(text, str) else ("", "", "")
    if not (name and at and host) or any(part.isspace() for part in text.strip()):
        raise ValueError("must be an email address")
    return text.strip()


def _file(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError("must be the id of a file") from None


APPROVED_VALUES = ("approved", "changes")
"""Keys of a decision's data that tell what values were approved, and which of them were changed."""
KNOWN: JsonDict = {"enum": [*known()]}


class ReceiptWanted(BaseModel):
    """For how long the receipt of a decision counts from when it was made."""

    model_config = ConfigDict(extra="forbid")

    valid_seconds: Annotated[int, Field(strict=True, ge=60, le=30 * 86_400)] = 86_400


class HumanTask(BaseModel):
    """What people are asked. `assignees` are email addresses, ids of users or members, groups by name or id, or roles;
    without any, the workspace's approvers, admins and owners are asked. `notify_email` is one more assignee; an address of
    nobody gets an email, and keeps nobody else from being asked."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(max_length=255)] = Field(
        "",
        description="What is asked, in a line; else that of its kind. An amount that the payload contradicts is marked.",
    )
    description: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        None, description="What the agent says of it: plain text or a little Markdown, shown as the agent's word."
    )
    task_type: Annotated[str, BeforeValidator(_known)] = Field(
        "approval", description="Its kind: which outcomes it has, and what the buttons say.", json_schema_extra=KNOWN
    )
    allowed_outcomes: (
        Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=64)]], Field(min_length=1, max_length=20)]
        | None
    ) = Field(None, description="The answers it takes, in the order of their buttons; those of its kind without any.")
    required_comment: StrictBool = Field(False, description="Whether each answer needs a comment.")
    assignees: (
        Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=383)]], Field(min_length=1, max_length=20)]
        | None
    ) = Field(
        None,
        description="Who is asked: email addresses, ids of users or members, groups by name or id, or roles. Without any, "
        "the workspace's approvers, admins and owners.",
        examples=[["maria@myorg.example"]],
    )
    evidence_required: StrictBool = Field(
        False, description="Whether an answer needs something that proves it: a file, or a text."
    )
    attachments: Annotated[list[Annotated[str, AfterValidator(_file)]], Field(min_length=1, max_length=20)] | None = Field(
        None, description="Ids of files that are shown with the task."
    )
    form_schema: dict[str, Any] | None = Field(
        None, description="What is to be filled in, as JSON Schema 2020-12. The answer is checked by it."
    )
    editable_fields: Annotated[list[EditableField], Field(min_length=1, max_length=editable.MOST)] | None = Field(
        None,
        description="What of the payload may be changed by whoever approves: JSON pointers or names of its keys, or objects "
        "that say more. What is approved comes back as `data.approved`.",
        examples=[["/amount"]],
    )
    receipt: StrictBool | ReceiptWanted | None = Field(
        None,
        description="True brings a signed receipt of an approval as `receipt` of the result, valid for 24 hours; or say for "
        "how long.",
    )
    notify_email: Annotated[str, StringConstraints(max_length=254), BeforeValidator(_address)] | None = Field(
        None, description="One more assignee. An address of nobody here gets an email that leads to the task."
    )
    summary: labelling.SummaryPointers | None = Field(
        None, description="Which parts of the payload sum it up. They are shown from the payload, and 422 when they miss."
    )
    consequence: labelling.Consequences | None = Field(
        None,
        description="What each outcome does, in a sentence, by outcome. Shown above the buttons as the agent's word.",
        examples=[{"approved": "Sends 129.00 EUR to ACME at once."}],
    )
    outcome_labels: labelling.Labels | None = Field(
        None,
        description="What the buttons say, by outcome. The plain outcome stands under a label that does not say it.",
        examples=[{"approved": "Approve refund"}],
    )
    reject_reasons: labelling.Reasons | None = Field(
        None, description="Reasons that are offered to who refuses, in place of the kind's own.", examples=[["Already paid"]]
    )
    risk: Literal["low", "medium", "high", "critical"] = Field(
        "medium",
        description="What is at stake. High and critical are decided one by one, without time to undo, and not by who "
        "stands behind the request.",
    )
    separation_of_duties: StrictBool | None = Field(
        None,
        description="True keeps who stands behind the request from deciding; so it is at high and critical risk, unless a "
        "policy of the workspace lets agents do without.",
    )
    escalation: Escalation | None = Field(None, description="What happens while nobody decides.")
    quorum: Quorum | None = Field(
        None,
        description="How many must agree, and how many must refuse: a number, `any` (one, as without it), `all`, a "
        "percentage or `one_each`; or an object with a rule for each of `approve` and `reject`. Without a rule for "
        "refusing, one refusal ends it.",
    )
    stages: Stages | None = Field(
        None, description="People who are asked one group after the other, in place of `assignees`."
    )
    on_missing: Missing | None = Field(
        None,
        description="What happens once those who are left of who was asked are too few: `alert` (as without it), "
        "`substitute`, `skip`, or an object with `then` `close` and the `outcome`.",
    )
    calendar: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = Field(
        None, description="A calendar by name or id: times are then counted in its working hours."
    )


def complete(spec: dict[str, Any], *, field: str) -> dict[str, Any]:
    """`spec` as JSON with its defaults filled in; completing it again changes nothing.

    Raises InvalidField naming the place below `field`.
    """
    canonical.check(spec)
    try:
        task = HumanTask.model_validate(spec)
    except ValidationError as error:
        raise refusal(error, below=field) from None
    if task.form_schema is not None:
        schema.check_schema(task.form_schema, field=f"{field}.form_schema")
    for name in ("allowed_outcomes", "assignees", "attachments"):
        values = getattr(task, name)
        if values is not None and len(set(values)) != len(values):
            raise InvalidField(f"{field}.{name}", "each only once")
    _ensure_told_apart(task.allowed_outcomes or (), field=f"{field}.allowed_outcomes")
    kind = kind_of(task.task_type)
    _ensure_stages(task, field=field)
    if task.escalation is not None:
        ensure_no_silent_yes(task.escalation, risks=[task.risk], field=f"{field}.escalation")
    completed = task.model_dump(exclude_none=True)
    if task.editable_fields is not None:
        completed["editable_fields"] = editable.completed(task.editable_fields, field=f"{field}.editable_fields")
        _ensure_no_own(task.form_schema, field=f"{field}.form_schema")
    if completed.get("receipt") is True:
        completed["receipt"] = ReceiptWanted().model_dump()
    elif completed.get("receipt") is False:
        del completed["receipt"]
    completed["title"] = task.title.strip() or kind.title
    completed.setdefault("allowed_outcomes", list(kind.outcomes))
    completed.setdefault("separation_of_duties", task.risk in RISKY)
    labelling.ensure_fair(completed, field=field)
    return completed


def assignees(spec: Mapping[str, Any], *, stage: int = 0) -> list[str]:
    """Whom a completed human task names, in its first stage or another."""
    if "stages" in spec:
        return list(spec["stages"][stage]["assignees"])
    return [*spec.get("assignees", ()), *([spec["notify_email"]] if "notify_email" in spec else ())]


def _ensure_stages(task: HumanTask, *, field: str) -> None:
    """Raises InvalidField for stages that contradict what stands beside them, or one another."""
    outcomes = task.allowed_outcomes or kind_of(task.task_type).outcomes
    for place, missing in [("", task.on_missing), *((f"stages.{n}.", one.on_missing) for n, one in _numbered(task))]:
        ending = missing.outcome if missing else None
        if ending is not None and (ending not in outcomes or lets_happen({"task_type": task.task_type}, ending)):
            raise InvalidField(f"{field}.{place}on_missing.outcome", "one of the task's outcomes that refuses")
    if task.stages is None:
        return
    for name in ("assignees", "notify_email"):
        if getattr(task, name) is not None:
            raise InvalidField(f"{field}.{name}", "its stages say who is asked")
    names = [stage.name.casefold() for stage in task.stages]
    for number, stage in _numbered(task):
        if stage.name.casefold() in names[:number]:
            raise InvalidField(f"{field}.stages.{number}.name", "another stage is called that")
        if len(set(stage.assignees)) != len(stage.assignees):
            raise InvalidField(f"{field}.stages.{number}.assignees", "each only once")
    if task.stages[0].on_reject == "return":
        raise InvalidField(f"{field}.stages.0.on_reject", "there is no stage before the first")


def _numbered(task: HumanTask) -> list[tuple[int, ApprovalStage]]:
    return list(enumerate(task.stages or ()))


def ensure_fits(spec: Mapping[str, Any], payload: Any, *, field: str) -> None:
    """Raises InvalidField, naming the place below `field`, when a completed task lets be changed, or is summed up by,
    what its payload lacks."""
    labelling.ensure_points(spec, payload, field=field)
    if "editable_fields" in spec:
        editable.ensure_fits(spec["editable_fields"], payload, field=f"{field}.editable_fields")


def takes_changes(spec: Mapping[str, Any], outcome: str) -> bool:
    """Whether `outcome` approves values, the changed ones: neither a no nor to ask for changes does."""
    return "editable_fields" in spec and lets_happen(spec, outcome) and word(outcome) != word("changes_requested")


def _ensure_no_own(form: Mapping[str, Any] | None, *, field: str) -> None:
    """Raises InvalidField for a form that asks for what changed values are told by."""
    for name in APPROVED_VALUES:
        if form is not None and name in schema.asked(form):
            raise InvalidField(f"{field}.properties.{name}", "a task with editable_fields gives this itself")


def _ensure_told_apart(outcomes: Sequence[str], *, field: str) -> None:
    """Raises InvalidField when two outcomes would be the same words on two buttons, or one looks like what it is not."""
    known: dict[str, str] = {}
    for index, one in enumerate(outcomes):
        place = f"{field}.{index}"
        if (odd := lookalikes.mixed(one)) is not None:
            raise InvalidField(place, f"{odd} mixes letters of scripts that look alike")
        looks = word(lookalikes.bare(one))
        if looks in RESERVED and word(one) != looks:
            raise InvalidField(place, f"{one} looks like {looks}, and is written in other letters")
        for read in (word(one), word(lookalikes.plain(one))):
            if (other := known.setdefault(read, one)) != one:
                raise InvalidField(place, f"{one} and {other} read the same")


def lets_happen(spec: Mapping[str, Any], outcome: str) -> bool:
    """Whether `outcome` lets happen what a completed task asks for."""
    return not is_negative(spec["task_type"], outcome) and outcome != State.EXPIRED


def ensure_no_yes_of_silence(spec: Mapping[str, Any], silence: Silence) -> None:
    """Silence may end a completed task as approved only where little is at stake. Raises InvalidField."""
    if not lets_happen(spec, silence.outcome):
        return
    if spec["risk"] != "low":
        raise InvalidField("on_timeout.complete", "only a task of low risk may be approved by silence")
    if silence.seconds is not None and silence.seconds < SILENCE_SECONDS:
        raise InvalidField("deadline_seconds", f"silence counts as a yes after {SILENCE_SECONDS} seconds at the soonest")


def ensure_no_silent_yes(escalation: Escalation, *, risks: Sequence[str] | None, field: str) -> None:
    """Raises InvalidField when silence would complete what may be of more than low risk; `risks` None may be any."""
    if escalation.end.then == "complete" and list(risks or ()) != ["low"]:
        raise InvalidField(f"{field}.end.then", "only what is of low risk may be completed by silence")
    if escalation.end.then == "complete" and escalation.end.after_seconds < SILENCE_SECONDS:
        raise InvalidField(
            f"{field}.end.after_seconds", f"silence completes nothing before {SILENCE_SECONDS} seconds are over"
        )
