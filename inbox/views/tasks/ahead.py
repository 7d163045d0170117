"""What happens to a task while nobody decides, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.escalation.forecast import Next, What, next_steps
from inbox.plans import plan as plans
from inbox.tasks import audience
from inbox.tasks.models import Task
from inbox.views.kit import words

MOST = 6
"""Steps that are shown; of more, the first and the last."""


@dataclass(frozen=True, slots=True)
class Ahead:
    at: datetime
    words: str


def ahead(task: Task) -> list[Ahead]:
    """What is ahead of an undecided task, soonest first, the end last."""
    steps = next_steps(task)
    left_out = len(steps) - MOST
    names = audience.names({one.to for one in steps if one.to})
    shown = [Ahead(one.at, _words(one, names)) for one in steps]
    if left_out <= 0:
        return shown
    last = shown[-1]
    said = ngettext(
        "After %(number)s more reminder or escalation: %(then)s",
        "After %(number)s more reminders or escalations: %(then)s",
        left_out,
    )
    return [*shown[: MOST - 1], Ahead(last.at, said % {"number": left_out, "then": last.words})]


def rules(task: Task) -> list[str]:
    """By which policy all that happens, and in which hours it is counted."""
    plan = plans.loads(task.plan) if task.plan else plans.Plan()
    sentences = [_("Policy: %(policy)s") % {"policy": plan.policy}] if plan.policy else []
    if plan.calendar and plan.why:
        said = _("Counts only %(calendar)s working hours: %(why)s.")
        sentences.append(said % {"calendar": plan.calendar, "why": plan.why})
    elif plan.calendar:
        sentences.append(_("Counts only %(calendar)s working hours.") % {"calendar": plan.calendar})
    return sentences


def _words(one: Next, names: Mapping[str, str]) -> str:
    if one.what is What.REMINDER:
        return _("Reminder.")
    if one.what is What.ESCALATION:
        said = _("Escalates to %(who)s: %(why)s.") if one.why else _("Escalates to %(who)s.")
        return said % _who(one, names)
    match one.then:
        case "complete":
            return _("Automatic answer: %(outcome)s.") % {"outcome": words.done(one.outcome or "")}
        case "escalate" if one.why:
            return _("Escalates to %(who)s for the same time again: %(why)s.") % _who(one, names)
        case "escalate":
            return _("Escalates to %(who)s for the same time again.") % _who(one, names)
        case "deadline":
            return _("The request times out without a decision.")
    return _("Expires without a decision.")


def _who(one: Next, names: Mapping[str, str]) -> dict[str, str | None]:
    """Who is asked as well, and why."""
    to = one.to or ""
    fixed = names.get(to) or words.asked(to)
    return {"who": fixed if one.name is None else words.reached(to, who=one.name, why=one.why), "why": one.why}
