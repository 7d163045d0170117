"""Saying who may send to whom."""

from typing import NamedTuple
from uuid import UUID

from intents.accounts import audit
from intents.accounts.services import rights
from intents.kernel import clock
from intents.kernel.actors import Machine, Tenant
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit
from intents.receiving import patterns, selectors
from intents.receiving.models import ReceiveEntry, ReceiveRule, RulePart, SendMode

MOST_ENTRIES = 1000
MODES = {
    (True, RulePart.POLICY): (SendMode.OPEN, SendMode.ALLOWLIST, SendMode.DENYLIST),
    (True, RulePart.RECEIVE): (SendMode.OPEN, SendMode.ALLOWLIST, SendMode.CLOSED, SendMode.DEFAULT),
    (False, RulePart.RECEIVE): (SendMode.OPEN, SendMode.ALLOWLIST, SendMode.CLOSED),
}
"""What a rule of an agent, or else of the workspace, may be."""


class Of(NamedTuple):
    """Which rule is meant: that of an agent, by its name, or under an empty one that of the workspace."""

    name: str
    part: RulePart


@unit
def set_mode(*, actor: Tenant, of: Of, mode: SendMode, field: str) -> None:
    """Say whom a rule lets pass; whom it names stays. Raises Denied for all but owners, admins and workspace keys, and for
    a key whose own agent it is or that means all; InvalidField."""
    row = _locked(actor, of)
    if mode not in MODES[bool(of.name), of.part]:
        raise InvalidField(field, f"one of {', '.join(MODES[bool(of.name), of.part])}")
    if row.mode == mode:
        return
    row.mode = mode
    _note(actor, row, mode=str(mode))


@unit
def add_entry(*, actor: Tenant, of: Of, sender_pattern: str) -> ReceiveEntry:
    """Have a rule name senders; those that it names already are so. Raises Denied as `set_mode` does, InvalidField,
    Conflict."""
    pattern = patterns.checked(sender_pattern, field="sender_pattern")
    row = _locked(actor, of)
    if found := row.entries.filter(sender_pattern=pattern).first():
        return found
    if row.entries.count() >= MOST_ENTRIES:
        raise Conflict(f"a rule names at most {MOST_ENTRIES} senders")
    entry = ReceiveEntry(
        workspace_id=row.workspace_id, rule=row, sender_pattern=pattern, added_by=actor.label, created_at=clock.now()
    )
    entry.save(force_insert=True)
    _note(actor, row, added=pattern)
    return entry


@unit
def remove_entry(*, actor: Tenant, of: Of, entry_id: UUID) -> None:
    """Have a rule name some senders no more. Raises Denied as `set_mode` does, Missing."""
    row = _locked(actor, of)
    entry = selectors.entry(row, entry_id)
    pattern = entry.sender_pattern
    entry.delete()
    _note(actor, row, removed=pattern)


def _locked(actor: Tenant, of: Of) -> ReceiveRule:
    rights.manages_agents(actor=actor)
    if isinstance(actor, Machine) and of.name in ("", actor.name):
        raise Denied("a key does not say who may send to its own agent or to all: an owner or admin does", agent=of.name)
    now = clock.now()
    usual = SendMode.DEFAULT if of.name and of.part == RulePart.RECEIVE else SendMode.OPEN
    return selectors.locked(
        ReceiveRule(
            workspace_id=actor.workspace_id,
            name=of.name,
            part=of.part,
            mode=usual,
            updated_by=actor.label,
            created_at=now,
            updated_at=now,
        )
    )


def _note(actor: Tenant, row: ReceiveRule, **details: str) -> None:
    row.updated_by, row.updated_at = actor.label, clock.now()
    row.save(update_fields=["mode", "updated_by", "updated_at"])
    action = f"agent.set_{row.part}_rule"
    audit.note(workspace_id=row.workspace_id, actor=actor, action=action, subject=row.name or "*", **details)
