"""The fields of a scenario's form. Names of fields are paths of the document, so that what is wrong is found by them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.lengths import NUMBER, Length, length_of, sent_length
from inbox.views.kit.words import KIND_WORDS
from inbox.vocabulary.kinds import RISK_WORDS
from intents.kernel import canonical
from intents.kernel.errors import DomainError
from intents.scenarios import kinds
from intents.scenarios.compiling import AGENT, HUMAN, NOTHING

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Spec:
    """A field: its path below what it belongs to, and what is typed: text, a longer `message`, a `length` of time, a whole
    `number`, a `list` of texts, `json`, one of its `choices`, or a `check`."""

    name: str
    label: Words
    form: str = "text"
    hint: Words = ""
    choices: Sequence[tuple[str, Words]] = ()


GENERAL = (
    Spec("scenario_id", _("Id"), hint=_("Small letters, digits, dots and _, such as order.fulfil.v1")),
    Spec("title", _("Title")),
    Spec("description", _("Description"), "message"),
    Spec("intent.type", _("Type of its intents"), hint=_("Usually the same as the id")),
    Spec("intent.payload", _("Payload to try and run it with"), "json"),
)
AGENTS = (
    Spec("role", _("Role")),
    Spec("address", _("Address")),
    Spec("create_if_missing", _("Register it if it is missing"), "check"),
)
HUMANS = (
    Spec("role", _("Role")),
    Spec("contact", _("Contact"), hint=_("An email address, a group or a role. Empty: the approvers of the workspace")),
)
DURABILITY = (
    Spec("deadline_seconds", _("The whole run has"), "length"),
    Spec("remind_after_seconds", _("Remind people after"), "length"),
    Spec("remind_interval_seconds", _("Then every"), "length"),
    Spec("max_reminders", _("Reminders at most"), "number"),
    Spec("escalate_to", _("Escalate to")),
    Spec("max_delivery_attempts", _("Delivery attempts at most"), "number"),
)
NAMED = (Spec("step_id", _("Step id")), Spec("description", _("What happens")))
TASK = (
    Spec("human_task.title", _("Question")),
    Spec("human_task.description", _("Details"), "message"),
    Spec("human_task.task_type", _("Kind of task"), "select", choices=(("", _("Approval")), *KIND_WORDS.items())),
    Spec("human_task.risk", _("Risk"), "select", choices=(("", _("As usual")), *reversed(RISK_WORDS.items()))),
    Spec("human_task.allowed_outcomes", _("Answers"), "list", hint=_("Separated by commas. Empty: those of the kind")),
)
NEXT = (Spec("on_success", _("On success"), "select"), Spec("on_failure", _("On failure"), "select"))
TIMES = (
    Spec("step_deadline_seconds", _("The step has"), "length"),
    Spec("retry.max_retries", _("Retries"), "number"),
    Spec("retry.retry_delay_seconds", _("Time between attempts"), "length"),
)
REMINDING = (
    Spec("remind_after_seconds", _("Remind after"), "length"),
    Spec("remind_interval_seconds", _("Then every"), "length"),
    Spec("max_reminders", _("Reminders at most"), "number"),
    Spec("escalate_to", _("Escalate to")),
)
POLICY = Spec("policy", _("More about the task"), "json", hint=_("Fields of the task such as risk and quorum"))
INPUT = Spec("input", _("Input of the agent"), "json")
CONFIG: Mapping[str, Words] = {
    "seconds": _("For"),
    "until": _("Until"),
    "timeout_seconds": _("People have"),
    "to": _("Tell"),
    "subject": _("Subject"),
    "body": _("Text"),
    "title": _("Question"),
    "assigned_to": _("Assigned to"),
}
KIND = Spec("kind", _("Done by"), "select")
ASSIGNED = Spec("assigned_to", _("Assigned to"), "select")
KINDS: Mapping[str, Words] = {
    AGENT: _("An agent"),
    HUMAN: _("People"),
    "human_approval": _("Server: approval"),
    "delay": _("Server: delay"),
    "timeout": _("Server: time limit of the run"),
    "reminder": _("Server: reminder"),
    "escalation": _("Server: escalation"),
    "notification": _("Server: notification"),
}


def kind_choices() -> list[tuple[str, Words]]:
    """The kinds of steps that are registered."""
    known = [AGENT, HUMAN, *(one for one in kinds.names() if one not in (AGENT, HUMAN, NOTHING))]
    return [(one, KINDS.get(one, one)) for one in sorted(known, key=lambda one: [*KINDS, one].index(one))]


def of_step(kind: str) -> list[Spec]:
    """The fields of a step of a kind, after those by which it is called: its own, and what all have."""
    own = [Spec(f"runtime_config.{one.name}", CONFIG.get(one.name, one.name), one.form) for one in kinds.config_fields(kind)]
    if kind == AGENT:
        return [ASSIGNED, *NEXT, *TIMES, INPUT, POLICY]
    if kind == HUMAN:
        return [ASSIGNED, *TASK, *NEXT, *TIMES, *REMINDING, POLICY]
    return [*own, *NEXT, *(REMINDING if kind == "human_approval" else ())]


def typed(form: str, value: Any) -> Any:
    """What a field shows of a value of the document: a Length, whether a box is checked, or a text."""
    if form == "length":
        whole = type(value) is int and value >= 0
        return length_of(value) if whole else Length("" if value is None else str(value))
    if form == "check":
        return value is True
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if form == "list" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, indent=2 if form == "json" else None)


def sent_value(form: str, sent: QueryDict, path: str) -> Any:
    """What was typed into a field, as `typed` shows it."""
    if form == "length":
        return sent_length(sent, path)
    if form == "check":
        return sent.get(path) == "on"
    return sent.get(path, "").replace("\r\n", "\n")


def value_of(form: str, given: Any) -> Any:
    """The value that was typed, None for nothing. What cannot be read stays as it was typed, to be refused."""
    if form == "length":
        return given.seconds()
    if form == "check":
        return given or None
    text = given.strip()
    if form == "number":
        return int(text) if NUMBER.fullmatch(text) and "." not in text else text or None
    if form == "list":
        return [one.strip() for one in text.split(",") if one.strip()] or None
    if form == "json" and text:
        try:
            return canonical.parse(text.encode())
        except DomainError:
            return text
    return text or None
