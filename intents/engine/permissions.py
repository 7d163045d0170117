"""Who may do what with an intent. Every surface asks these functions.

A request may bring a key and a person's token: it may do what either may. What asks for rights here therefore gets back who
of them acts; the key goes first.
"""

from collections.abc import Callable
from uuid import UUID

from intents.accounts import stops
from intents.engine import selectors
from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import Delivery, Intent
from intents.kernel.actors import OPERATORS, Actor, Author, Machine, Person, System, Tenant, sides
from intents.kernel.errors import Denied, StaleLease


def works_on(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` is, or acts for, the agent the intent is addressed to, and that agent may act."""
    if not isinstance(actor, Machine) or not actor.reaches(intent.mailbox):
        return False
    return not intent.stopped or not stops.may_nothing(intent.stopped, intent.mailbox)


def owns(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` is, or acts for, the sender, or operates the workspace."""
    match actor:
        case System():
            return True
        case Person():
            return actor.role in OPERATORS
        case Machine():
            return actor.reaches(intent.sender)
        case Author():
            return False


def may_resume(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` owns the intent or holds a resume grant. A grant lets nobody end the intent, or grant more."""
    return owns(actor, intent) or (isinstance(actor, Machine) and actor.label in selectors.resume_grants(intent))


def may_end(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` is the sender, the handler or an operator."""
    return owns(actor, intent) or works_on(actor, intent)


def who(may: Callable[[Actor, Intent], bool], actor: Tenant, intent: Intent) -> Tenant | None:
    """The credential of a request that may do this with the intent, None when none may, or only that of an agent that may do
    nothing."""
    return next((side for side in sides(actor) if may(side, intent) and not is_stopped(side, intent)), None)


def is_stopped(actor: Actor, intent: Intent) -> bool:
    """Whether `actor` is the key of an agent that may do nothing, or speaks as one. The intent is locked by its request."""
    if not intent.stopped or not isinstance(actor, Machine):
        return False
    return stops.may_nothing(intent.stopped, actor.name, actor.speaks_as)


def ensure_agent_acts(intent: Intent) -> None:
    """Raises AgentStopped when the agent of a locked intent may do nothing: then nobody works on it in its name."""
    if intent.stopped:
        stops.ensure_acts(intent.stopped, intent.mailbox)


def ensure_agent_gets(intent: Intent) -> None:
    """Raises AgentStopped when nothing may be sent to the agent of a locked intent."""
    stops.ensure_open(intent.stopped or {})
    if intent.stopped and intent.stopped.get(intent.mailbox) in stops.IS_SENT_NOTHING:
        raise stops.AgentStopped(intent.mailbox, intent.stopped[intent.mailbox])


def worker(actor: Tenant, intent: Intent) -> Tenant:
    """Who of the request works on the intent. Raises Denied."""
    found = who(works_on, actor, intent)
    if found is None:
        ensure_agent_acts(intent)
        raise Denied(f"only the agent {intent.to_agent} works on this intent", to_agent=intent.to_agent)
    return found


def ender(actor: Tenant, intent: Intent) -> Tenant:
    """Who of the request may end the intent. Raises Denied."""
    found = who(may_end, actor, intent)
    if found is None:
        raise Denied("only its sender, its agent or an operator ends an intent")
    return found


def asks_people(intent: Intent) -> bool:
    """Whether a person is asked, or has decided and could still take it back."""
    return intent.status == Status.WAITING and intent.waiting_reason == WaitReason.HUMAN


def ensure_no_person_is_asked(intent: Intent) -> None:
    """Raises Denied when somebody, whoever it is, would answer in the place of those who are asked. Deciding the task is
    the one way to answer; an owner or admin who was not asked overrides."""
    if asks_people(intent):
        raise Denied(
            "this intent waits for a person: only a decision of its task answers, and nothing but cancel and fail ends it",
            status=str(intent.status),
            waiting_reason=str(intent.waiting_reason),
        )


def ensure_lease(lease: Delivery | None, token: UUID | None) -> None:
    """Raises StaleLease when `token` was sent along and is not that of the lease in force."""
    if token is not None and (lease is None or lease.lease_token != token):
        raise StaleLease("this lease is over: the intent was delivered again, or is done", lease_token=str(token))
