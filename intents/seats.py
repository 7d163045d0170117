"""Where signed-in people may act: the workspaces of a session, and whether it may go on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from intents.accounts import absences, requirements, stops
from intents.accounts.models import EVERYTHING, User
from intents.accounts.models.people import knowing
from intents.accounts.sessions import FOUND, SessionStore
from intents.kernel import clock, statements
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class Seat:
    """A workspace that a signed-in person may act in: as whom, and the names that pages show.

    `lacks` is what it requires of them and they do not have yet, from `lacks_from` on; until then they may act. `kept_out`
    is why they see and decide nothing here until they mend it: what they lack, or that their session is too old or idle.
    `language` is that of the workspace. `stopped` is its status, or that of its organization, where nothing goes on there;
    `moves` is whether that is so for a moment, while it goes to another cell.
    """

    person: Person
    organization: str
    workspace: str
    lacks: str = ""
    lacks_from: datetime | None = None
    kept_out: str = ""
    language: str = ""
    stopped: str = ""
    moves: bool = False


_LACKS = requirements.lacking(requirements.BY_SESSION)


def _seats(user: str, session: str, seen: str) -> str:
    """SQL of the seats of a user, signed in by a session that was used before at `seen`."""
    return f"""
SELECT w.id AS workspace_id, o.slug AS org, o.name AS organization, w.slug, w.name AS workspace, w.language, u.email,
       u.email_verified_at AS verified_at, m.role,
       ARRAY(SELECT g.group_id FROM intents_groupmember g WHERE g.member_id = m.id) AS groups,
       {absences.STANDS_IN_FOR} AS stands_in_for,
       coalesce({_LACKS}, '') AS lacks, {requirements.FROM} AS lacks_from,
       CASE WHEN {requirements.AGED} THEN '{requirements.TOO_OLD}'
            WHEN {seen} + make_interval(mins => p.idle_minutes) <= {clock.NOW} THEN '{requirements.IDLE}'
            WHEN {requirements.FROM} <= {clock.NOW} THEN {_LACKS}
            ELSE '' END AS kept_out,
       coalesce(nullif(c.state, '{stops.MOVING}'), '') AS stopped, coalesce(c.state = '{stops.MOVING}', false) AS moves
FROM intents_member m
JOIN intents_user u ON u.id = m.user_id
JOIN intents_workspace w ON w.id = m.workspace_id
JOIN intents_organization o ON o.id = w.organization_id
LEFT JOIN intents_session s ON s.id = {session}
LEFT JOIN intents_agentstop c ON c.workspace_id = w.id AND c.name = '{EVERYTHING}'
{requirements.JOIN}
WHERE m.user_id = {user} AND u.is_active AND m.suspended_at IS NULL
"""


_BY_NAME = "ORDER BY seat.organization, seat.workspace, seat.workspace_id"
_SEATS = f"SELECT seat.* FROM ({_seats('%(user)s', '%(session)s', '%(seen)s::timestamptz')}) seat {_BY_NAME}"
_USER = statements.columns(User, "who")
_OF_SEAT = 2 + len(User._meta.concrete_fields)
"""Where a row has the seat, after the session and the user."""
# All that a page asks before it knows who asks.
_ARRIVING = f"""
{FOUND}
SELECT found.data, found.seen_at, {_USER}, seat.*
FROM found LEFT JOIN intents_user who ON who.id = found.user_id
LEFT JOIN LATERAL ({_seats("found.user_id", "found.id", "found.seen_at")}) seat ON true
{_BY_NAME}
"""


def of(*, user_id: UUID, session_id: UUID, seen: datetime | None = None) -> list[Seat]:
    """Where the user, signed in by that session, may act, in the order of the names. `seen` is when the session was used
    before."""
    params = {"user": user_id, "session": session_id, "seen": seen, "now": clock.override()}
    return [_seat(row, user_id, session_id) for row in statements.rows(_SEATS, params)]


def _seat(row: Sequence[Any], user_id: UUID, session_id: UUID) -> Seat:
    workspace_id, org, organization, slug, workspace, language, email, verified_at, role, groups, away, *rest = row
    lacks, lacks_from, kept_out, stopped, moves = rest
    return Seat(
        person=Person.stored(
            session_id,
            workspace_id=workspace_id,
            org=org,
            workspace=slug,
            user_id=user_id,
            email=email,
            verified_at=verified_at,
            role=role,
            groups=groups,
            stands_in_for=away,
        ),
        organization=organization,
        workspace=workspace,
        lacks=lacks,
        lacks_from=lacks_from,
        kept_out=kept_out,
        language=language,
        stopped=stopped,
        moves=moves,
    )


_ARRIVED = "_arrived"
"""Where a request keeps the seats that were read with its user, until they are taken."""


def user_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Who is signed in, as Django tells. The session, who it is of and where they may act are one statement, as long as
    nothing was asked of the session before."""
    session: Any = request.session
    if session.is_loaded or not session.session_key:
        return _user(request)
    session_id, rows = session.id, statements.rows(_ARRIVING, session.row())
    session.take(rows[0][:2] if rows else None)
    user = statements.made(User, rows[0][2:_OF_SEAT]) if rows else None
    with knowing(user):
        known = _user(request)
    if known is user:
        arrived = [_seat(row[_OF_SEAT:], known.pk, session_id) for row in rows if row[_OF_SEAT] is not None]
        setattr(request, _ARRIVED, arrived)
    return known


def _user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """As Django tells, but that a session which an older key signed keeps its id: streams, sockets and what else its page
    asks for come with the same cookie."""
    session: Any = request.session
    session.keeps_key = True
    try:
        return get_user(request)
    finally:
        session.keeps_key = False


def of_request(request: Any) -> list[Seat]:
    """Where who is signed in may act."""
    found: list[Seat] | None = request.__dict__.pop(_ARRIVED, None)
    if found is not None:
        return found
    session = request.session
    return of(user_id=request.user.id, session_id=session.id, seen=session.seen_before)


WORKSPACE = "workspace"
"""Where the session keeps the id of the workspace that the switcher chose."""


def chosen(seats: list[Seat], session: SessionStore) -> Seat:
    """The seat in the workspace that the switcher chose, or the first."""
    wanted = session.get(WORKSPACE)
    return next((seat for seat in seats if str(seat.person.workspace_id) == wanted), seats[0])


def by_cookie(session_key: str) -> Person | None:
    """Who a session cookie stands for beside Django's own requests, None when it stands for nobody. As long as a connection
    is open, `still_seated` tells whether they still may listen."""
    request: Any = HttpRequest()
    request.session = SessionStore(session_key)
    request.user = user_of(request)
    if not isinstance(request.user, User):
        return None
    found = of_request(request)
    seat = chosen(found, request.session) if found else None
    return seat.person if seat and not seat.kept_out else None


_SEATED = f"""
SELECT s.id, m.workspace_id, m.role FROM intents_session s
JOIN intents_user u ON u.id = s.user_id
JOIN intents_member m ON m.user_id = s.user_id
{requirements.JOIN}
WHERE s.id = ANY(%(ids)s) AND u.is_active AND m.suspended_at IS NULL AND s.expires_at > {clock.NOW}
  AND {requirements.SESSION_MAY}
"""


def still_seated(people: Iterable[Person]) -> set[Person]:
    """Of these, who act by a session, the ones whose session, membership and role are still in force, in one query."""
    asked = list(people)
    found = set(statements.rows(_SEATED, {"ids": [one.credential_id for one in asked], "now": clock.override()}))
    return {one for one in asked if (one.credential_id, one.workspace_id, str(one.role)) in found}
