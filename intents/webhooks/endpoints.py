"""How the endpoints of subscriptions fare: counted with each try, and told to who answers for them."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from intents.accounts.selectors import owner_of
from intents.dispatch import notices
from intents.dispatch.notices import WATCH, Endpoint
from intents.sending import health
from intents.sending.health import Notice, Tried, Turn
from intents.webhooks import selectors
from intents.webhooks.models import Disabled, Subscription
from intents.webhooks.services import switching


def count(tries: Sequence[Tried], *, now: datetime) -> None:
    """Count tries that ended, in the transaction that writes them down. One that failed for too long, or says that it is
    gone, is disabled: what is due to it is skipped."""
    for notice in health.settle(tries, now=now):
        row = selectors.to_change(notice.endpoint_id)
        if row is not None:
            _tell(notice, row)


def _tell(notice: Notice, row: Subscription) -> None:
    if notice.turn is Turn.DISABLED:
        switching.disable(actor=WATCH, row=row, reason=Disabled(str(notice.reason)))
    name = row.description or urlsplit(row.callback_url).hostname or ""
    owner = owner_of(row.workspace_id, row.owner_agent) if row.owner_agent else None
    notices.tell(notice, Endpoint(row.workspace, name, row.callback_url, f"/operations/endpoints/{row.id}", owner))
