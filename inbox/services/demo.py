"""The demo can be taken away: its agents, what they asked, and what came of it."""

from intents import audit, live, selectors, statements
from intents.actors import Person, Role
from intents.errors import Denied
from intents.models import Agent, Intent, Media
from intents.services import media
from intents.services.boundary import unit

PREFIX = "demo/"
"""How the names of the demo's agents begin: all that is theirs is the demo."""

# One statement deletes what belongs to an intent with it: every table points at it with the workspace.
_DELETE = "DELETE FROM intents_intent WHERE id = ANY(%s)"


def is_there(actor: Person) -> bool:
    """Whether the person's workspace has the demo in it."""
    return Agent.objects.filter(workspace_id=actor.workspace_id, name__startswith=PREFIX).exists()


@unit
def remove(*, actor: Person) -> int:
    """Delete what the demo's agents asked in the person's workspace, with its history and files, and the agents. People and
    groups stay, as does all that others did. Returns how many intents are gone. Raises Denied for a viewer."""
    if actor.role == Role.VIEWER:
        raise Denied("viewers remove nothing", role=str(actor.role))
    theirs = Intent.objects.filter(workspace_id=actor.workspace_id, sender__startswith=PREFIX)
    ids = sorted(selectors.lock_many(list(theirs.values_list("id", flat=True))).intents)
    statements.rows(_DELETE, [ids])
    files = Media.objects.filter(workspace_id=actor.workspace_id, owner__startswith=PREFIX, shown_in__isnull=True)
    media.forget(list(files.select_for_update(of=("self",))))
    Agent.objects.filter(workspace_id=actor.workspace_id, name__startswith=PREFIX).delete()
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="demo.remove", subject=PREFIX, intents=len(ids))
    live.hint(intents=ids)
    return len(ids)
