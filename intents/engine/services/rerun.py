"""Running again what ended without completing: a new intent in place of one whose history is closed for good.

It is from the same sender to the same agent, with the same payload, and asks people by the rules of now, as the first did.
An intent is run again once: whoever asks again gets the same new intent, and one that failed too is run again itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intents.accounts import audit
from intents.accounts.selectors import agents_by_id
from intents.accounts.services import rights
from intents.engine import continuations, permissions, reruns, selectors
from intents.engine.lifecycle import TERMINAL, Status, refusal
from intents.engine.models import Intent, IntentBody
from intents.engine.services import controls
from intents.engine.services.submission import Submission, Submitted
from intents.engine.services.submit import submit_many
from intents.kernel import canonical, clock
from intents.kernel.actors import Machine, Person, Scope
from intents.kernel.errors import Conflict, Denied
from intents.kernel.unit_of_work import unit

RERUNNABLE = TERMINAL - {Status.COMPLETED}
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Rerun:
    """The new intent of one that was run again; `applied` tells whether this call made it."""

    intent_id: UUID
    applied: bool


@unit
def run_again(*, actor: Person, intent_id: UUID, reason: str) -> Rerun:
    """Submit anew what an intent that failed, timed out or was canceled asked for. Raises Denied for who does not operate
    the workspace, Missing, InvalidTransition, Conflict when its payload was erased, and what a submit raises."""
    rights.repairs(actor=actor)
    intent, _now = selectors.lock_intent(actor, intent_id)
    if not permissions.owns(actor, intent):
        raise Denied("only an owner, an admin or an operator runs an intent again")
    if (before := reruns.rerun_as(intent)) is not None:
        return Rerun(before, applied=False)
    if intent.status not in RERUNNABLE:
        raise refusal(Status(intent.status), "is not run again: only what failed, timed out or was canceled is")
    (new,) = run_again_many(intents=[intent], actor=actor, told={"reason": reason})
    audit.note(
        workspace_id=intent.workspace_id,
        actor=actor,
        action="intent.rerun",
        subject=str(intent.id),
        rerun_intent_id=str(new),
        reason=reason,
    )
    return Rerun(new, applied=True)


def run_again_many(*, intents: Sequence[Intent], actor: Person, told: dict[str, str]) -> list[UUID]:
    """`run_again` of locked intents that may be, and were not yet. `told` goes on record with each. Returns the new ones'
    ids in the order of `intents`."""
    made = _submitted(intents, actor, told)
    runs = [one for one in intents if continuations.is_run(one)]
    if runs:
        locked = selectors.lock_many([made[one.id] for one in runs])
        for one in runs:
            continuations.begin_again(intent=locked.intents[made[one.id]], former=one, actor=actor, now=locked.now)
    return [made[intent.id] for intent in intents]


def submit_run_anew(*, intent: Intent, actor: Person, told: dict[str, str]) -> tuple[Intent, datetime]:
    """The new intent of a locked run that may be run again and was not yet, locked, for who begins the run; and the time
    after locking. Raises Conflict when its payload was erased, and what a submit raises."""
    new_id = _submitted([intent], actor, told)[intent.id]
    locked = selectors.lock_many([new_id])
    return locked.intents[new_id], locked.now


def _submitted(intents: Sequence[Intent], actor: Person, told: dict[str, str]) -> dict[UUID, UUID]:
    """New intents in place of these, treated as these were: their ids by those of the old ones."""
    bodies = reruns.unerased(intents)
    senders: dict[tuple[UUID | None, str], list[Intent]] = defaultdict(list)
    for intent in intents:
        if intent.id not in bodies:
            raise Conflict("its payload was erased: there is nothing to run again", intent_id=str(intent.id))
        senders[intent.account_id, intent.sender].append(intent)
    keys = agents_by_id([account for account, _ in senders if account is not None])
    made: dict[UUID, UUID] = {}
    for (account, sender), theirs in senders.items():
        submissions = [_submission(intent, bodies[intent.id], told) for intent in theirs]
        speaker = keys[account].name if account in keys else sender
        by = on_behalf(intent=theirs[0], speaker=speaker, actor=actor)
        answers = submit_many(actor=by, submissions=submissions, by=actor)
        for intent, answer in zip(theirs, answers, strict=True):
            if not isinstance(answer, Submitted):
                raise answer
            made[intent.id] = answer.intent_id
    treated = [one for one in intents if one.controls != "{}" or one.policy != "{}"]
    if treated:
        locked = selectors.lock_many([made[one.id] for one in treated])
        for one in treated:
            controls.carry_over(to=locked.intents[made[one.id]], of=one, actor=actor, now=locked.now)
    return made


def on_behalf(*, intent: Intent, speaker: str, actor: Person) -> Machine:
    """Whom the new intent is from: the sender of the old one, by the key of the agent `speaker`; and the person who runs it
    again is behind it as well, as is one whose token comes along."""
    return Machine(
        workspace_id=intent.workspace_id,
        org_slug=actor.org_slug,
        workspace_slug=actor.workspace_slug,
        agent_id=intent.account_id,  # type: ignore[arg-type] # of none, where no key sent it
        credential_id=actor.credential_id,
        name=speaker,
        speaks_as=intent.sender,
        scope=Scope.OWN,
        person_id=actor.user_id,
    )


def _submission(intent: Intent, body: IntentBody, told: dict[str, str]) -> Submission:
    now = clock.now()
    return Submission(
        intent_type=intent.intent_type,
        to_agent=intent.to_agent,
        payload=body.payload,
        payload_sent=body.sent,
        correlation_id=intent.correlation_id,
        reply_to=intent.reply_to,
        # As long as the first one had.
        deadline_at=now + (intent.deadline_at - intent.created_at) if intent.deadline_at else None,
        remind_after_seconds=intent.remind_after_seconds,
        remind_interval_seconds=intent.remind_interval_seconds,
        max_reminders=intent.max_reminders,
        escalate_to=intent.escalate_to,
        max_delivery_attempts=intent.max_delivery_attempts,
        human_task=canonical.loads(body.human_task) if body.human_task else None,
        rerun_of_id=intent.id,
        run=continuations.is_run(intent),
        told=told | {"rerun_of_intent_id": str(intent.id)},
    )
