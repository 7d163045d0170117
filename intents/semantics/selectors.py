"""Reads of schemas: those that payloads are held against, and the registry itself."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from intents.accounts.selectors import found_or_missing
from intents.kernel import canonical, statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import Missing
from intents.semantics import types
from intents.semantics.checking import Version
from intents.semantics.models import Mode, SemanticSchema

CACHED = 200
"""Schemas that a process keeps read. They are known by what they hold, so that one that was changed is another."""


class InForce(NamedTuple):
    """An active version of a type, without its document."""

    id: UUID
    base: str
    version: int
    semantic_type: str
    mode: str
    digest: bytes


_IN_FORCE = f"""
SELECT id, base, version, semantic_type, mode, digest FROM intents_semanticschema
WHERE workspace_id = %(workspace)s::uuid AND active AND base = ANY({statements.array("bases", "text")})
ORDER BY base, version DESC
"""


def in_force(workspace_id: UUID, intent_types: Iterable[str]) -> dict[str, list[InForce]]:
    """By which versions payloads of these types are checked: the one that a type names, or else the newest, and after it
    those before it, as far as each is compatible with the next. A type with none is not there. Checks no actor."""
    asked = {one: types.asked(one) for one in intent_types}
    found: dict[str, list[InForce]] = {}
    bases = sorted({base for base, _ in asked.values()})
    for row in statements.rows(_IN_FORCE, {"workspace": workspace_id, "bases": bases}):
        found.setdefault(row[1], []).append(InForce(*row))
    chosen = {one: _chain(found.get(base, []), version) for one, (base, version) in asked.items()}
    return {one: chain for one, chain in chosen.items() if chain}


def _chain(rows: Sequence[InForce], version: int | None) -> list[InForce]:
    first = next((place for place, row in enumerate(rows) if version in (None, row.version)), None)
    if first is None:
        return []
    chain = [rows[first]]
    for row in rows[first + 1 :]:
        if chain[-1].mode != Mode.BACKWARD:
            break
        chain.append(row)
    return chain


_read: dict[bytes, dict[str, Any]] = {}
_reading = threading.Lock()


def versions(chain: Sequence[InForce]) -> Iterator[Version]:
    """The same with their schemas, read when they are come to. Checks no actor."""
    for row in chain:
        yield Version(row.semantic_type, Mode(row.mode), _schema(row))


def _schema(row: InForce) -> dict[str, Any]:
    kept = _read.get(bytes(row.digest))
    if kept is not None:
        return kept
    found = SemanticSchema.objects.filter(id=row.id).values_list("digest", "document").first()
    if found is None:
        return {}  # its workspace was removed at this moment
    schema: dict[str, Any] = canonical.loads(found[1])
    with _reading:
        if len(_read) >= CACHED:
            _read.clear()
        # By what was read: the version may have been changed since its digest was.
        _read[bytes(found[0])] = schema
    return schema


def schemas(actor: Tenant) -> QuerySet[SemanticSchema]:
    """The registry of a workspace: types by name, the newest version of each first."""
    return SemanticSchema.objects.filter(workspace_id=actor.workspace_id).order_by("base", "-version")


def schema(actor: Tenant, semantic_type: str) -> SemanticSchema:
    """Raises Missing."""
    found = schemas(actor).filter(semantic_type=semantic_type).first()
    if found is None:
        raise Missing(f"no schema is registered for {semantic_type[:80]}", semantic_type=semantic_type[:255])
    return found


def schema_by_id(actor: Tenant, schema_id: UUID) -> SemanticSchema:
    """Raises Missing."""
    return found_or_missing(schemas(actor).filter(id=schema_id).first(), "schema", schema_id)


_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def locked(workspace_id: UUID, base: str) -> list[SemanticSchema]:
    """All versions of a type, the newest first, locked to the end of the transaction, and so is the type: of two versions
    that are registered at once the second is compared with the first. Checks no actor."""
    statements.rows(_ALONE, [f"schema {workspace_id} {base}"])
    rows = SemanticSchema.objects.select_for_update().filter(workspace_id=workspace_id, base=base)
    return list(rows.order_by("-version"))


def revision(row: SemanticSchema) -> int:
    """A number that another one has who changes a version meanwhile."""
    return int(row.updated_at.timestamp() * 1_000_000)
