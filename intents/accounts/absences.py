"""Out of office: who stands in for whom, as SQL that everything else which asks is made of.

A stand-in has the rights of whom they stand in for, as long as both may decide and the stand-in is there: who is away
themselves stands in for nobody, and nobody stands in for a stand-in.
"""

from datetime import datetime
from uuid import UUID

from intents.kernel import clock, statements
from intents.kernel.models import new_id


def _may(member: str, user: str) -> str:
    return f"{member}.suspended_at IS NULL AND {user}.is_active AND {member}.role <> 'viewer'"


def _running(absence: str) -> str:
    return f"{absence}.start <= {clock.NOW} AND {absence}.until > {clock.NOW}"


STANDING_IN = f"""
SELECT ab.workspace_id, am.user_id AS away, sm.user_id AS stand_in, sm.role AS stand_in_role, ab.until,
       'user:' || am.user_id AS principal,
       CASE WHEN au.email_verified_at IS NOT NULL THEN 'email:' || au.email END AS address
FROM intents_absence ab
JOIN intents_member am ON am.id = ab.member_id JOIN intents_user au ON au.id = am.user_id
JOIN intents_member sm ON sm.id = ab.stand_in_id JOIN intents_user su ON su.id = sm.user_id
WHERE {_running("ab")} AND {_may("am", "au")} AND {_may("sm", "su")}
  AND NOT EXISTS (SELECT FROM intents_absence own WHERE own.member_id = sm.id AND {_running("own")})
"""
"""SQL of who is away and for whom another stands in now: `away` and `stand_in` are users, `principal` and `address` what is
assigned to who is away by name. Takes the parameter `now`."""

STANDS_IN_FOR = f"""
ARRAY(SELECT s.away || ' ' || coalesce(s.address, '') FROM ({STANDING_IN}) s
      WHERE s.workspace_id = m.workspace_id AND s.stand_in = m.user_id ORDER BY s.away)
"""
"""SQL of those for whom a member `m` stands in now, as `Person.stored` takes them."""

_PLACE = """
INSERT INTO intents_absence (id, workspace_id, member_id, start, until, message, begun, created_at)
SELECT %(id)s::uuid, %(workspace)s::uuid, %(member)s::uuid, %(start)s::timestamptz, %(until)s::timestamptz, '', false,
    %(now)s::timestamptz
ON CONFLICT (member_id) DO NOTHING
"""


def make_place(*, workspace_id: UUID, member_id: UUID, start: datetime, until: datetime, now: datetime) -> None:
    """Let a member who has no absence have one. Of two at once the second waits here for the first, and finds its row."""
    params = {"id": new_id(), "workspace": workspace_id, "member": member_id, "now": now}
    statements.rows(_PLACE, params | {"start": start, "until": until})
