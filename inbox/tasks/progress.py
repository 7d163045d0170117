"""How far the voting on a task is, in words."""

from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import votes
from inbox.tasks.models import Task
from inbox.tasks.tally import ballot_of
from inbox.vocabulary import roles
from inbox.vocabulary.series import series
from intents.kernel.actors import Person, Role


def progress(task: Task) -> str:
    """One line of it, empty where one person decides."""
    ballot = ballot_of(task)
    return of(ballot) if ballot else ""


def of(ballot: votes.Ballot) -> str:
    """One line: how many agree of how many it takes, and for whom it waits."""
    known = {
        "given": ballot.given,
        "needed": ballot.approve,
        "stage": ballot.stage + 1,
        "stages": ballot.stages,
        "name": presentation.one_line(ballot.name or ""),
        "names": series(map(called, ballot.waits_for())),
    }
    if ballot.stages > 1 and ballot.approve > 1:
        said = _("Stage %(stage)s of %(stages)s, waiting for %(name)s: %(given)s of %(needed)s")
    elif ballot.stages > 1:
        said = _("Stage %(stage)s of %(stages)s, waiting for %(name)s")
    elif ballot.name:
        said = _("%(given)s of %(needed)s, waiting for %(name)s")
    elif ballot.seats:
        said = _("%(given)s of %(needed)s, waiting for %(names)s")
    else:
        said = _("%(given)s of %(needed)s votes")
    return said % known


def cast(ballot: votes.Ballot, person: Person) -> str:
    """What somebody is told whose vote settled nothing yet."""
    mine = next((one for one in ballot.votes.values() if one.by == person.user_id), None)
    if mine is None:
        return _("Your vote counts. Next: %(progress)s") % {"progress": of(ballot)}
    if mine.against:
        return _("Your vote counts: %(given)s of %(needed)s to refuse") % {
            "given": len(ballot.against),
            "needed": ballot.reject,
        }
    return _("Your vote counts: %(progress)s") % {"progress": of(ballot)}


def called(text: str) -> str:
    """One of those whom it was put to: a role in words, or as the request names them."""
    plain = text.strip().lower()
    return roles.everybody(plain) if plain in set(Role) else presentation.one_line(text)
