"""Endpoints switched off and on."""

from urllib.parse import urlsplit

from intents.accounts import audit
from intents.kernel import clock
from intents.kernel.actors import Actor
from intents.kernel.unit_of_work import unit
from intents.sending import health
from intents.webhooks import pending
from intents.webhooks.messages import SKIPPED
from intents.webhooks.models import Disabled, Subscription


@unit
def disable(*, actor: Actor, row: Subscription, reason: Disabled) -> None:
    """Post nothing more to a locked endpoint: what is due, and what happens from now on, is kept as skipped. Checks no
    rights. Twice changes nothing."""
    if not row.active:
        return
    now = clock.now()
    row.active, row.disabled_at, row.disabled_reason, row.updated_at = False, now, reason, now
    _save(row)
    pending.skip_pending(row.id, why=SKIPPED)
    _note(actor, row, "webhook.disable", reason=str(reason))


@unit
def enable(*, actor: Actor, row: Subscription) -> None:
    """Post to a locked endpoint again what happens from now on. What was skipped is replayed when somebody asks for it.
    Checks no rights. Twice changes nothing but where nobody answered: that is tried anew."""
    health.forget([row.id])
    if row.active:
        return
    row.active, row.disabled_at, row.disabled_reason, row.updated_at = True, None, None, clock.now()
    _save(row)
    _note(actor, row, "webhook.enable")


def _save(row: Subscription) -> None:
    row.save(update_fields=["active", "disabled_at", "disabled_reason", "updated_at"])


def _note(actor: Actor, row: Subscription, action: str, **details: str) -> None:
    host = urlsplit(row.callback_url).netloc
    audit.note(
        workspace_id=row.workspace_id,
        actor=actor,
        action=action,
        subject=host[:383],
        subscription_id=str(row.id),
        **details,
    )
