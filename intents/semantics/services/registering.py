"""Registering schemas of payloads."""

import hashlib
from collections.abc import Sequence
from typing import Any

from intents.accounts import audit, limits
from intents.accounts.services import rights
from intents.kernel import canonical, clock
from intents.kernel.actors import Machine, Tenant
from intents.kernel.errors import ChangedMeanwhile, Conflict, InvalidField
from intents.kernel.jsonschema import judging, schemas
from intents.kernel.unit_of_work import unit, unless_taken
from intents.semantics import compatibility, selectors, types
from intents.semantics.models import Mode, SemanticSchema

FIELD = "schema_json"
WHAT = "a payload schema"
MOST_VERSIONS = 100
MOST_SCHEMAS = 1000


@unit
def register(
    *,
    actor: Tenant,
    semantic_type: str,
    schema: dict[str, Any],
    mode: Mode,
    schema_ref: str = "",
    active: bool = True,
    new: bool = False,
    expected_revision: int | None = None,
) -> SemanticSchema:
    """Say what payloads of a type hold from now on; what is the same already stays as it is. One that is to be `new` is
    put in the place of no other.

    Raises Denied for all but owners, admins and workspace keys, InvalidField (the type; a schema that cannot be run here; in
    the mode `backward` one that does not allow what the version before does), Conflict (too many), ChangedMeanwhile when
    `selectors.revision` is another than expected.
    """
    rights.manages_agents(actor=actor)
    base, version = types.versioned(semantic_type, field="semantic_type")
    schemas.check(schema, field=FIELD, what=WHAT)
    if schema.get("type", "object") != "object":
        raise InvalidField(f"{FIELD}.type", "payloads are objects")
    document = canonical.dumps(schema)
    rows = selectors.locked(actor.workspace_id, base)
    row = next((one for one in rows if one.version == version), None)
    if new and row is not None:
        raise InvalidField("semantic_type", "there is a schema of this version already")
    if row is not None and expected_revision not in (None, selectors.revision(row)):
        words = "changed since you opened it, by {by} at {at}: look at it again, and send its revision to overwrite it"
        raise ChangedMeanwhile(
            words.format(by=row.updated_by, at=clock.rfc3339(row.updated_at)), revision=selectors.revision(row)
        )
    asked = {"document": document, "mode": mode, "active": active, "schema_ref": schema_ref}
    if row is not None and all(getattr(row, name) == value for name, value in asked.items()):
        return row
    if active:
        _ensure_compatible(rows, version, schema, mode)
    limits.spend(actor.workspace_id, "schema_writes_per_day", 1)
    now = clock.now()
    if row is None:
        _ensure_room(actor, rows)
        row = SemanticSchema(
            workspace_id=actor.workspace_id, base=base, version=version, semantic_type=semantic_type, created_at=now
        )
    for name, value in asked.items():
        setattr(row, name, value)
    row.digest = hashlib.sha256(document.encode()).digest()
    row.owner_agent = actor.label if isinstance(actor, Machine) else ""
    row.updated_by, row.updated_at = actor.label, now
    with unless_taken(Conflict(f"somebody else registers {semantic_type} just now; try again")):
        row.save()
    details = {"sha256": row.digest.hex(), "mode": str(mode), "active": active}
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="schema.register", subject=semantic_type, **details)
    return row


def _ensure_room(actor: Tenant, rows: Sequence[SemanticSchema]) -> None:
    if len(rows) >= MOST_VERSIONS:
        raise Conflict(f"a type has at most {MOST_VERSIONS} versions")
    if selectors.schemas(actor).count() >= MOST_SCHEMAS:
        raise Conflict(f"a workspace has at most {MOST_SCHEMAS} schemas")


def _ensure_compatible(rows: Sequence[SemanticSchema], version: int, schema: dict[str, Any], mode: Mode) -> None:
    """Raises InvalidField where this version, or the one after it, promises to allow what the one before it does, and does
    not. What this version held itself until now is one before it."""
    in_force = [one for one in rows if one.active]
    if mode is Mode.BACKWARD:
        own = [one for one in in_force if one.version == version]
        for before in [*own, *[one for one in in_force if one.version < version][:1]]:
            _compare(canonical.loads(before.document), schema, before.semantic_type)
    after = [one for one in in_force if one.version > version]
    if after and after[-1].mode == Mode.BACKWARD:
        _compare(schema, canonical.loads(after[-1].document), "this one", by=after[-1].semantic_type)


def _compare(before: dict[str, Any], after: dict[str, Any], of: str, *, by: str = "it") -> None:
    if broken := compatibility.broken(before, after, field=FIELD)[: judging.MAX_SHOWN]:
        place, words = broken[0]
        message = f"{words}: {by} does not allow all that {of} allows"
        raise InvalidField(place, message, errors=judging.told(broken))
