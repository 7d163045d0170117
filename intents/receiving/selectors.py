"""Reads of rules of who may send to whom."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from intents.accounts import seeing
from intents.accounts.models import Workspace
from intents.kernel import statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import AgentNotFound, Missing
from intents.receiving.models import PASSING, ReceiveEntry, ReceiveRule, RulePart, SendMode


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """What a rule says. Without one, all may send."""

    mode: str
    patterns: list[str] = field(default_factory=list)


_GOVERNED = """
SELECT EXISTS (
    SELECT FROM intents_receiverule WHERE workspace_id = %s AND name = ANY(%s) AND mode <> ALL(%s)
)
"""
_IN_FORCE = """
SELECT r.name, r.part, r.mode, ARRAY(
    SELECT e.sender_pattern::text FROM intents_receiveentry e WHERE e.rule_id = r.id
)
FROM intents_receiverule r WHERE r.workspace_id = %s AND r.name = ANY(%s)
"""


def governed(workspace_id: UUID, mailboxes: Collection[str]) -> bool:
    """Whether a rule could refuse something for one of these agents. Checks no actor."""
    ((found,),) = statements.rows(_GOVERNED, [workspace_id, ["", *mailboxes], list(PASSING)])
    return bool(found)


def in_force(workspace_id: UUID, mailboxes: Collection[str]) -> dict[tuple[str, str], RuleInForce]:
    """The rules of these agents and of the workspace, by name and part. Checks no actor."""
    rows = statements.rows(_IN_FORCE, [workspace_id, ["", *mailboxes]])
    return {(name, part): RuleInForce(mode, patterns) for name, part, mode, patterns in rows}


def workspace(workspace_id: UUID) -> Workspace:
    """A workspace with its organization. Checks no actor."""
    return Workspace.objects.select_related("organization").get(id=workspace_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRule:
    """A rule as it is shown: of an agent, or under an empty `name` of the workspace. Where none was set, the usual one."""

    name: str
    part: RulePart
    mode: str
    entries: list[ReceiveEntry] = field(default_factory=list)
    updated_by: str = ""
    updated_at: datetime | None = None


def rule(actor: Tenant, name: str, part: RulePart) -> ShownRule:
    """Raises Denied for people who only decide, AgentNotFound for another agent than that of a key of scope OWN."""
    own = seeing.narrowed(actor, "who may send to an agent")
    if own is not None and name not in ("", own.name):
        raise AgentNotFound(f"no agent is registered as {name}", address=name)
    found = ReceiveRule.objects.filter(workspace_id=actor.workspace_id, name=name, part=part).first()
    if found is None:
        return ShownRule(name=name, part=part, mode=SendMode.DEFAULT if name and part == RulePart.RECEIVE else SendMode.OPEN)
    entries = list(found.entries.order_by("id"))
    return ShownRule(
        name=name, part=part, mode=found.mode, entries=entries, updated_by=found.updated_by, updated_at=found.updated_at
    )


def locked(new: ReceiveRule) -> ReceiveRule:
    """The rule of the name and part of `new`, its row locked to the end of the transaction; `new` where there is none.
    Checks no actor."""
    rows = ReceiveRule.objects
    same = {"workspace_id": new.workspace_id, "name": new.name, "part": new.part}
    if not rows.filter(**same).exists():
        rows.bulk_create([new], ignore_conflicts=True)
    return rows.select_for_update().get(**same)


def entry(of: ReceiveRule, entry_id: UUID) -> ReceiveEntry:
    """Raises Missing."""
    found = of.entries.filter(id=entry_id).first()
    if found is None:
        raise Missing(f"no sender is named here by the id {entry_id}")
    return found
