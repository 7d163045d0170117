"""What people change about themselves."""

from typing import Any
from uuid import UUID

from intents.accounts import audit
from intents.accounts.models import Session, User
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.errors import Conflict
from intents.kernel.unit_of_work import unit


@unit
def update_profile(*, actor: Person, user: User, **changes: Any) -> User:
    """Change the given fields of one's own profile."""
    assert actor.user_id == user.id
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=list(changes))
    return user


def begin_in(*, user: User, zone: str) -> None:
    """Show times in the zone of the browser with which somebody signs in for the first time. Later a zone is theirs to
    choose; one that is unknown here is passed over."""
    if user.last_login is None and zone in clock.zones():
        user.time_zone = zone
        user.save(update_fields=["time_zone"])


@unit
def end_session(*, actor: Person, session_id: UUID) -> None:
    """End one of one's own sessions. Raises Conflict when it has ended already."""
    gone, _ = Session.objects.filter(user_id=actor.user_id, id=session_id).delete()
    if not gone:
        raise Conflict("this session has ended already")
    _note_ended(actor, gone)


@unit
def end_other_sessions(*, actor: Person) -> None:
    """End all of one's own sessions but the one that is acting."""
    gone, _ = Session.objects.filter(user_id=actor.user_id).exclude(id=actor.credential_id).delete()
    if gone:
        _note_ended(actor, gone)


def _note_ended(actor: Person, count: int) -> None:
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="session.end", subject=actor.email, sessions=count)
