"""What to try in the demo, ticked by what a person has done: the panel where no task is open."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox import demo
from inbox.tasks import selectors
from inbox.views.kit.acting import Request

DISMISSED = "checklist_dismissed"
"""Where a session keeps that its person wants to see it no more."""


@dataclass(frozen=True, slots=True)
class Try:
    words: str | Promise
    hint: str | Promise
    done: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    tries: list[Try]

    @property
    def done(self) -> int:
        return sum(one.done for one in self.tries)

    @property
    def total(self) -> int:
        return len(self.tries)


def checklist(request: Request) -> Checklist | None:
    """None where there is no demo, and for who has dismissed it."""
    if request.session.get(DISMISSED) or not demo.is_there(request.person):
        return None
    did = selectors.progress(request.person, demo.PREFIX)
    return Checklist(
        [
            Try(_("Open a request"), _("It says what would happen, apart from what the agent says."), did.opened),
            Try(_("Find an agent's mistake"), _("Compare its text with the data. Reject what is not right."), did.refused),
            Try(
                _("Approve, and undo it"),
                _("You have a few seconds; risky decisions ask for confirmation instead."),
                did.undone,
            ),
            Try(_("Ask the agent"), _("Its answer appears in the history."), did.asked),
            Try(_("Watch it finish"), _("Open what you approved again, under Decided."), did.completed),
        ]
    )
