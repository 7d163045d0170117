"""Configuring how outside tools sign their calls."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from intents.accounts import audit
from intents.accounts.services import rights
from intents.engine import tools
from intents.engine.incoming import places, signatures
from intents.engine.incoming.signatures import TOLERANCE_SECONDS, Style
from intents.engine.models import Tool
from intents.kernel import clock, statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen
from intents.sending import keeping

LONGEST_NAME = 120
OVERLAP = timedelta(hours=24)
"""How long old secrets are valid beside a new one, where nobody says else."""
LONGEST_OVERLAP = timedelta(days=30)
TOLERANCES = range(10, 86_401)
MOST_TYPES, LONGEST_TYPE = 100, 100
_HEADER = re.compile(r"[A-Za-z0-9-]{1,120}")
_TAKEN = frozenset({"content-type", "content-length", "host", "cookie", "authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a tool signs, as it is to be. `header` and `timestamp_header` are for the style hmac alone. With `external_id_at`
    it has one address for all its calls; see Tool."""

    style: Style
    header: str = ""
    timestamp_header: str = ""
    tolerance_seconds: int = TOLERANCE_SECONDS
    external_id_at: str = ""
    event_type_at: str = ""
    event_types: Sequence[str] = ()


@unit
def set_tool(
    *, actor: Tenant, name: str, signing: Signing, secret: str | None = None, overlap: timedelta = OVERLAP, new: bool = False
) -> Tool:
    """From now on callbacks of waits for the tool `name` have to be signed so. With a `secret`, those before are valid for
    `overlap` more; without one they stay. `new` refuses a name that is configured already.

    Raises Denied, InvalidField, Conflict.
    """
    actor = tools.ensure_manages(actor)
    rights.manages_agents(actor=actor)
    _check(name, signing, overlap)
    before = tools.named(actor.workspace_id, name, lock=True)
    if before and new:
        raise _exists(name)
    if secret is not None:
        signatures.check_secret(signing.style, secret)
    elif (before is None or before.style != signing.style) and not signing.external_id_at:
        # Of one with an address many services make a secret only once they have that.
        raise InvalidField("secret", "is required for a new tool, and for another style")
    row = before or _new(actor, name)
    _fill(row, signing, secret, overlap, replaces=before is not None and before.style == signing.style)
    if before is None:
        with unless_taken(_exists(name)):
            statements.insert([row])
    else:
        row.save()
    told = {"style": str(signing.style), "tolerance_seconds": signing.tolerance_seconds, "new_secret": secret is not None}
    audit.note(workspace_id=row.workspace_id, actor=actor, action="tool.update", subject=name, **told)
    return row


@unit
def remove_tool(*, actor: Tenant, name: str) -> Tool:
    """Let callbacks of waits for the tool come unsigned again. Raises Denied, Missing."""
    actor = tools.ensure_manages(actor)
    rights.manages_agents(actor=actor)
    row = tools.tool(actor, name=name)
    row.delete()
    audit.note(workspace_id=row.workspace_id, actor=actor, action="tool.delete", subject=name)
    return row


def _exists(name: str) -> Conflict:
    return Conflict(f"the tool {name} is configured already", tool=name)


def _new(actor: Tenant, name: str) -> Tool:
    now = clock.now()
    return Tool(id=new_id(), workspace_id=actor.workspace_id, name=name, signing=b"", created_at=now, created_by=actor.label)


def _fill(row: Tool, signing: Signing, secret: str | None, overlap: timedelta, *, replaces: bool) -> None:
    """Write what is to be into a row. Secrets of another style are of no use any more: only with `replaces` they stay."""
    now = clock.now()
    row.style, row.tolerance_seconds = str(signing.style), signing.tolerance_seconds
    row.header, row.timestamp_header, row.updated_at = signing.header, signing.timestamp_header, now
    row.external_id_at, row.event_type_at = signing.external_id_at, signing.event_type_at
    row.event_types = list(dict.fromkeys(signing.event_types))
    if secret is None:
        if not replaces:
            row.signing, row.secret_set_at, row.old_secrets_until = b"", now, None
        return
    row.signing = keeping.rotated(_readable(row) if replaces else None, new=secret, overlap=overlap, now=now)
    row.secret_set_at = now
    row.old_secrets_until = now + overlap if len(keeping.in_force(bytes(row.signing), now=now)) > 1 else None


def _readable(row: Tool) -> bytes | None:
    """What a row holds; nothing when it cannot be read any more, for then a new secret is the way out."""
    try:
        keeping.in_force(bytes(row.signing), now=clock.now())
    except ValueError:
        return None
    return bytes(row.signing)


def _check(name: str, signing: Signing, overlap: timedelta) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or name != name.strip():
        raise InvalidField("name", f"at most {LONGEST_NAME} characters, without spaces around them")
    ensure_seen(name, field="name")
    if signing.tolerance_seconds not in TOLERANCES:
        raise InvalidField("tolerance_seconds", f"from {TOLERANCES[0]} to {TOLERANCES[-1]}")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidField("overlap_seconds", f"at most {LONGEST_OVERLAP.days} days")
    for field, value in (("header", signing.header), ("timestamp_header", signing.timestamp_header)):
        if value and signing.style is not Style.HMAC:
            raise InvalidField(field, "is for the style hmac alone: the other styles have headers of their own")
        if value and (not _HEADER.fullmatch(value) or value.lower() in _TAKEN):
            raise InvalidField(field, "the name of a header, such as X-Signature")
    _check_address(signing)
    if signing.style is Style.HMAC and not signing.header:
        raise InvalidField("header", "is required: the header that the signature is in")
    if signing.header and signing.header.lower() == signing.timestamp_header.lower():
        raise InvalidField("timestamp_header", "another one than the signature's")


def _check_address(signing: Signing) -> None:
    """Raises InvalidField."""
    if signing.external_id_at:
        places.check_pointer(signing.external_id_at, field="external_id_at")
    elif signing.event_types or signing.event_type_at:
        raise InvalidField("external_id_at", "is required where types of events are named: where the id of the job stands")
    if signing.event_type_at:
        places.check_places(signing.event_type_at, field="event_type_at")
    elif signing.event_types:
        raise InvalidField("event_type_at", "is required where types of events are named: where a call says its type")
    if len(signing.event_types) > MOST_TYPES or not all(1 <= len(one) <= LONGEST_TYPE for one in signing.event_types):
        raise InvalidField("event_types", f"at most {MOST_TYPES}, each of {LONGEST_TYPE} characters at most")
    for one in signing.event_types:
        ensure_seen(one, field="event_types")
