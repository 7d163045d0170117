"""Where signed-in people may act: the workspaces of a session, and whether it may go on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user
from django.http import HttpRequest

from intents.accounts import absences, requirements, stops
from intents.accounts.models import EVERYTHING, User
from intents.accounts.sessions import SessionStore
from intents.kernel import clock, statements
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class Seat:
    """A workspace that a signed-in person may act in: as whom, and the names that pages show.

    `lacks` is what it requires of them and they do not have yet, from `lacks_from` on; until then they may act. `kept_out`
    is why they see and decide nothing here until they mend it: what they lack, or that their session is too old or idle.
    `language` is that of the workspace. `stopped` is its status, or that of its organization, where nothing goes on there.
    """

    person: Person
    organization: str
    workspace: str
    lacks: str = ""
    lacks_from: datetime | None = None
    kept_out: str = ""
    language: str = ""
    stopped: str = ""


_LACKS = requirements.lacking(requirements.BY_SESSION)
_SEATS = f"""
SELECT w.id, o.slug, o.name, w.slug, w.name, w.language, u.email, u.email_verified_at, m.role,
       ARRAY(SELECT g.group_id FROM intents_groupmember g WHERE g.member_id = m.id),
       {absences.STANDS_IN_FOR},
       coalesce({_LACKS}, ''), {requirements.FROM},
       CASE WHEN {requirements.AGED} THEN '{requirements.TOO_OLD}'
            WHEN %(seen)s::timestamptz + make_interval(mins => p.idle_minutes) <= {clock.NOW} THEN '{requirements.IDLE}'
            WHEN {requirements.FROM} <= {clock.NOW} THEN {_LACKS}
            ELSE '' END,
       coalesce(nullif(c.state, '{stops.MOVING}'), '')
FROM intents_member m
JOIN intents_user u ON u.id = m.user_id
JOIN intents_workspace w ON w.id = m.workspace_id
JOIN intents_organization o ON o.id = w.organization_id
LEFT JOIN intents_session s ON s.id = %(session)s
LEFT JOIN intents_agentstop c ON c.workspace_id = w.id AND c.name = '{EVERYTHING}'
{requirements.JOIN}
WHERE m.user_id = %(user)s AND u.is_active AND m.suspended_at IS NULL
ORDER BY o.name, w.name, w.id
"""


def of(*, user_id: UUID, session_id: UUID, seen: datetime | None = None) -> list[Seat]:
    """Where the user, signed in by that session, may act, in the order of the names. `seen` is when the session was used
    before."""
    params = {"user": user_id, "session": session_id, "seen": seen, "now": clock.override()}
    return [
        Seat(
            person=Person.stored(
                session_id,
                workspace_id=workspace_id,
                org=org,
                workspace=workspace,
                user_id=user_id,
                email=email,
                verified_at=verified_at,
                role=role,
                groups=groups,
                stands_in_for=stands_in_for,
            ),
            organization=org_name,
            workspace=name,
            lacks=lacks,
            lacks_from=lacks_from,
            kept_out=kept_out,
            language=language,
            stopped=stopped,
        )
        for (
            *(workspace_id, org, org_name, workspace, name, language, email, verified_at, role, groups, stands_in_for),
            lacks,
            lacks_from,
            kept_out,
            stopped,
        ) in statements.rows(_SEATS, params)
    ]


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
    user = get_user(request)
    if not isinstance(user, User):
        return None
    found = of(user_id=user.id, session_id=request.session.id, seen=request.session.seen_before)
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
