"""What is done when nobody decides: policies, calendars, on-call schedules."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from inbox.calendars.models import Calendar
from inbox.escalation.models import Policy
from inbox.standing import selectors as standing
from intents.accounts.selectors import found_or_missing
from intents.engine.models import Intent, IntentBody
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Tenant


def policies(workspace_id: UUID) -> list[Policy]:
    """The policies of a workspace with their calendars, in the order in which they are tried. Checks no actor."""
    found = Policy.objects.filter(workspace_id=workspace_id)
    return list(found.select_related("calendar").order_by("place", "name"))


def lock_policies(workspace_id: UUID) -> list[Policy]:
    """The policies of a workspace in the order in which they are tried, locked. Checks no actor."""
    return list(Policy.objects.filter(workspace_id=workspace_id).order_by("place", "name").select_for_update())


def policy(actor: Tenant, policy_id: UUID, *, lock: bool = False) -> Policy:
    """Raises Missing."""
    found = Policy.objects.filter(workspace_id=actor.workspace_id, id=policy_id).select_related("calendar")
    return found_or_missing((found.select_for_update(of=("self",)) if lock else found).first(), "policy", policy_id)


def policy_by(calendar: Calendar) -> Policy | None:
    """A policy that counts by a calendar, if there is one. Checks no actor."""
    return Policy.objects.filter(calendar_id=calendar.id).first()


_ASKED = f"""
SELECT {statements.columns(IntentBody, "b")}, ARRAY(
    SELECT jsonb_build_array(to_jsonb(p), to_jsonb(c))::text
    FROM inbox_policy p LEFT JOIN inbox_calendar c ON c.id = p.calendar_id
    WHERE p.workspace_id = b.workspace_id ORDER BY p.place, p.name
), {standing.ACTIVE_HERE}
FROM intents_intentbody b WHERE b.intent_id = ANY({statements.array("ids", "uuid")})
"""


class Carried(NamedTuple):
    """What intents of one workspace carry, and what that has for them: its `policies` and its active standing grants."""

    bodies: dict[UUID, IntentBody]
    policies: list[Policy]
    grants: list[standing.Outline]


def asked(intents: Sequence[Intent]) -> Carried:
    """By one statement."""
    rows = statements.rows(_ASKED, {"ids": [intent.id for intent in intents], "now": clock.override()})
    found = [(Policy(**policy), calendar) for policy, calendar in map(canonical.loads, rows[0][-2])]
    for policy, calendar in found:
        policy.calendar = Calendar(**calendar) if calendar else None
    names = [field.attname for field in IntentBody._meta.concrete_fields]
    bodies = [IntentBody.from_db("default", names, row[:-2]) for row in rows]
    grants = [standing.Outline(*one) for one in map(canonical.loads, rows[0][-1])]
    return Carried({body.intent_id: body for body in bodies}, [policy for policy, _ in found], grants)
