"""How the voting on a task stands, where several people decide it."""

from typing import Any

from inbox.tasks import permissions, selectors, votes
from inbox.tasks.models import Decision, Task
from inbox.tasks.votes import Ballot
from intents.kernel import canonical


def ballot_of(task: Task) -> Ballot | None:
    """What is voted on in a task; None where one person decides."""
    return votes.loads(task.ballot) if task.ballot is not None else None


def takes_several(task: Task) -> bool:
    """Whether one person alone cannot settle what is voted on now."""
    ballot = ballot_of(task)
    return ballot is not None and max(ballot.approve, ballot.reject) > 1


def progress_of(task: Task) -> dict[str, Any] | None:
    """How far it is, as events and answers tell it; None where one person decides. What is over waits for nobody."""
    ballot = ballot_of(task)
    if ballot is None:
        return None
    return votes.progress(ballot) | ({"waiting_for": []} if task.ended_at is not None else {})


def told(task: Task) -> dict[str, Any]:
    """What the result of a decision tells of the votes behind it."""
    return {"votes": [one.told() for one in selectors.all_votes([task.id])]} if task.ballot is not None else {}


def by_grant(decision: Decision) -> dict[str, Any]:
    """How events tell by which standing grant somebody decided; nothing where they did it themselves."""
    grant = decision.standing_grant
    return {"standing_grant": {"grant_id": str(grant.id), "name": grant.name}} if grant is not None else {}


def next_stage(task: Task, decision: Decision) -> int | None:
    """Which stage of a task comes after a decision that settles the one it is in; None when it settles the task."""
    if task.ballot is None or decision.authority == permissions.OVERRIDE:
        return None
    ballot = votes.loads(task.ballot)
    if not votes.is_against(task.task_type, decision.outcome):
        return None if ballot.is_last else ballot.stage + 1
    stage = canonical.loads(task.spec)["stages"][ballot.stage] if ballot.stages > 1 else {}
    return ballot.stage - 1 if ballot.stage and stage.get("on_reject") == "return" else None
