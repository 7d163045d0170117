"""What people change about themselves."""

from typing import Any
from uuid import UUID

from intents.accounts import audit
from intents.accounts.models import Session, User
from intents.accounts.selectors import places
from intents.accounts.services import command_lines
from intents.kernel import clock, languages
from intents.kernel.actors import Actor, Person
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


def begin_in(*, user: User, zone: str, language: str = "") -> None:
    """Show times in the zone of the browser with which somebody signs in for the first time, and texts in the language that
    they chose in it. Later both are theirs to choose; what is unknown here is passed over."""
    if user.last_login is not None:
        return
    if zone in clock.zones():
        user.time_zone = zone
    if languages.known(language):
        user.language = language
    user.save(update_fields=["time_zone", "language"])


@unit
def end_session(*, actor: Person, session_id: UUID) -> None:
    """End one of one's own sessions, of a browser or a command line. Raises Conflict when it has ended already."""
    gone, _ = Session.objects.filter(user_id=actor.user_id, id=session_id).delete()
    if gone:
        _note_ended(actor, gone)
        return
    lines = [one for one in places.lines(actor.user_id, clock.now()) if one.token_id == session_id]
    if not command_lines.end(actor=actor, lines=lines):
        raise Conflict("this session has ended already")


@unit
def end_other_sessions(*, actor: Person) -> None:
    """End all of one's own sessions but the one that is acting."""
    _end_all(actor, but=actor.credential_id)


@unit
def end_all_sessions(*, actor: Person) -> int:
    """End all of one's own sessions, the one that is acting too. Returns how many."""
    return _end_all(actor)


def _end_all(actor: Person, but: UUID | None = None) -> int:
    theirs = Session.objects.filter(user_id=actor.user_id)
    gone, _ = (theirs if but is None else theirs.exclude(id=but)).delete()
    if gone:
        _note_ended(actor, gone)
    lines = [one for one in places.lines(actor.user_id, clock.now()) if one.token_id != but]
    return gone + command_lines.end(actor=actor, lines=lines)


@unit
def end_sessions_of(*, actor: Actor, user: User, but: UUID | None = None) -> None:
    """End the sessions of an account, because they began with what is not true any more; all but the one that is named. It
    is told in each of its workspaces."""
    ended = user.sessions.all() if but is None else user.sessions.exclude(id=but)
    gone, _ = ended.delete()
    if gone:
        for workspace_id in user.memberships.values_list("workspace_id", flat=True):
            audit.note(workspace_id=workspace_id, actor=actor, action="session.end", subject=user.email, sessions=gone)
    command_lines.end(actor=actor, lines=places.lines(user.id, clock.now()))


def _note_ended(actor: Person, count: int) -> None:
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="session.end", subject=actor.email, sessions=count)
