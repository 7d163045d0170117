"""Calls of tools that sign: whether one is signed, and what it is known by, so that it counts once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from intents.engine import tools
from intents.engine.incoming import bodies, signatures
from intents.engine.models import Tool
from intents.kernel.errors import Denied


@dataclass(frozen=True, slots=True)
class Used:
    """What a signed call of a tool is known by until `expires_at`, when it is too old to be sent again."""

    tool_id: UUID
    fingerprint: bytes
    expires_at: datetime


def opened(tool: Tool, *, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[bytes, Used | None]:
    """A call's body, unpacked, that the tool has signed, and what the call is known by, None where it signs no time.
    `headers` have names in lower case. Raises Denied, Unavailable, and as `bodies.unpacked`."""
    plain = bodies.unpacked(body, headers.get("content-encoding", ""))
    secrets = tools.secrets_of(tool, now=now)
    if not secrets:
        raise Denied("no signing secret is set for this tool yet")
    bodies_signed = [plain] if body == plain else [body, plain]
    fingerprint = signatures.verify(tools.scheme(tool), secrets=secrets, headers=headers, bodies=bodies_signed, now=now)
    if fingerprint is None:
        return plain, None
    # As long as it could be sent again: it may have been signed ahead of time by as much.
    return plain, Used(tool.id, fingerprint, now + timedelta(seconds=2 * tool.tolerance_seconds))
