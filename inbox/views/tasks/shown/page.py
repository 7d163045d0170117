"""A task as its page shows it: what would happen, what the agent says, who is asked, what was done, what can be answered."""

from dataclasses import dataclass, field
from datetime import datetime

from inbox.tasks.models import Task
from inbox.views.tasks.rows import Row, row
from inbox.views.tasks.shown.answer import NOTHING_SENT, AnswerForm, Sent, answer
from inbox.views.tasks.shown.around import Around, Later, around, later
from inbox.views.tasks.shown.basis import Basis
from inbox.views.tasks.shown.data import Data, data
from inbox.views.tasks.shown.notices import Advisory, notices
from inbox.views.tasks.shown.rights import Rights, rights
from inbox.views.tasks.shown.since import Since, since
from inbox.views.tasks.shown.votes import Voting, voting
from inbox.vocabulary.lifecycle import State
from intents.kernel import canonical
from intents.kernel.actors import Person


@dataclass(slots=True)
class Shown:
    """Everything on a task's page, in the terms of its templates. `version` changes with everything that can change."""

    row: Row
    version: str
    state: State
    rights: Rights
    data: Data
    answer: AnswerForm
    around: Around
    later: Later
    override_url: str
    voting: Voting | None = None
    notices: list[Advisory] = field(default_factory=list)
    since: Since | None = None


def shown(
    task: Task,
    on: Basis,
    *,
    person: Person,
    now: datetime,
    query: str = "",
    override: bool = False,
    sent: Sent = NOTHING_SENT,
    stopped: bool = False,
) -> Shown:
    """The page of a task for `person`, in the list that `query` asks for. `sent` is an answer that was not accepted;
    `override` is whether the person decides in the place of others, `stopped` whether nothing goes on in their workspace."""
    spec = canonical.loads(task.spec)
    line = row(task, person=person, query=query)
    theirs = rights(task, on, person=person, now=now, override=override, stopped=stopped)
    about = data(task, spec, on.payload, on.called, open_yet=theirs.decidable or theirs.held_until is not None)
    page = Shown(
        row=line,
        version=f"{line.version}-{task.intent.seq}-{theirs.decidable}{'-stopped' if stopped else ''}",
        state=State(task.state),
        rights=theirs,
        data=about,
        answer=answer(task, spec, sent, rights=theirs, headline=line.headline, payload=about.payload),
        around=around(task, spec, on, rights=theirs, person=person),
        later=later(task, on, rights=theirs, now=now),
        override_url=f"{line.url}{'&' if query else '?'}override=yes" if theirs.may_override else "",
    )
    page.voting = voting(task, spec, rights=theirs, person=person)
    page.notices = list(notices(task, spec, shown=page, person=person, now=now))
    if on.seen is not None:
        page.since = since(task, on.seen, person=person)
    return page
