"""The registry of macros: steps that a document asks for by name and parameters. A new one is a row here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intents.kernel.errors import InvalidField, Missing
from intents.scenarios.kinds import MOST_SECONDS

Steps = list[dict[str, Any]]
LONGEST_PARAMETER = 255


@dataclass(frozen=True, slots=True)
class Macro:
    """`parameters` are names with their defaults, all texts; None has to be given. `make` gets them all."""

    macro_id: str
    description: str
    parameters: Mapping[str, str | None]
    make: Callable[[Mapping[str, str]], Steps]

    def shown(self) -> dict[str, Any]:
        parameters = [{"name": name, "default": default} for name, default in self.parameters.items()]
        return {"macro_id": self.macro_id, "description": self.description, "parameters": parameters}


def _number(given: Mapping[str, str], name: str) -> int:
    text = given[name].strip()
    if not (len(text) < 16 and text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_SECONDS):
        raise InvalidField(f"workflow.parameters.{name}", "must be a whole number, 1 or more")
    return int(text)


def _approval(given: Mapping[str, str]) -> Steps:
    return [
        {
            "step_id": "approval",
            "assigned_to": given["approver"],
            "requires_approval": True,
            "step_deadline_seconds": _number(given, "deadline_seconds"),
            "remind_after_seconds": _number(given, "remind_after_seconds"),
            "max_reminders": _number(given, "max_reminders"),
            "escalate_to": given["escalate_to"],
            "human_task": {"title": given["title"], "task_type": "approval"},
        }
    ]


def _agent(given: Mapping[str, str], step_id: str, role: str) -> dict[str, Any]:
    return {
        "step_id": step_id,
        "tool_id": "tool.agent.task.v1",
        "assigned_to": given[role],
        "step_deadline_seconds": _number(given, "step_deadline_seconds"),
    }


def _agent_then_approval(given: Mapping[str, str]) -> Steps:
    return [_agent(given, "work", "agent"), *_approval(given)]


def _approval_then_agent(given: Mapping[str, str]) -> Steps:
    return [*_approval(given), _agent(given, "work", "agent")]


def _delayed(given: Mapping[str, str]) -> Steps:
    delay = {"step_id": "delay", "runtime_type": "delay", "runtime_config": {"seconds": _number(given, "delay_seconds")}}
    return [delay, _agent(given, "work", "agent")]


_ASKING: Mapping[str, str | None] = {
    "approver": "approver",
    "title": "Approval needed",
    "deadline_seconds": "86400",
    "remind_after_seconds": "3600",
    "max_reminders": "3",
    "escalate_to": "",
}
_WORKING: Mapping[str, str | None] = {"agent": None, "step_deadline_seconds": "3600"}

MACROS: dict[str, Macro] = {
    one.macro_id: one
    for one in (
        Macro("macro.approval.v1", "A person approves, and is reminded.", _ASKING, _approval),
        Macro(
            "macro.agent_then_approval.v1",
            "An agent works, then a person approves.",
            {**_WORKING, **_ASKING},
            _agent_then_approval,
        ),
        Macro(
            "macro.approval_then_agent.v1",
            "A person approves, then an agent works.",
            {**_WORKING, **_ASKING},
            _approval_then_agent,
        ),
        Macro(
            "macro.delay_then_agent.v1",
            "An agent works after a while.",
            {**_WORKING, "delay_seconds": "60"},
            _delayed,
        ),
    )
}


def macro(macro_id: str) -> Macro:
    """Raises Missing."""
    if macro_id not in MACROS:
        raise Missing(f"no macro has the id {macro_id[:80]}", macro_id=macro_id[:80])
    return MACROS[macro_id]


def expand(
    macro_id: str, parameters: Mapping[str, Any], overrides: Sequence[Mapping[str, Any]], *, humans: Sequence[str] = ()
) -> Steps:
    """The steps of a macro. Fields of `overrides` take the place of those of the step with the same id; other steps come
    after. The only one of the document's `humans` approves, where nobody is named. Raises InvalidField naming the place."""
    if macro_id not in MACROS:
        raise InvalidField("workflow.macro_id", f"must be one of {', '.join(MACROS)}")
    known = dict(MACROS[macro_id].parameters)
    parameters = dict(parameters)
    if "step_deadline_seconds" in parameters and "step_deadline_seconds" not in known:
        # The command line calls it so, of a macro that has one step.
        parameters.setdefault("deadline_seconds", parameters.pop("step_deadline_seconds"))
    if "approver" in known and len(humans) == 1:
        known["approver"] = humans[0]
    if unknown := sorted(set(parameters) - set(known)):
        raise InvalidField(f"workflow.parameters.{unknown[0][:80]}", f"unknown; there are {', '.join(known)}")
    given = {name: str(parameters.get(name) or default or "") for name, default in known.items()}
    if missing := [name for name, default in known.items() if default is None and not given[name]]:
        raise InvalidField(f"workflow.parameters.{missing[0]}", "is required")
    if long := [name for name in known if len(given[name]) > LONGEST_PARAMETER]:
        raise InvalidField(f"workflow.parameters.{long[0]}", f"at most {LONGEST_PARAMETER} characters")
    steps = MACROS[macro_id].make(given)
    for one in overrides:
        same = next((step for step in steps if step["step_id"] == one["step_id"]), None)
        if same is None:
            steps.append(dict(one))
        else:
            same.update(one)
    return steps
