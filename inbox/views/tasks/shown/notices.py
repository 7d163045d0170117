"""What is to be known before anything is decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.plans import pause as pauses
from inbox.tasks.models import Task
from inbox.templatetags.pages import clock as at_clock
from inbox.views.kit import words
from inbox.views.kit.refusals import in_words
from inbox.views.tasks.rows import Row, name
from inbox.views.tasks.shown.answer import AnswerForm
from inbox.views.tasks.shown.around import Around, Later
from inbox.views.tasks.shown.data import Data, amounts, contradictions, sentence
from inbox.views.tasks.shown.rights import Rights, is_over
from inbox.vocabulary.lifecycle import DECIDABLE, State
from inbox.vocabulary.series import series
from intents.kernel.actors import Person


class Facts(Protocol):
    """What notices are made of."""

    @property
    def row(self) -> Row: ...
    @property
    def rights(self) -> Rights: ...
    @property
    def data(self) -> Data: ...
    @property
    def answer(self) -> AnswerForm: ...
    @property
    def around(self) -> Around: ...
    @property
    def later(self) -> Later: ...


@dataclass(frozen=True, slots=True)
class Advisory:
    """Something to know before deciding."""

    tone: str
    icon: str
    words: str
    at: datetime | None = None


def notices(task: Task, spec: Mapping[str, Any], *, shown: Facts, person: Person, now: datetime) -> Iterable[Advisory]:
    """How it stands, then what else is to be known, the most pressing last."""
    ended = _ended(task, person=person, now=now)
    if ended is not None:
        yield ended
    else:
        yield from _standing(shown)
    if task.pause is not None and task.state in DECIDABLE:
        yield from _paused(task, pauses.loads(task.pause), now)
    if shown.later.snoozed_until is not None:
        text = _("Snoozed until %(until)s or until something changes.")
        yield Advisory("accent", "alarm-clock", text % {"until": at_clock(shown.later.snoozed_until, now)})
    problem = shown.answer.problem
    if problem and not shown.rights.may_decide and not shown.row.over:
        yield Advisory("red", "triangle-alert", sentence(problem))
    wrong = contradictions(spec, shown.data.payload)
    if wrong and task.state in DECIDABLE:
        text = _("The text says %(written)s, the data says %(true)s.")
        written = series(map(presentation.one_line, wrong))
        yield Advisory("red", "triangle-alert", text % {"written": written, "true": amounts(shown.data.payload)})


def _ended(task: Task, *, person: Person, now: datetime) -> Advisory | None:
    """How a task is over, None while it is not."""
    if task.outcome is not None and task.decided_by is not None:
        mine = task.decided_by_id == person.user_id
        text = _("You decided this: %(outcome)s.") if mine else _("%(name)s decided this: %(outcome)s.")
        text %= {"name": name(task.decided_by), "outcome": words.done(task.outcome)}
        tone = words.tone(task.task_type, task.outcome)
        look = ("amber", "x") if tone == "red" else (tone, "check")
        return Advisory(*look, text, task.decided_at)
    if task.state == State.WITHDRAWN:
        return Advisory("accent", "info", _("Withdrawn by the agent; no decision needed."), task.ended_at)
    if task.state == State.EXPIRED or is_over(task, now):
        return Advisory("amber", "clock", _("Expired without a decision."), task.ended_at or task.due_at)
    return None


def _paused(task: Task, pause: pauses.Pause, now: datetime) -> Iterable[Advisory]:
    """That the clock stands still, and when it is due again; or that it runs although nobody has answered."""
    if pause.since is None or pause.until is None:
        return
    until = at_clock(pause.until, now)
    if not pause.is_on(now):
        yield Advisory("amber", "clock", _("The agent has not answered; the clock runs again since %(at)s.") % {"at": until})
        return
    said = _("Clock paused since %(since)s, until the agent answers or until %(until)s.")
    told = [said % {"since": at_clock(pause.since, now), "until": until}]
    if task.due_at is not None and task.due_at > pause.until:
        told.append(_("Due again %(due)s at the latest.") % {"due": at_clock(task.due_at, now)})
    yield Advisory("accent", "pause", " ".join(told))


def _standing(shown: Facts) -> Iterable[Advisory]:
    """What stands between this person and an open task."""
    rights = shown.rights
    if rights.claimed_by and not rights.claimed_by_me:
        yield Advisory("accent", "hand", _("Claimed by %(name)s.") % {"name": rights.claimed_by})
    elif rights.overriding:
        text = _("You're deciding instead of the assignees. Give a reason; all owners are notified.")
        yield Advisory("amber", "triangle-alert", text)
    elif not shown.around.deciders:
        # Before what keeps this person from it: that is no news where nobody can.
        yield Advisory("amber", "triangle-alert", _("No one can decide this. An owner or admin can assign it."))
    elif shown.later.instead_of:
        yield Advisory("accent", "users", _("You decide this in place of %(name)s.") % {"name": shown.later.instead_of})
    elif rights.why_not is not None:
        yield Advisory("accent", "info", _("View only: %(why)s.") % {"why": in_words(rights.why_not)})
