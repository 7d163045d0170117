"""Voting: decisions that take more than one person.

A vote is a decision of its own on record. All votes of a task come one after the other, under the lock of its intent, so
that they are counted exactly and one of them alone settles it.
"""

from datetime import datetime
from uuid import UUID

from inbox.tasks import happenings, permissions, selectors, votes
from inbox.tasks.models import Decision, Task
from inbox.tasks.services.events import record_event
from inbox.tasks.tally import ballot_of, by_grant, progress_of
from inbox.tasks.votes import Ballot, Vote
from inbox.vocabulary.errors import AlreadyVoted
from intents.engine.models import Intent, IntentEvent
from intents.kernel import live, statements
from intents.kernel.actors import Actor, Person


def count(*, task: Task, decision: Decision, actor: Person, now: datetime) -> bool:
    """Count a new `decision` of a locked task, which is not stored yet, as a vote where several decide; any earlier one of
    its person is void then. Returns whether it settles what it is about, which it always does where one person decides, and
    where an owner or admin overrides.

    Raises AlreadyVoted for a delegate of somebody who voted themselves.
    """
    ballot = ballot_of(task)
    if ballot is None or decision.authority == permissions.OVERRIDE:
        return True
    if ballot.revision != task.revision:  # What was agreed to is another by now.
        ballot = votes.anew(ballot, revision=task.revision)
    counts_for = decision.delegated_by_id or actor.user_id
    before = ballot.votes.get(counts_for)
    if before is not None and before.by == counts_for != actor.user_id:
        raise AlreadyVoted("who delegated this to you has voted already", outcome=before.outcome)
    _void(task, ballot, by=actor.user_id, counts_for=counts_for, reason="changed", now=now)
    against = votes.is_against(task.task_type, decision.outcome)
    email = decision.delegated_by.email if decision.delegated_by else actor.email
    vote = Vote(actor.user_id, decision.outcome, against, ballot.called(counts_for, email))
    ballot = ballot.with_vote(counts_for, vote)
    decision.stage, decision.counts_for = ballot.stage, counts_for
    decision.final = ballot.settled_by(counts_for, able=selectors.able(task) if against else ())
    keep(task=task, ballot=ballot, actor=actor)
    return decision.final


def record(*, task: Task, intent: Intent, decision: Decision, actor: Person, now: datetime) -> IntentEvent:
    """Store a counted vote that settles nothing yet: it leaves its person's list, and the others go on."""
    statements.insert([decision], [happenings.voted(task, by=actor.label, at=now, outcome=decision.outcome)])
    return record_event(
        task=task,
        intent=intent,
        action="voted",
        actor=actor,
        now=now,
        outcome=decision.outcome,
        comment=decision.comment,
        delegated_by=decision.delegated_by.email if decision.delegated_by else None,
        authority=decision.authority,
        channel=decision.channel,
        revision=decision.revision,
        digest=bytes(decision.digest).hex(),
        progress=progress_of(task),
        **by_grant(decision),
    )


def take_back(*, task: Task, intent: Intent, actor: Person, now: datetime) -> bool:
    """Void the vote of a person in what is voted on now of a locked undecided task. Returns whether there was one."""
    ballot = ballot_of(task)
    if ballot is None:
        return False
    mine = next((user for user, one in ballot.votes.items() if one.by == actor.user_id), None)
    if mine is None:
        return False
    _void(task, ballot, by=None, counts_for=mine, reason="taken_back", now=now)
    keep(task=task, ballot=ballot.without(mine), actor=actor)
    record_event(
        task=task,
        intent=intent,
        action="vote_taken_back",
        actor=actor,
        now=now,
        outcome=ballot.votes[mine].outcome,
        progress=progress_of(task),
    )
    return True


def uncount(*, task: Task, decision: Decision, actor: Person) -> None:
    """Count a vote of `actor` no more that was held and is void now."""
    ballot = ballot_of(task)
    if ballot is not None and ballot.revision != task.revision:  # Undone was what made it another one.
        keep(task=task, ballot=votes.anew(ballot, revision=task.revision), actor=actor)
    elif ballot is not None and decision.counts_for is not None:
        keep(task=task, ballot=ballot.without(decision.counts_for), actor=actor)


def keep(*, task: Task, ballot: Ballot, actor: Actor) -> None:
    """Store the ballot of a locked task, by which `actor` sees another list."""
    task.ballot, task.voted = votes.dumps(ballot), ballot.voted
    task.save(update_fields=["ballot", "voted"])
    people = [(task.workspace_id, actor.user_id)] if isinstance(actor, Person) else []
    live.wake_up(tasks=[(task.workspace_id, task.id)], lists=people)


_VOID = """
UPDATE inbox_decision SET void_at = %(now)s::timestamptz, void_reason = %(reason)s::text
WHERE task_id = %(task)s AND stage = %(stage)s::int AND void_at IS NULL
  AND (person_id = %(by)s::uuid OR counts_for = %(counts_for)s::uuid)
"""


def _void(task: Task, ballot: Ballot, *, by: UUID | None, counts_for: UUID, reason: str, now: datetime) -> None:
    params = {"task": task.id, "stage": ballot.stage, "by": by, "counts_for": counts_for, "reason": reason, "now": now}
    statements.rows(_VOID, params)
