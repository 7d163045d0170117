"""To whom a task is assigned, as it is asked or as one of its stages begins."""

from collections.abc import Mapping, Sequence

from inbox.assignees.services.principals import Names
from inbox.assignees.services.resolution import Asker, AssigneeResolver
from inbox.tasks.models import Assignment, Task
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import RISKS
from intents.kernel import statements

BY_DEFAULT: Mapping[str, str] = {principals.role(role): str(role) for role in principals.BY_DEFAULT}
"""To whom a task goes that names nobody, and what they are called."""


def resolved(texts: Sequence[str], *, names: Names, asker: Asker, resolver: AssigneeResolver) -> dict[str, str]:
    """The principals that `texts` mean now, each with what it is called. A member is known by their user from now on,
    whatever address they take later."""
    found: dict[str, str] = {}
    for text in texts:
        principal = names.principal(text)
        reached = resolver.resolve(principal, asker, resolver.since)
        found.setdefault(*((reached.principal, reached.name) if reached else (principal, text.strip())))
    return found


def direct(task: Task, principal: str) -> Assignment:
    """A direct assignment of a task, to be stored."""
    return statements.new(
        Assignment,
        workspace_id=task.workspace_id,
        task_id=task.id,
        principal=principal,
        due_order=task.place,
        risk_order=RISKS.index(task.risk),
    )
