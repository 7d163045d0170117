"""Where several people decide: how far it is, who voted what, and by which rules it is settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import presentation
from inbox.plans import quorum
from inbox.tasks import audience, progress, selectors, votes
from inbox.tasks.models import Task
from inbox.tasks.tally import ballot_of
from inbox.views.kit import words
from inbox.views.tasks.shown.rights import Rights
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class ShownVote:
    """A vote; `stage` is what its stage is called, where there are several."""

    who: str
    words: str
    tone: str
    stage: str
    quote: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShownStage:
    """A stage; `state` is done, now or later."""

    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Voting:
    """`given` of `needed` is as a bar shows it; `mine` is what this person voted, empty when they did not."""

    words: str
    given: int
    needed: int
    rules: list[str]
    stages: list[ShownStage]
    votes: list[ShownVote]
    waiting: list[str]
    mine: str
    may_undo: bool
    short: str
    may_add: bool


def voting(task: Task, spec: Mapping[str, Any], *, rights: Rights, person: Person) -> Voting | None:
    """None where one person decides."""
    ballot = ballot_of(task)
    if ballot is None:
        return None
    cast = selectors.all_votes([task.id])
    mine = next((one for one in ballot.votes.values() if one.by == person.user_id), None) if rights.decidable else None
    stages = quorum.parts(dict(spec))
    waiting = [one.strip().lower() if "@" in one else one for one in ballot.waits_for()] if rights.decidable else []
    voted = {name for one in cast if one.stage == ballot.stage + 1 for name in (one.by, one.delegated_by)}
    names = audience.names(one for one in [*waiting, *(one.delegated_by or "" for one in cast)] if "@" in one)
    return Voting(
        words=progress.of(ballot) if rights.decidable else "",
        given=min(ballot.given, ballot.approve),
        needed=ballot.approve,
        rules=_rules(ballot) if rights.decidable else [],
        stages=_stages(task, ballot, stages) if len(stages) > 1 else [],
        votes=[_vote(task, one, stages, names) for one in cast],
        waiting=[names.get(one) or progress.called(one) for one in waiting if one not in voted],
        mine=words.done(mine.outcome) if mine else "",
        may_undo=mine is not None,
        short=_short(ballot) if rights.decidable else "",
        may_add=rights.may_delegate,
    )


def _vote(task: Task, one: selectors.CastVote, stages: Any, names: Mapping[str, str]) -> ShownVote:
    who = presentation.plain(one.name)
    if one.delegated_by:
        who = _("%(who)s, for %(name)s") % {"who": who, "name": names.get(one.delegated_by, one.delegated_by)}
    return ShownVote(
        who=who,
        words=words.done(one.outcome),
        tone=words.tone(task.task_type, one.outcome),
        stage=presentation.one_line(stages[one.stage - 1]["name"]) if len(stages) > 1 else "",
        quote=presentation.plain(one.comment or ""),
        at=one.at,
    )


def _stages(task: Task, ballot: votes.Ballot, stages: Any) -> list[ShownStage]:
    made = []
    for number, stage in enumerate(stages):
        over = number < ballot.stage or (number == ballot.stage and task.decided_at is not None)
        state = "done" if over else "now" if number == ballot.stage and task.ended_at is None else "later"
        said = {"done": _("Done"), "now": _("Now"), "later": _("Later")}[state]
        made.append(ShownStage(presentation.one_line(stage["name"]), state, said))
    return made


def _rules(ballot: votes.Ballot) -> list[str]:
    if ballot.seats:
        agree = _("One person from each of %(count)s must agree.") % {"count": len(ballot.seats)}
    else:
        agree = ngettext("Takes %(count)s approval.", "Takes %(count)s approvals.", ballot.approve)
        agree %= {"count": ballot.approve}
    refuse = ngettext("One refusal ends it.", "%(count)s refusals end it.", ballot.reject) % {"count": ballot.reject}
    return [agree, refuse]


def _short(ballot: votes.Ballot) -> str:
    if not ballot.short:
        return ""
    said = ngettext(
        "%(count)s more approver is needed: too few of those who were asked can decide it.",
        "%(count)s more approvers are needed: too few of those who were asked can decide it.",
        ballot.short,
    )
    return said % {"count": ballot.short}
