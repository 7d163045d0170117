"""Telling people how an endpoint fares: that nothing but failures come from it, that it was disabled, that it is back.

Each is in the audit log, and an email to who answers for the endpoint, or to the owners and admins when nobody does.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from intents.accounts import audit
from intents.accounts.models import Workspace
from intents.accounts.selectors import told_of
from intents.kernel.actors import System
from intents.sending import email
from intents.sending.health import FAILING, Notice, Turn

WATCH = System(name="endpoint-watch")
ACTIONS = {Turn.FAILING: "endpoint.fail", Turn.DISABLED: "endpoint.disable", Turn.RECOVERED: "endpoint.recover"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as people know it: its `name`, where its page is, and who answers for it."""

    workspace: Workspace
    name: str
    url: str
    path: str
    owner_id: UUID | None = None

    @property
    def host(self) -> str:
        """All that is told of the URL: the rest of it may be a secret."""
        return urlsplit(self.url).hostname or ""


def tell(notice: Notice, endpoint: Endpoint) -> None:
    """Tell of an endpoint, in the transaction in which its health has changed."""
    details = {"endpoint_id": str(notice.endpoint_id), "host": endpoint.host, "percent": notice.percent}
    if notice.reason is not None:
        details["reason"] = str(notice.reason)
    audit.note(workspace_id=notice.workspace_id, actor=WATCH, action=ACTIONS[notice.turn], subject=endpoint.name, **details)
    context = {
        "endpoint": endpoint,
        "notice": notice,
        "days": FAILING.days,
        "link": settings.BASE_URL + endpoint.path,
    }
    for address, language in told_of(notice.workspace_id, endpoint.owner_id):
        spoken = language or endpoint.workspace.language
        email.enqueue(address, f"account/email/endpoint_{notice.turn}", context, language=spoken)
