"""Who may decide a task. Every surface asks these functions: API, pages, emails, jobs."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inbox.assignees import selectors as people_selectors
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.vocabulary import principals
from intents.accounts.models import User
from intents.accounts.services import rights
from intents.engine.models import Intent
from intents.kernel.actors import ADMINS, Actor, Machine, Person
from intents.kernel.addresses import local_name
from intents.kernel.errors import Denied, DomainError

DIRECT, ESCALATION, DELEGATE, OVERRIDE = "direct", "escalation", "delegate", "override"
"""By what authority one decides: the task was assigned to them, or escalated to them, or was delegated to
them by somebody who had it directly. In this order the first counts; only without any of them one overrides."""


Authorities = Mapping[str, UUID | None]
"""By what authorities a task is somebody's, and by whom it was delegated, or for whom they stand in."""


@dataclass(frozen=True, slots=True)
class Grant:
    """By what authority somebody may decide; `delegated_by` is the user in whose place."""

    authority: str
    delegated_by: UUID | None = None


def person(actor: Actor) -> Person:
    """`actor` as somebody who could decide. Raises Denied for machines and the system, whatever they hold."""
    if not isinstance(actor, Person):
        raise Denied("only a person decides a human task: send a person's token as Authorization: Bearer")
    return actor


def present(actor: Actor, *, staying: bool = False) -> tuple[Person, User]:
    """`actor` as somebody who could decide, as they are in this transaction, and their user; see `rights.present`. Raises
    Denied, InvalidActorToken."""
    return rights.present(actor=person(actor), staying=staying)


def present_for(actor: Actor, task: Task, *, now: datetime) -> tuple[Person, User, Authorities]:
    """`present`, and by what authorities the locked task is theirs."""
    who, user, value = rights.present_with(actor=person(actor), also=selectors.held(task, now=now))
    return who, user, selectors.read_held(value)


def ensure_may_decide(
    actor: Actor, task: Task, *, now: datetime, override: bool = False, held: Authorities | None = None
) -> Grant:
    """By what grant `actor` may decide `task`; with `override` an owner or admin may also decide what was assigned to
    others. The authorities `held` are looked up where they are not known. Raises Denied telling why it may not."""
    who = person(actor)
    if who.role not in principals.DECIDERS:
        raise Denied("viewers decide nothing", role=str(who.role))
    ensure_separation_of_duties(who, task)
    authorities = selectors.authorities(task, who, now=now) if held is None else held
    authority = next((one for one in (DIRECT, ESCALATION, DELEGATE) if one in authorities), None)
    # Whose vote is one of several may end it alone just as well.
    above = override and task.ballot is not None and who.role in ADMINS
    if authority is not None and not above:
        return Grant(authority, authorities[authority] if authority == DELEGATE else None)
    if not override:
        raise Denied("this is assigned to others")
    if who.role not in ADMINS:
        raise Denied("only an owner or an admin overrides the assignees", role=str(who.role))
    return Grant(OVERRIDE)


def ensure_separation_of_duties(who: Person, task: Task) -> None:
    """Raises Denied when separation of duties keeps `who` from this task."""
    if who.user_id in task.excluded:
        raise Denied("you stand behind the agent that asks: separation of duties leaves this to others")


def why_not(
    actor: Actor, task: Task, *, now: datetime, override: bool = False, held: Authorities | None = None
) -> str | None:
    """Why `actor` may not decide `task`, None when it may; `held` as `ensure_may_decide` has it."""
    try:
        ensure_may_decide(actor, task, now=now, override=override, held=held)
    except Denied as refusal:
        return refusal.message
    return None


def stakeholders(intent: Intent, asked_by: Actor) -> Set[UUID]:
    """The stakeholders of a question about an intent, who must not decide it: the users behind the credentials that sent the
    intent, and what it is a part of, and that ask; behind the agents that it names as sender and at work. Of an agent that
    is who made it, owns it or owned it, or made a key of it; when an agent's key made them, who stands behind that one, and
    so on; and whose token came along with any of these keys."""
    workspace = selectors.workspace_of(intent)
    names, accounts, users = {intent.mailbox}, set[UUID | None](), set[UUID | None]()
    for account_id, person_id, sender in selectors.sent(intent):
        names.add(sender)
        accounts.add(account_id)
        users.add(person_id)
    if isinstance(asked_by, Machine):
        accounts.add(asked_by.agent_id)
        users.add(asked_by.person_id)
    seen: set[str] = set()
    emails: set[str] = set()
    while names or accounts:
        seen |= names
        makers = people_selectors.makers(intent.workspace_id, names=names, accounts=[one for one in accounts if one])
        users |= makers.users
        emails |= makers.emails
        accounts = set()
        org, slug = workspace.organization.slug, workspace.slug
        names = {_name(label, org=org, workspace=slug) for label in makers.labels} - seen - {""}
    users |= {member.user_id for member in people_selectors.members(intent.workspace_id, emails=emails, ids=())}
    return {user for user in users if user is not None}


def _name(label: str, *, org: str, workspace: str) -> str:
    try:
        return local_name(label, org=org, workspace=workspace) if "://" in label else ""
    except DomainError:
        return ""
