"""Who acts, as the database has them in the running transaction.

A credential that was looked up is believed for a moment where something is read (`auth.TRUST_SECONDS`). Whatever decides, or
changes who may do what, asks here: who left, lost a role or whose token ended a moment ago does neither.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intents.accounts import requirements, stops
from intents.accounts.models import PersonToken, User
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, OPERATORS, Actor, Machine, Person, Role, Scope, System
from intents.kernel.errors import Denied, InvalidActorToken, InvalidApiKey

NOTHING_ELSE = statements.Clause("NULL", {})
_FOUND = f"""
m.role, ARRAY(SELECT g.group_id FROM intents_groupmember g WHERE g.member_id = m.id), {statements.columns(User, "u")}
"""
_MEMBER = f"intents_member m JOIN intents_user u ON u.id = m.user_id {requirements.JOIN}"


def _acts(workspace: str, user: str, credential: str) -> str:
    """SQL of whether the member may act here by a credential."""
    return f"""
m.workspace_id = {workspace} AND m.user_id = {user} AND u.is_active AND m.suspended_at IS NULL AND (
    EXISTS (
        SELECT FROM intents_persontoken t
        WHERE t.id = {credential} AND t.user_id = u.id AND t.workspace_id = m.workspace_id
          AND {requirements.BEARER_LASTS} AND {requirements.BEARER_MAY}
    ) OR EXISTS (
        SELECT FROM intents_session s WHERE s.id = {credential} AND s.user_id = u.id AND s.expires_at > {clock.NOW}
          AND {requirements.SESSION_MAY}
    )
)
"""


_PERSON = f"{_FOUND} FROM {_MEMBER} WHERE {_acts('%(workspace)s', '%(user)s', '%(credential)s')}"
_ACTORS: statements.Columns = (
    ("workspace_id", "uuid"),
    ("user_id", "uuid"),
    ("credential_id", "uuid"),
    ("place", "int"),
)
_PEOPLE = f"""
{_FOUND} FROM {statements.few("actors", "v", _ACTORS)}, {_MEMBER}
WHERE {_acts("v.workspace_id", "v.user_id", "v.credential_id")}
"""
# Whoever takes the member out of the workspace waits until this transaction has ended.
_STAYING = f"{_PERSON} FOR SHARE OF m"
_KEY = f"""
SELECT k.scope, k.expires_at, a.name, {stops.does_nothing("a", "name")}, {stops.stopped_row("a", "name")}
FROM intents_agentkey k JOIN intents_agent a ON a.id = k.agent_id
WHERE k.id = %(credential)s AND a.status = 'active' AND k.revoked_at IS NULL
  AND (k.expires_at IS NULL OR k.expires_at > {clock.NOW}) AND {requirements.KEY_MAY}
"""


def present(*, actor: Person, staying: bool = False) -> tuple[Person, User]:
    """A person with the role and groups of this moment, and their user. With `staying` they stay a member until the
    transaction ends, so that what it gives them cannot outlive their leaving.

    Raises InvalidActorToken, or Denied for who acts by a session, when they may act here no more.
    """
    found, user, _ = present_with(actor=actor, staying=staying)
    return found, user


def present_with(
    *, actor: Person, staying: bool = False, also: statements.Clause = NOTHING_ELSE
) -> tuple[Person, User, Any]:
    """`present`, and the value of `also`, by the same statement: SQL of the member `m` and their user `u`."""
    params = {
        **also.params,
        "workspace": actor.workspace_id,
        "user": actor.user_id,
        "credential": actor.credential_id,
        "now": clock.override(),
    }
    rows = statements.rows(f"SELECT {also.text}, {_STAYING if staying else _PERSON}", params)
    if not rows:
        if PersonToken.objects.filter(id=actor.credential_id).exists():
            raise InvalidActorToken("this person's token is unknown, revoked or expired, or no longer enough to sign in")
        raise Denied("you are signed out, or no member of this workspace any more, or have to sign in anew")
    value, *found = rows[0]
    return *_as_found(actor, found), value


class Several:
    """People who act in one transaction, each at a place."""

    def __init__(self, actors: Sequence[Person]) -> None:
        self._actors = actors

    def present_with(self, also: statements.Clause) -> dict[int, tuple[Person, User, Any]]:
        """`present_with` of each, by their places, without those who may act no more. `also` is of the place `v.place`."""
        asked = [_At(place, one.workspace_id, one.user_id, one.credential_id) for place, one in enumerate(self._actors)]
        params = {**also.params, "actors": statements.records(asked, _ACTORS), "now": clock.override()}
        rows = statements.rows(f"SELECT v.place, {also.text}, {_PEOPLE}", params)
        return {place: (*_as_found(self._actors[place], found), value) for place, value, *found in rows}


class _At(NamedTuple):
    place: int
    workspace_id: UUID
    user_id: UUID
    credential_id: UUID


def _as_found(actor: Person, found: Sequence[Any]) -> tuple[Person, User]:
    """`actor` and their user, as _FOUND has them."""
    role, groups, *user = found
    row = statements.made(User, user)
    verified = row.email_verified_at is not None
    return replace(actor, role=Role(role), groups=frozenset(groups), email=row.email, email_verified=verified), row


def manages_agents(*, actor: Actor) -> datetime | None:
    """When the rights of `actor` over agents and keys end, None when they have no end. Raises Denied for all but owners,
    admins and workspace keys, as they are now."""
    match actor:
        case System():
            return None
        case Person() if present(actor=actor)[0].role in ADMINS:
            return None
        case Machine():
            scope, ends_at = _key(actor, manages=True)
            if scope is Scope.WORKSPACE:
                return ends_at
    raise Denied("only an owner, an admin or a workspace key manages agents and keys")


def repairs(*, actor: Actor) -> None:
    """Raises Denied for all but owners, admins and operators, as they are now."""
    match actor:
        case System():
            return
        case Person() if present(actor=actor)[0].role in OPERATORS:
            return
    raise Denied("only an owner, an admin or an operator does this, with a person's token")


def stops_agents(*, actor: Actor) -> None:
    """Raises Denied for all but owners, admins, operators and workspace keys of agents that work, as they are now."""
    match actor:
        case Machine():
            manages_agents(actor=actor)
        case _:
            repairs(actor=actor)


def manages_key(*, actor: Actor, key_id: object) -> None:
    """Raises Denied for all but those who manage agents, and the key itself."""
    if isinstance(actor, Machine) and actor.credential_id == key_id:
        _key(actor)
    else:
        manages_agents(actor=actor)


def _key(actor: Machine, *, manages: bool = False) -> tuple[Scope, datetime | None]:
    found = statements.rows(_KEY, {"credential": actor.credential_id, "now": clock.override()})
    if not found:
        raise InvalidApiKey("this machine key is unknown, revoked or expired")
    scope, ends_at, name, does_nothing, stopped = found[0]
    # Also one that is only paused frees neither itself nor makes a key that could.
    if does_nothing or (manages and stopped):
        stops.ensure_workspace_open(actor.workspace_id)
        raise Denied(f"the agent {name} is stopped: its keys manage nothing", agent=name)
    return Scope(scope), ends_at
