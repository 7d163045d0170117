"""The demo can be taken away: its agents, what they asked, and what came of it."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest

from inbox.calendars import selectors as calendar_selectors
from inbox.escalation import selectors as inbox
from inbox.escalation.models import Policy
from inbox.escalation.services import schedules
from intents.accounts import audit
from intents.accounts.models import Agent
from intents.engine import erasing, selectors
from intents.engine.models import Intent
from intents.files.models import Media
from intents.files.services import uploads
from intents.kernel import canonical, live, statements
from intents.kernel.actors import Person, Role
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit

PREFIX = "demo/"
"""How the names of the demo's agents begin: all that is theirs is the demo, and so is a policy for them alone."""
CALENDAR, SCHEDULE = "Demo office", "Demo on call"
"""What the demo's policies count by, and whom they ask."""

People = Callable[[HttpRequest], Sequence[tuple[str, str, str]]]
_people: list[People] = []


def register_people(found: People) -> None:
    """Have `found` say who of the demo may be signed in by a button of the sign-in page that was asked for: the address that
    it is sent to, the name, and what they do."""
    _people.append(found)


def people(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Who of the demo the sign-in page offers to continue as: nobody, unless the server was told to."""
    return [one for found in _people for one in found(request)]


# One statement deletes what belongs to an intent with it: every table points at it with the workspace.
_DELETE = "DELETE FROM intents_intent WHERE id = ANY(%s)"


_IS_THERE = """
SELECT EXISTS (SELECT FROM intents_agent WHERE workspace_id = %(workspace)s AND starts_with(name, %(prefix)s))
"""


def is_there(actor: Person) -> bool:
    """Whether the person's workspace has the demo in it."""
    ((found,),) = statements.rows(_IS_THERE, {"workspace": actor.workspace_id, "prefix": PREFIX})
    return bool(found)


_COUNTS = """
SELECT (SELECT count(*) FROM intents_intent WHERE workspace_id = %(workspace)s AND starts_with(sender, %(prefix)s)),
       (SELECT count(*) FROM intents_agent WHERE workspace_id = %(workspace)s AND starts_with(name, %(prefix)s))
"""


def counts(actor: Person) -> tuple[int, int]:
    """How many requests and agents of the demo are in the person's workspace."""
    ((requests, agents),) = statements.rows(_COUNTS, {"workspace": actor.workspace_id, "prefix": PREFIX})
    return requests, agents


def ensure_may_remove(actor: Person) -> None:
    """Raises Denied for all but owners."""
    if actor.role is not Role.OWNER:
        raise Denied("only an owner removes the demo", role=str(actor.role))


@unit
def remove(*, actor: Person) -> int:
    """Delete what the demo's agents asked in the person's workspace, with its history and files, the agents, and their
    policies. People and groups stay, as does all that others did. Returns how many intents are gone.

    Raises Denied for all but owners.
    """
    ensure_may_remove(actor)
    theirs = Intent.objects.filter(workspace_id=actor.workspace_id, sender__startswith=PREFIX)
    ids = sorted(selectors.lock_many(list(theirs.values_list("id", flat=True))).intents)
    erasing.erase_beside(ids)
    statements.rows(_DELETE, [ids])
    files = Media.objects.filter(workspace_id=actor.workspace_id, owner__startswith=PREFIX, shown_in__isnull=True)
    uploads.forget(list(files.select_for_update(of=("self",))))
    Agent.objects.filter(workspace_id=actor.workspace_id, name__startswith=PREFIX).delete()
    _forget_rules(actor)
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="demo.remove", subject=PREFIX, intents=len(ids))
    live.wake_up(intents=ids)
    return len(ids)


def _forget_rules(actor: Person) -> None:
    """Delete the policies that are for the demo's agents alone, and the calendar and the schedule that no other uses."""
    rows = inbox.policies(actor.workspace_id)
    agents = {row.id: canonical.loads(row.match).get("agents") or [""] for row in rows}
    theirs = [one for one, names in agents.items() if all(name.startswith(PREFIX) for name in names)]
    Policy.objects.filter(id__in=theirs).delete()
    used = [row.calendar_id for row in rows if row.id not in theirs]
    calendar_selectors.calendars(actor).filter(name=CALENDAR).exclude(id__in=[one for one in used if one]).delete()
    for schedule in calendar_selectors.schedules(actor).filter(name=SCHEDULE):
        if not schedules.policies_that_ask(schedule):
            schedule.delete()
