"""Carrying out the erasure of people, in turns."""

import time
from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db.models import CASCADE

from intents.accounts import audit
from intents.accounts.models import User
from intents.kernel import clock, statements, turns
from intents.kernel.actors import System
from intents.kernel.errors import Conflict
from intents.kernel.turns import LostLease, Turns
from intents.kernel.unit_of_work import unit
from intents.retention import persons
from intents.retention.models import PersonErasure
from intents.retention.persons import TextPart
from intents.retention.runner import WORKER

KEPT_ROWS = {"inbox_notification", "inbox_message", "inbox_snooze", "inbox_opened", "inbox_taskwatcher"}
"""Rows of a person that hold nothing but whose they are."""
LEASE_SECONDS = 60
"""Longer than any slice."""
WORK_SECONDS = 5.0

_TAKE = f"""
UPDATE intents_personerasure e
SET lease_token = %(token)s::uuid, due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE e.user_id = (
    SELECT user_id FROM intents_personerasure
    WHERE due_at IS NOT NULL AND CASE WHEN %(of)s::uuid IS NULL THEN due_at <= {clock.START}
        ELSE user_id = %(of)s::uuid AND (lease_token IS NULL OR due_at <= {clock.START}) END
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING {statements.columns(PersonErasure, "e")}
"""


def take(user_id: UUID | None = None) -> PersonErasure | None:
    """Lease the erasure that is due for the longest time; or that of one user, unless a worker is at it."""
    found = statements.objects(PersonErasure, _TAKE, {"token": uuid4(), "of": user_id, "now": clock.override()})
    return found[0] if found else None


def carry_on(row: PersonErasure, *, until: float, actor: System = WORKER) -> bool:
    """Do slices of a leased erasure until the time `until` of the monotonic clock, one at least. Whether it is over."""
    planned = persons.parts()
    try:
        while (part := _part(row, planned)) is not None:
            _slice(row, part, planned)
            if time.monotonic() >= until:
                turns.release(row)
                return False
        _end(row, actor)
    except LostLease:
        return False
    except Conflict as error:
        _fail(row, error.message)
    return True


_turns = Turns(take, carry_on)


def work(seconds: float = WORK_SECONDS) -> None:
    """Do what is due, for some time at most. Of a process one thread works."""
    _turns.work(seconds)


_LAST = "account"
"""Stands for the part after all tables."""


def _part(row: PersonErasure, planned: Sequence[TextPart]) -> TextPart | None:
    """What is gone through now; from the first where that is a part no more."""
    if row.part == _LAST:
        return None
    return next((part for part in planned if part.name == row.part), planned[0])


@unit
def _slice(row: PersonErasure, part: TextPart, planned: Sequence[TextPart]) -> None:
    """Do the next rows of a part, or go on to the next part. Raises LostLease, Conflict."""
    found = persons.address(row.user_id, _email(row))
    after = row.reached if row.part == part.name else None
    read = persons.next_slice(part, found, after=after, workspace_id=row.workspace_id)
    if read.named:
        part.replace(found, read.named)
    place = planned.index(part)
    following = planned[place + 1].name if place + 1 < len(planned) else _LAST
    now, reached = (part.name, read.last) if read.last is not None else (following, None)
    _settle(row, part=now, reached=reached, place=place, places=len(planned), replaced=row.replaced + len(read.named))


_SETTLE = f"""
UPDATE intents_personerasure
SET part = %(part)s, reached = %(reached)s, place = %(place)s, places = %(places)s, replaced = %(replaced)s,
    due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE user_id = %(of)s AND lease_token = %(token)s RETURNING user_id
"""


def _settle(row: PersonErasure, **reached: str | int | None) -> None:
    """Write down how far it is. Raises LostLease, so that nothing of the slice stays, when it is not ours any more."""
    params = {"of": row.user_id, "token": row.lease_token, "now": clock.override()} | reached
    if not statements.rows(_SETTLE, params):
        raise LostLease
    for name, value in reached.items():
        setattr(row, name, value)


def _email(row: PersonErasure) -> str:
    ((email,),) = statements.rows("SELECT email FROM intents_user WHERE id = %s", [row.user_id])
    return str(email)


_USER = f"SELECT {statements.columns(User, 'u')} FROM intents_user u WHERE u.id = %s FOR UPDATE"
_END = f"""
UPDATE intents_personerasure SET ended_at = {clock.NOW}, due_at = NULL, lease_token = NULL
WHERE user_id = %(of)s AND lease_token = %(token)s RETURNING ended_at
"""


@unit
def _end(row: PersonErasure, actor: System) -> None:
    """The account goes, and the audit logs have it. Raises LostLease."""
    if not (ended := statements.rows(_END, {"of": row.user_id, "token": row.lease_token, "now": clock.override()})):
        raise LostLease
    row.ended_at = ended[0][0]
    (user,) = statements.objects(User, _USER, [row.user_id])
    found = persons.address(user.id, user.email)
    _forget(user)
    user.email, user.name, user.email_verified_at = found.new, "", None
    user.save()
    told = {} if row.workspace_id is None else {"ordered_by": row.ordered_by}
    noted = {row.workspace_id} if row.workspace_id is not None else persons.noted_in(found, row.ordered_at)
    for workspace_id in noted:
        audit.note(workspace_id=workspace_id, actor=actor, action="person.erase", subject=str(user.id), **told)


def _forget(user: User) -> None:
    """The rows that are theirs alone."""
    statements.rows('DELETE FROM intents_letter WHERE lower("to") = %s', [user.email])
    statements.rows("DELETE FROM intents_profile WHERE user_id = %s OR lower(email) = %s", [user.id, user.email])
    for related in User._meta.related_objects:
        rows = related.related_model
        if getattr(related, "on_delete", None) is CASCADE and rows._meta.db_table not in KEPT_ROWS:
            rows._base_manager.filter(**{related.field.name: user}).delete()


_FAIL = """
UPDATE intents_personerasure SET failure = %(why)s, due_at = NULL, lease_token = NULL
WHERE user_id = %(of)s AND lease_token = %(token)s
"""


def _fail(row: PersonErasure, why: str) -> None:
    """It stops where it is, until somebody orders it again."""
    statements.rows(_FAIL, {"of": row.user_id, "token": row.lease_token, "why": why})
    row.failure = why
