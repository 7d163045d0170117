"""What happens to a task while nobody decides, in words."""

from dataclasses import dataclass
from datetime import datetime

from inbox.forecast import Next, What, next_steps
from inbox.models import Task
from inbox.views import words

MOST = 6
"""Steps that are shown; of more, the first and the last."""


@dataclass(frozen=True, slots=True)
class Ahead:
    at: datetime
    words: str


def ahead(task: Task) -> list[Ahead]:
    """What is ahead of an undecided task, soonest first, the end last."""
    found = next_steps(task)
    left_out = len(found) - MOST
    shown = [Ahead(one.at, _words(one)) for one in found]
    if left_out <= 0:
        return shown
    last = shown[-1]
    return [*shown[: MOST - 1], Ahead(last.at, f"After {left_out} more reminders or people asked: {last.words}")]


def _words(one: Next) -> str:
    if one.what is What.REMINDER:
        return "Reminder."
    who, more = words.asked(one.to or ""), ""
    if one.name is not None:
        who, more = words.reached(one.to or "", who=one.name, why=one.why)
    if one.what is What.ESCALATION:
        return f"Put to {who} as well{more}."
    match one.then:
        case "complete":
            return f"If nobody has decided, it counts as: {words.done(one.outcome or '')}."
        case "escalate":
            return f"Put to {who} as well, for as long again{more}."
        case "deadline":
            return "The request runs out of time. That is neither a yes nor a no."
    return "If nobody has decided, it expires. That is neither a yes nor a no."
