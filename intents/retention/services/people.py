"""Erasing a person who left: account, name and address, in every table. What they did stays, by somebody unnamed."""

from uuid import UUID

from intents.accounts import audit
from intents.accounts.models import User
from intents.accounts.services import rights
from intents.kernel import clock, statements
from intents.kernel.actors import Person, System
from intents.kernel.errors import Conflict, InvalidField, Missing
from intents.kernel.unit_of_work import unit
from intents.retention import erasing, selectors
from intents.retention.models import PersonErasure

LONGEST_REASON = 500

_ORDER = f"""
INSERT INTO intents_personerasure AS e
    (user_id, workspace_id, ordered_by, ordered_at, due_at, part, place, places, replaced, failure)
VALUES (%(user)s, %(workspace)s, %(by)s, {clock.NOW}, {clock.NOW}, '', 0, 0, 0, '')
ON CONFLICT (user_id) DO UPDATE SET workspace_id = excluded.workspace_id, ordered_by = excluded.ordered_by,
    ordered_at = excluded.ordered_at, due_at = excluded.due_at, lease_token = NULL, part = '', reached = NULL, failure = ''
WHERE e.ended_at IS NULL AND (e.failure <> '' OR excluded.workspace_id IS NULL)
RETURNING {statements.columns(PersonErasure, "e")}
"""


@unit
def order(*, actor: Person | System, email: str, reason: str = "") -> PersonErasure:
    """Have a person erased who is a member of no workspace any more: by an owner or admin in what their workspace has, if
    they left that one and belonged to no other; by a command everywhere. They cannot sign in from now on; workers do the
    rest. Whoever orders it again gets what is under way; what has failed is begun anew.

    Raises Denied, Missing, InvalidField, Conflict while they are a member, or when others have them on record.
    """
    workspace_id = None
    if isinstance(actor, Person):
        person = selectors.ensure_manages(rights.present(actor=selectors.ensure_manages(actor))[0])
        workspace_id = person.workspace_id
        if not 1 <= len(reason.strip()) <= LONGEST_REASON:
            raise InvalidField("reason", f"say why, in at most {LONGEST_REASON} characters")
    user = _leaver(email.strip().lower(), workspace_id)
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "is_staff", "is_superuser", "password"])
    params = {"user": user.id, "workspace": workspace_id, "by": actor.label, "now": clock.override()}
    found = statements.objects(PersonErasure, _ORDER, params)
    if found and workspace_id is not None:
        told = {"reason": reason.strip()}
        audit.note(workspace_id=workspace_id, actor=actor, action="person.erase_order", subject=str(user.id), **told)
    return found[0] if found else selectors.person_erasure(user.id)


_USER = f"SELECT {statements.columns(User, 'u')} FROM intents_user u WHERE u.email = %s FOR UPDATE"


def _leaver(email: str, workspace_id: UUID | None) -> User:
    """Locked."""
    rows = statements.objects(User, _USER, [email])
    if not rows or (workspace_id is not None and not selectors.has_left(workspace_id, email)):
        here = workspace_id is not None
        raise Missing(f"nobody of {email} has left this workspace" if here else f"nobody is known by {email}")
    if statements.rows("SELECT 1 FROM intents_member WHERE user_id = %s LIMIT 1", [rows[0].id]):
        raise Conflict(f"{email} still belongs to a workspace: remove them from it first")
    if workspace_id is not None and selectors.is_known_elsewhere(workspace_id, email):
        raise Conflict(
            f"{email} is on record in other workspaces too: whoever runs this server erases them, with erase_person"
        )
    return rows[0]


def erase(*, actor: System, email: str) -> UUID:
    """Erase a person everywhere, now. Returns the id of their user, which stays.

    Raises Missing, Conflict while they are a member, when a history that names them is not what was written, or a worker is
    at it.
    """
    user_id = order(actor=actor, email=email).user_id
    row = erasing.take(user_id)
    if row is None:
        raise Conflict(f"{email} is being erased by a worker already")
    erasing.carry_on(row, until=float("inf"), actor=actor)
    if row.failure:
        raise Conflict(row.failure)
    return user_id
