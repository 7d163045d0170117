"""Out of office: for a time another member stands in for who is away.

Nothing is written to tasks: whoever asks who may decide finds the stand-in as well, from the first moment to the last. What
is done as it begins and ends is to release claims, to notify, and to let open pages look.
"""

import logging
from datetime import date
from uuid import UUID

from inbox.tasks import handover, notices, permissions, selectors
from inbox.tasks.models import Task
from inbox.tasks.services import claim
from inbox.vocabulary import principals
from inbox.vocabulary.lifecycle import State
from intents.accounts import absences, audit
from intents.accounts import selectors as accounts
from intents.accounts.models import Absence, Member
from intents.engine import selectors as engine
from intents.kernel import clock, live, statements
from intents.kernel.actors import Actor, System, Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import InvalidField, Unavailable
from intents.kernel.unit_of_work import unit
from intents.kernel.unseen import ensure_seen

SERVER = System(name="inbox")
LONGEST_MESSAGE = 500
NOTIFIED = 500
"""Of so many open tasks a stand-in is notified as an absence begins."""

log = logging.getLogger(__name__)


@unit
def announce(
    *, actor: Tenant, first_day: date | None = None, last_day: date, stand_in: str | None = None, message: str = ""
) -> Absence:
    """Be out of office from `first_day`, today when absent, to the end of `last_day` in one's own time zone, in the place of
    what was said before. `stand_in` is a member by email address or id.

    Raises Denied, InvalidField.
    """
    person, user = permissions.present(actor, staying=True)
    now = clock.now()
    start, until = handover.span(first_day, last_day, zone=clock.zone(user.time_zone), now=now)
    member = accounts.membership_of(person)
    other = handover.stand_in_named(person, stand_in)
    said = " ".join(message.split())
    if len(said) > LONGEST_MESSAGE:
        raise InvalidField("message", f"at most {LONGEST_MESSAGE} characters")
    ensure_seen(said, field="message", what="a message")
    absences.make_place(workspace_id=person.workspace_id, member_id=member.id, start=start, until=until, now=now)
    row = accounts.absence_of(person, lock=True) or Absence(workspace_id=person.workspace_id, member=member)
    before = row.stand_in
    row.start, row.until, row.stand_in, row.message, row.begun = start, until, other, said, False
    row.save()
    audit.note(
        workspace_id=row.workspace_id,
        actor=person,
        action="absence.announce",
        subject=user.email,
        start=rfc3339(start),
        until=rfc3339(until),
        stand_in=other.user.email if other else None,
    )
    _changed(row, before, actor=person)
    if start <= now:
        _begin(row, actor=person)
    return row


@unit
def end(*, actor: Tenant) -> None:
    """Be back. Who is not away stays so. Raises Denied."""
    person, user = permissions.present(actor)
    row = accounts.absence_of(person, lock=True)
    if row is not None:
        row.delete()
        audit.note(workspace_id=person.workspace_id, actor=person, action="absence.end", subject=user.email)
        _changed(row, row.stand_in, actor=person)


def _begin(row: Absence, *, actor: Actor) -> None:
    """What begins with an absence: others can decide what was claimed, and the stand-in is notified of what is open."""
    locked = engine.lock_many(selectors.claimed_by(row.workspace_id, row.member.user_id))
    for task in selectors.lock_live(list(locked.intents)):
        if task.state == State.CLAIMED and task.claimed_by_id == row.member.user_id:
            claim.end(task=task, intent=locked.intents[task.intent_id], actor=actor, now=locked.now)
    if row.stand_in is not None:
        named = principals.user(row.member.user_id)
        ids = selectors.assigned_by_name(row.member, limit=NOTIFIED)
        waiting = [Task(id=one, workspace_id=row.workspace_id) for one in ids]
        statements.insert([notices.notice(one, "assigned", principal=named) for one in waiting])
    row.begun = True
    row.save(update_fields=["begun"])


def _changed(row: Absence, stand_in: Member | None, *, actor: Actor) -> None:
    """Whose rights may be others now: who stood in, who does, and who is away."""
    people = {row.member.user_id, *(one.user_id for one in (stand_in, row.stand_in) if one is not None)}
    if stand_in is not None:
        claim.end_lost(workspace_id=row.workspace_id, user_ids=[stand_in.user_id], actor=actor)
    live.wake_up(lists=[(row.workspace_id, one) for one in sorted(people)])


def tend(*, actor: Actor = SERVER) -> int:
    """Do what begins and ends with absences whose time has come. Returns how many there were."""
    done = 0
    for one in accounts.absences_due(clock.now()):
        try:
            done += _tend(actor=actor, absence_id=one)
        except Unavailable:  # One whose tasks are busy comes with the next look, and holds up no other.
            log.warning("an absence is left for the next time", extra={"action": "absences.tend", "row": str(one)})
    return done


@unit
def _tend(*, actor: Actor, absence_id: UUID) -> bool:
    row = accounts.locked_absence(absence_id)
    now = clock.now()
    if row is None or (row.begun and row.until > now) or row.start > now:
        return False
    if row.until <= now:
        row.delete()
    else:
        _begin(row, actor=actor)
    _changed(row, row.stand_in, actor=actor)
    return True
