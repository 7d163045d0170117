"""Whether anything goes on in a workspace: its status, and that of its organization.

Where one of them is not active a row among the stops stands for all of the workspace, which every statement reads that
accepts, decides, delivers or moves anything.
"""

from intents.accounts import audit, selectors, stops
from intents.accounts.models import EVERYTHING, Organization, TenantStatus, Workspace
from intents.accounts.services import rights
from intents.kernel import clock, live, statements
from intents.kernel.actors import ADMINS, Actor, Person, Role, System
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit

_RANK = "array_position(ARRAY[{}]::text[], {{}}.status::text)".format(", ".join(f"'{one}'" for one in TenantStatus))
_CLOSE = f"""
INSERT INTO intents_agentstop AS s (id, workspace_id, name, state, reason, by, by_policy, at, pending)
SELECT gen_random_uuid(), w.id, '{EVERYTHING}',
       CASE WHEN {_RANK.format("w")} > {_RANK.format("o")} THEN w.status ELSE o.status END,
       '', %(by)s::text, false, {clock.NOW}, '[]'
FROM intents_workspace w JOIN intents_organization o ON o.id = w.organization_id
WHERE o.id = %(organization)s::uuid AND (w.status <> '{TenantStatus.ACTIVE}' OR o.status <> '{TenantStatus.ACTIVE}')
ORDER BY w.id
ON CONFLICT (workspace_id, name) DO UPDATE
SET state = excluded.state, by = excluded.by, at = excluded.at,
    pending = CASE WHEN s.state = '{stops.MOVING}' THEN excluded.pending ELSE s.pending END
WHERE s.state <> excluded.state
"""
# Of one that moves nothing was taken back, for it goes on in a moment: that is pending once it is stopped.
_OPEN = f"""
DELETE FROM intents_agentstop s USING intents_workspace w, intents_organization o
WHERE s.workspace_id = w.id AND o.id = w.organization_id AND o.id = %(organization)s::uuid AND s.name = '{EVERYTHING}'
  AND w.status = '{TenantStatus.ACTIVE}' AND o.status = '{TenantStatus.ACTIVE}' AND s.state <> '{stops.MOVING}'
"""


@unit
def set_status(*, actor: Actor, of: Organization | Workspace, status: TenantStatus) -> None:
    """Let nothing go on in a workspace any more, or in all of an organization, or let it go on. What the operator of the
    server has set only they change, also where it was so before. Raises Denied."""
    organization = of if isinstance(of, Organization) else of.organization
    # Who changes the status of one of its workspaces sees that of the organization.
    selectors.lock_organization(organization.id)
    of.refresh_from_db(fields=["status", "by_operator"])
    takes_over = isinstance(actor, System) and status != TenantStatus.ACTIVE
    if of.status == status and (of.by_operator or not takes_over):
        return
    _ensure_may(actor, of, status)
    before, of.status, of.by_operator = of.status, status, takes_over
    of.save(update_fields=["status", "by_operator", "updated_at"])
    settle(actor=actor, organization=organization)
    meant = [of.id] if isinstance(of, Workspace) else selectors.workspaces_of(organization.id)
    kind = "workspace" if isinstance(of, Workspace) else "organization"
    for workspace_id in meant:
        details = {"before": before, "status": str(status)}
        audit.note(workspace_id=workspace_id, actor=actor, action=f"{kind}.set_status", subject=str(of), **details)
    live.wake_up(workers=True)


def settle(*, actor: Actor, organization: Organization) -> None:
    """Have the stops of an organization's workspaces say what the statuses do, in the running transaction, which holds the
    organization by `lock_organization`."""
    params = {"organization": organization.id, "by": actor.label, "now": clock.override()}
    statements.rows(_CLOSE, params)
    statements.rows(_OPEN, params)


def _ensure_may(actor: Actor, of: Organization | Workspace, status: TenantStatus) -> None:
    if isinstance(actor, System):
        return
    if not isinstance(actor, Person):
        raise Denied("a machine key cannot change a status; sign in, or send a person's token")
    person, user = rights.present(actor=actor)
    if of.by_operator:
        raise Denied("the operator of this server has set this status: only they change it", status=of.status)
    if isinstance(of, Workspace):
        if person.role not in ADMINS:
            raise Denied("only owners and admins change the status of a workspace")
        if TenantStatus.ARCHIVED in (of.status, status) and person.role is not Role.OWNER:
            raise Denied("only owners archive a workspace, or let an archived one go on")
    elif selectors.workspaces_of(of.id, without_owner=user.id):
        raise Denied("only who owns all workspaces of an organization changes its status")
