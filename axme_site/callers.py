"""Who sends a large body, asked before it is read: strangers fill no memory."""

from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.http import parse_cookie

from axme_site import problems
from axme_site.bridge import Reply, Scope, busy, header, refusal, too_large
from axme_site.heads import CALLBACKS, INCOMING
from intents import auth, seats
from intents.engine.services import callbacks, incoming
from intents.kernel.errors import DomainError, Missing

STRANGERS_BYTES = 256 * 1024
"""Of any body this much is read before anybody asks whose it is: more than callbacks and the forms of strangers hold."""


def refused(scope: Scope) -> Reply | None:
    """The answer to whoever may not send more than STRANGERS_BYTES; None for those who are known. Uses the database."""
    try:
        if not scope["path"].startswith(problems.API):
            return None if seats.by_cookie(_session(scope)) else too_large(STRANGERS_BYTES, scope)
        if scope["path"].startswith((CALLBACKS, INCOMING)):
            if scope["method"] == "POST":
                _refuse_unread(scope)
            return too_large(settings.PAYLOAD_MAX_BYTES, scope)
        auth.authenticate(
            auth.Credentials(
                api_key=_text(scope, b"x-api-key"),
                authorization=_text(scope, b"authorization"),
                owner_header=_text(scope, b"x-owner-agent"),
            )
        )
    except DomainError as error:
        return refusal(error)
    except problems.DATABASE_AWAY as error:
        return busy(problems.note_database_away(error))
    return None


def _refuse_unread(scope: Scope) -> None:
    """Let the call be refused where people see it. Raises DomainError, which says so."""
    headers = {"content-type": _text(scope, b"content-type")}
    with suppress(Missing, ValueError):
        if scope["path"].startswith(INCOMING):
            tool_id = UUID(scope["path"].removeprefix(INCOMING))
            incoming.receive(actor=incoming.CALLER, tool_id=tool_id, body=None, headers=headers)
        else:
            callbacks.receive(token=scope["path"].removeprefix(CALLBACKS), body=None, headers=headers)


def _text(scope: Scope, name: bytes) -> str:
    return (header(scope, name) or b"").decode("latin-1")


def _session(scope: Scope) -> str:
    return parse_cookie(_text(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME, "")
