"""Filling the demo workspace, once in its life: what was decided or removed does not come back."""

from datetime import timedelta
from uuid import UUID

from axme_site.demo import asking, rules
from axme_site.demo.cast import AGENTS, FINANCE, FINANCE_MEMBERS
from axme_site.demo.scenes import Verdict, opening
from inbox.demo import PREFIX
from inbox.tasks import selectors as tasks
from inbox.tasks.answers import Answer
from inbox.tasks.services.decide import Channel, decide
from intents import seats
from intents.accounts import audit
from intents.accounts.models import Agent as AgentRow
from intents.accounts.models import AuditEntry, Group, Member, Session, Workspace
from intents.accounts.services import agents, groups
from intents.dispatch.bindings import internal
from intents.kernel import clock
from intents.kernel.actors import Actor, Machine
from intents.kernel.unit_of_work import unit

ACTION = "demo.fill"
SIGNED_IN = timedelta(minutes=1)


@unit
def fill(*, actor: Actor, workspace: Workspace) -> bool:
    """Let the agents of the demo ask all they have to ask, in one transaction. Returns whether this was the first time."""
    Workspace.objects.select_for_update(no_key=True).get(id=workspace.id)
    if AuditEntry.objects.filter(workspace=workspace, action=ACTION).exists():
        return False
    audit.note(workspace_id=workspace.id, actor=actor, action=ACTION, subject=str(workspace))
    _group(actor, workspace)
    rules.make(workspace, clock.now())
    asking_agents = {name: _agent(actor, workspace, name) for name in AGENTS}
    for scene in opening(clock.now()):
        intent_id = asking.tell(asking_agents[scene.agent], scene)
        assert intent_id is not None
        if scene.decided is not None:
            decided(workspace, intent_id, scene.decided)
    return True


def _agent(actor: Actor, workspace: Workspace, name: str) -> Machine:
    shown, description = AGENTS[name]
    row: AgentRow = agents.create_agent(
        actor=actor,
        workspace=workspace,
        name=f"{PREFIX}{name}",
        display_name=shown,
        description=description,
        delivery_mode="internal",
    )
    return internal.acting(row)


def _group(actor: Actor, workspace: Workspace) -> None:
    if Group.objects.filter(workspace=workspace, name__iexact=FINANCE).exists():
        return
    group = groups.create_group(actor=actor, workspace=workspace, name=FINANCE)
    for member in Member.objects.filter(workspace=workspace, user__email__in=FINANCE_MEMBERS):
        groups.join(actor=actor, group=group, member=member)


def decided(workspace: Workspace, intent_id: UUID, verdict: Verdict) -> None:
    """Decide as the person of the verdict would."""
    member = Member.objects.get(workspace=workspace, user__email=verdict.by)
    # Whoever decides is signed in at that moment. This session has no cookie, and is gone before anybody could see it.
    now = clock.now()
    session = Session.objects.create(
        user_id=member.user_id, data="", created_at=now, seen_at=now, expires_at=now + SIGNED_IN
    )
    found = seats.of(user_id=member.user_id, session_id=session.id)
    person = next(seat.person for seat in found if seat.person.workspace_id == workspace.id)
    answer = Answer(outcome=verdict.outcome, comment=verdict.comment, data=verdict.data)
    decide(actor=person, seen=tasks.task_named(person, intent_id), answer=answer, channel=Channel.API)
    session.delete()
