"""Who may do what with an intent. Every surface asks these functions."""

from uuid import UUID

from intents import selectors
from intents.actors import OPERATORS, Actor, Agent, Author, Person, System
from intents.errors import Denied, StaleLease
from intents.lifecycle import Status, WaitReason
from intents.models import Delivery, Intent


def works_on(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` is, or acts for, the agent the intent is addressed to."""
    return isinstance(actor, Agent) and actor.reaches(intent.mailbox)


def owns(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` is, or acts for, the sender, or operates the workspace."""
    match actor:
        case System():
            return True
        case Person():
            return actor.role in OPERATORS
        case Agent():
            return actor.reaches(intent.sender)
        case Author():
            return False


def may_resume(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` owns the intent or holds a resume grant. A grant lets nobody end the intent, or grant more."""
    return owns(actor, intent) or (isinstance(actor, Agent) and actor.label in selectors.resume_grants(intent))


def ensure_worker(actor: Actor, intent: Intent) -> None:
    """Raises Denied unless `actor` is, or acts for, the agent the intent is addressed to."""
    if not works_on(actor, intent):
        raise Denied(f"only the agent {intent.to_agent} works on this intent", to_agent=intent.to_agent)


def ensure_may_end(actor: Actor, intent: Intent) -> None:
    """Raises Denied unless `actor` is the sender, the handler or an operator."""
    if not (owns(actor, intent) or works_on(actor, intent)):
        raise Denied("only its sender, its agent or an operator ends an intent")


def ensure_no_person_is_asked(actor: Actor, intent: Intent) -> None:
    """Raises Denied when a machine would answer for a person."""
    if isinstance(actor, Agent) and intent.status == Status.WAITING and intent.waiting_reason == WaitReason.HUMAN:
        raise Denied(
            "this intent waits for a person; a machine key cannot decide, only cancel or fail it",
            status=str(intent.status),
            waiting_reason=str(intent.waiting_reason),
        )


def ensure_lease(lease: Delivery | None, token: UUID | None) -> None:
    """Raises StaleLease when `token` was sent along and is not that of the lease in force."""
    if token is not None and (lease is None or lease.lease_token != token):
        raise StaleLease("this lease is over: the intent was handed out again, or is done", lease_token=str(token))
