"""The policies of a workspace. Open tasks keep their current plan."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from inbox.calendars.models import Calendar
from inbox.escalation import selectors
from inbox.escalation.models import Policy
from inbox.escalation.services import planning
from inbox.plans.escalation import Escalation, Least, Match
from inbox.tasks import specs
from inbox.vocabulary import editing, roles
from intents.accounts import audit
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

NO_LEAST = Least()
PARTS: dict[str, type[BaseModel]] = {"match": Match, "escalation": Escalation, "least": Least}
BETWEEN = 10
"""How far apart places are, so that the API finds room between two."""


@unit
def create(
    *,
    actor: Tenant,
    name: str,
    place: int,
    match: Match,
    escalation: Escalation,
    calendar: str | None = None,
    least: Least = NO_LEAST,
) -> Policy:
    """A new policy. Raises Denied, InvalidField, Conflict when the name is taken."""
    roles.ensure_manages(actor)
    row = Policy(workspace_id=actor.workspace_id)
    _store(row, actor, name=name, place=place, match=match, escalation=escalation, calendar=calendar, least=least)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.create", subject=row.name)
    return row


@unit
def update(*, actor: Tenant, policy_id: UUID, expected_revision: int | None = None, **changes: Any) -> Policy:
    """Change what is given of the fields of `create`, for tasks to come. Raises Denied, Missing, InvalidField, Conflict when
    the name is taken, ChangedMeanwhile when it is not of the revision that was edited."""
    roles.ensure_manages(actor)
    row = selectors.policy(actor, policy_id, lock=True)
    editing.ensure_unchanged(row, expected_revision)
    editing.stamp(row, actor)
    kept: dict[str, Any] = {
        "name": row.name,
        "place": row.place,
        "calendar": row.calendar.name if row.calendar else None,
    }
    # What is replaced need not be readable.
    for part, model in PARTS.items():
        if part not in changes:
            kept[part] = _read(row, part, model)
    _store(row, actor, **(kept | changes))
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.update", subject=row.name, changed=sorted(changes))
    return row


def _read(row: Policy, part: str, model: type[BaseModel]) -> Any:
    try:
        return model.model_validate(canonical.loads(getattr(row, part)))
    except (ValueError, KeyError, TypeError):
        raise InvalidField(part, "what is stored can't be read: send it anew") from None


@unit
def delete(*, actor: Tenant, policy_id: UUID) -> Policy:
    """Raises Denied, Missing."""
    roles.ensure_manages(actor)
    row = selectors.policy(actor, policy_id)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.delete", subject=row.name)
    Policy.objects.filter(id=row.id).delete()
    return row


@unit
def move(*, actor: Tenant, policy_id: UUID, by: int) -> Policy:
    """Let a policy be tried so many places later, or earlier when `by` is negative. Raises Denied, Missing."""
    roles.ensure_manages(actor)
    row = selectors.policy(actor, policy_id)
    rows = selectors.lock_policies(row.workspace_id)
    ids = [one.id for one in rows]
    at = ids.index(row.id)
    rows.insert(max(0, at + by), rows.pop(at))
    for number, one in enumerate(rows):
        one.place = (number + 1) * BETWEEN
    Policy.objects.bulk_update(rows, ["place"])
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.move", subject=row.name, by=by)
    return row


def last_place(*, actor: Tenant) -> int:
    """The place of a policy that is to be tried after all others."""
    return max((row.place for row in selectors.policies(actor.workspace_id)), default=0) + BETWEEN


def checked(*, actor: Tenant, match: Match, escalation: Escalation, calendar: str | None) -> Calendar | None:
    """The calendar of a policy that is sound. Raises InvalidField."""
    specs.ensure_no_silent_yes(escalation, risks=match.risks, field="escalation")
    return planning.ensure_known(workspace_id=actor.workspace_id, levels=escalation.levels, calendar=calendar, field="")


def _store(
    row: Policy,
    actor: Tenant,
    *,
    name: str,
    place: int,
    match: Match,
    escalation: Escalation,
    calendar: str | None,
    least: Least,
) -> None:
    row.name = ensure_seen(" ".join(name.split()), field="name")
    if not row.name:
        raise InvalidField("name", "a policy needs a name")
    row.calendar = checked(actor=actor, match=match, escalation=escalation, calendar=calendar)
    row.place, row.match, row.escalation, row.least = place, dumped(match), dumped(escalation), dumped(least)
    with unless_taken(Conflict(f"there is a policy named {row.name} already", name=row.name)):
        row.save()


def dumped(part: Match | Escalation | Least) -> str:
    """A policy's part as its row keeps it: canonical JSON of what was said, without defaults."""
    return canonical.dumps(part.model_dump(mode="json", by_alias=True, exclude_unset=True))
