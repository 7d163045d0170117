"""What became of a decision, in words: what the agent did with it, and what it does now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks.models import Task
from inbox.tasks.selectors import ENDS, Report
from inbox.views.kit import words
from inbox.vocabulary import kinds
from inbox.vocabulary.lifecycle import State
from intents.engine.lifecycle import TERMINAL, EventType, Status
from intents.kernel import canonical

MOST_RESULTS = 4
LONGEST = 4000
_NOT_TOLD = {"message", "outcome", "comment", "data", "receipt", "votes"}
"""Keys of a result that are told elsewhere."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What an agent did: `facts` are what it brought."""

    at: datetime
    words: str
    quote: str = ""
    facts: Sequence[presentation.Fact] = ()


def deeds(task: Task, reports: Sequence[Report]) -> Iterator[Deed]:
    """What the agent did since, oldest first. A step that is told twice, as progress and as a checkpoint, is one."""
    agent, worked, last = _agent(task), False, ""
    for place, one in enumerate(reports):
        match one.event_type:
            case EventType.IN_PROGRESS | EventType.CHECKPOINT:
                message = _message(one)
                following = reports[place + 1 : place + 2]
                if message and any(_message(it) == message for it in following if it.event_type is EventType.CHECKPOINT):
                    continue
                worked = (
                    worked or one.event_type is EventType.CHECKPOINT or bool(one.details.keys() & {"message", "percent"})
                )
                said = _step(agent, message, one.details)
                if said and said != last:
                    last = said
                    yield Deed(one.at, said)
            case EventType.TRANSFER:
                yield Deed(one.at, _("%(agent)s handed it over") % {"agent": agent})
            case EventType.HUMAN_TASK_ASSIGNED:
                yield Deed(one.at, _("%(agent)s asks people again") % {"agent": agent})
            case kind if kind in ENDS:
                yield _end(task, one, agent, worked=worked)


def now(task: Task, reports: Sequence[Report]) -> list[str]:
    """What happens next to a task that is over, in words."""
    agent, status = _agent(task), Status(task.intent.status)
    if task.state != State.DECIDED or status in TERMINAL:
        return [_("Closed.")]
    if any(one.event_type is EventType.HUMAN_TASK_ASSIGNED for one in reports):
        return [_("%(agent)s asks people again.") % {"agent": agent}]
    step = next((found for one in reversed(reports) if (found := _of(one.details))), "")
    said = _("%(agent)s is working on it (%(step)s).") if step else _("%(agent)s is working on it.")
    return [said % {"agent": agent, "step": step}]


def _end(task: Task, report: Report, agent: str, *, worked: bool) -> Deed:
    """How the intent ended: never as if a refusal had been carried out."""
    refused = task.outcome is not None and kinds.is_negative(task.task_type, task.outcome)
    result, error = report.details.get("result"), report.details.get("error")
    if report.event_type is not EventType.COMPLETED:
        said = error.get("message", "") if isinstance(error, dict) else report.details.get("reason", "")
        return Deed(report.at, str(words.ENDED[report.event_type.removeprefix("intent.").upper()]), _plain(said))
    quote = _plain(result.get("message", "")) if isinstance(result, dict) else ""
    if task.outcome is None:
        return Deed(report.at, _("Closed without a decision"), quote)
    if canonical.loads(task.wait.spec).get("on_submit"):
        told = _("Closed; nothing was done") if refused else _("The agent was notified")
        return Deed(report.at, told)
    if refused:
        closed = _("%(agent)s closed it") if worked else _("%(agent)s closed it; nothing was done")
        return Deed(report.at, closed % {"agent": agent}, quote, _facts(result))
    return Deed(report.at, _("%(agent)s: done") % {"agent": agent}, quote, _facts(result))


def _facts(result: Any) -> Sequence[presentation.Fact]:
    """The first plain values of a result."""
    if not isinstance(result, dict):
        return ()
    plain = {name: value for name, value in result.items() if name not in _NOT_TOLD and not isinstance(value, dict | list)}
    return presentation.facts(plain)[0][:MOST_RESULTS]


def _step(agent: str, message: str, details: dict[str, Any]) -> str:
    step = _of(details)
    if not message and not step:
        return ""
    said = message or _("working on it")
    return f"{agent}: {said} ({step})" if step else f"{agent}: {said}"


def _of(details: dict[str, Any]) -> str:
    """Which of how many steps a report is about, or how far it is in percent."""
    step, total, percent = details.get("step"), details.get("total"), details.get("percent")
    if isinstance(step, int) and isinstance(total, int):
        return _("step %(step)s of %(total)s") % {"step": step, "total": total}
    return f"{percent:g}%" if isinstance(percent, int | float) and not isinstance(percent, bool) else ""


def _message(report: Report) -> str:
    message = report.details.get("message")
    return presentation.one_line(str(message), most=400) if message else ""


def _plain(said: Any) -> str:
    return presentation.plain(str(said or ""))[:LONGEST]


def _agent(task: Task) -> str:
    """Who works on it, as people know it."""
    return presentation.one_line(task.intent.mailbox, most=120)
