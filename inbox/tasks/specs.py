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

from inbox.forms import schema
from inbox.plans.escalation import Escalation
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


KNOWN: JsonDict = {"enum": [*known()]}


class HumanTask(BaseModel):
    """What people are asked. `assignees` are email addresses, ids of users or members, groups by name or id, or roles;
    without any, the workspace's approvers, admins and owners are asked. `notify_email` is one more assignee; an address of
    nobody gets an email, and keeps nobody else from being asked."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(max_length=255)] = ""
    description: Annotated[str, StringConstraints(max_length=2000)] | None = None
    task_type: Annotated[str, BeforeValidator(_known)] = Field("approval", json_schema_extra=KNOWN)
    allowed_outcomes: (
        Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=64)]], Field(min_length=1, max_length=20)]
        | None
    ) = None
    required_comment: StrictBool = False
    assignees: (
        Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=383)]], Field(min_length=1, max_length=20)]
        | None
    ) = None
    evidence_required: StrictBool = False
    attachments: Annotated[list[Annotated[str, AfterValidator(_file)]], Field(min_length=1, max_length=20)] | None = Field(
        None, description="Ids of files that are shown with the task."
    )
    form_schema: dict[str, Any] | None = None
    notify_email: Annotated[str, StringConstraints(max_length=254), BeforeValidator(_address)] | None = None
    risk: Literal["low", "medium", "high", "critical"] = "medium"
    separation_of_duties: StrictBool | None = Field(
        None,
        description="True keeps who stands behind the request from deciding; so it is at high and critical risk, unless a "
        "policy of the workspace lets agents do without.",
    )
    escalation: Escalation | None = Field(None, description="What happens while nobody decides.")
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
    if task.escalation is not None:
        ensure_no_silent_yes(task.escalation, risks=[task.risk], field=f"{field}.escalation")
    completed = task.model_dump(exclude_none=True)
    completed["title"] = task.title.strip() or kind.title
    completed.setdefault("allowed_outcomes", list(kind.outcomes))
    completed.setdefault("separation_of_duties", task.risk in RISKY)
    return completed


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
