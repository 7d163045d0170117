"""Making, changing and deleting subscriptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from intents.accounts import audit
from intents.kernel import clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.sending import connector, health, keeping, signing
from intents.sending.signing import SigningKind
from intents.webhooks import catalogue, pending, permissions, selectors
from intents.webhooks.models import Disabled, Subscription
from intents.webhooks.services import switching

MOST = 500
"""Subscriptions of a workspace."""
OVERLAP = timedelta(hours=1)
"""How long a secret that an upsert replaces signs on."""
SIGNING = ("signing", "signing_kind", "secret_hint")
"""The columns of a secret."""
WHERE_AND_WHAT = {"callback_url", "event_types", "agents", "intent_types"}
"""The columns that say where messages go and which those are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """What a subscription is to be: `changes` are columns, `secret` what its messages are signed with, or `kind` of
    which kind a new one is, and `active` whether anything is posted, None for as they are."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    secret: str | None = None
    active: bool | None = None
    kind: SigningKind | None = None


@unit
def upsert(*, actor: Tenant, owner: str, url: str, asked: SubscriptionChange) -> Subscription:
    """Subscribe the endpoint `url` of the agent `owner`, or of the whole workspace, or change its subscription. One that is
    new gets a secret, shown this once as `new_secret`, unless one is given. Raises Denied, InvalidField, Conflict."""
    by = permissions.manager(actor, owner)
    _ensure_postable(url)
    row = selectors.same(by.workspace_id, owner, url)
    if row is not None:
        return _change(by, row, asked)
    _check(asked)
    if selectors.count(by.workspace_id) >= MOST:
        raise Conflict(f"a workspace has at most {MOST} subscriptions: delete one first", limit=MOST)
    now = clock.now()
    secret = asked.secret or signing.new_secret(asked.kind or SigningKind.HMAC)
    row = Subscription(
        workspace_id=by.workspace_id,
        owner_agent=owner,
        signing=keeping.rotated(None, new=secret, overlap=timedelta(0), now=now),
        signing_kind=signing.kind_of(secret),
        secret_hint=signing.hint(secret),
        after_seq=selectors.hold_cursor(),
        created_by=by.label,
        created_at=now,
        updated_at=now,
        **{"callback_url": url, **asked.changes},
    )
    if asked.active is False:
        row.active, row.disabled_at, row.disabled_reason = False, now, Disabled.PERSON
    with unless_taken(Conflict("this endpoint is being subscribed at this moment; try again")):
        row.save(force_insert=True)
    row.new_secret = None if asked.secret else secret
    _note(by, row, "webhook.create")
    return row


@unit
def change(*, actor: Tenant, row: Subscription, asked: SubscriptionChange) -> Subscription:
    """Change a subscription that the actor sees. Raises Denied, InvalidField, Missing, Conflict."""
    by = permissions.manager(actor, row.owner_agent)
    if url := asked.changes.get("callback_url"):
        _ensure_postable(url)
    with unless_taken(Conflict("another subscription of the same owner has this endpoint")):
        return _change(by, selectors.locked(row.id), asked)


def _change(by: Tenant, row: Subscription, asked: SubscriptionChange) -> Subscription:
    _check(asked)
    if asked.secret or asked.kind or asked.changes.keys() & WHERE_AND_WHAT:
        _ensure_own(row)
    now = clock.now()
    changed = {name: value for name, value in asked.changes.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    written = [*changed]
    if asked.secret and asked.secret not in keeping.in_force(row.signing, now=now)[:1]:
        _rotate(row, asked.secret, OVERLAP)
        written += SIGNING
    elif asked.kind is not None and asked.kind != row.signing_kind:
        row.new_secret = signing.new_secret(asked.kind)
        _rotate(row, row.new_secret, OVERLAP)
        written += SIGNING
    if "callback_url" in asked.changes:
        health.forget([row.id])
    if written:
        row.updated_at = now
        row.save(update_fields=[*written, "updated_at"])
        _note(by, row, "webhook.update", changes=sorted(written))
    if asked.active is False:
        switching.disable(actor=by, row=row, reason=Disabled.PERSON)
    elif asked.active:
        switching.enable(actor=by, row=row)
    return row


@unit
def rotate(*, actor: Tenant, row: Subscription, overlap: timedelta, kind: SigningKind | None = None) -> Subscription:
    """Give a subscription that the actor sees a new secret, shown this once as `new_secret`, of the kind before it if none
    is named; those before sign as well for `overlap`. Raises Denied, Missing, Conflict."""
    by = permissions.manager(actor, row.owner_agent)
    row = selectors.locked(row.id)
    _ensure_own(row)
    row.new_secret = signing.new_secret(kind or SigningKind(row.signing_kind))
    _rotate(row, row.new_secret, overlap)
    row.updated_at = clock.now()
    row.save(update_fields=[*SIGNING, "updated_at"])
    _note(by, row, "webhook.rotate_secret")
    return row


def _rotate(row: Subscription, secret: str, overlap: timedelta) -> None:
    row.signing = keeping.rotated(row.signing, new=secret, overlap=overlap, now=clock.now())
    row.secret_hint, row.signing_kind = signing.hint(secret), signing.kind_of(secret)


@unit
def delete(*, actor: Tenant, row: Subscription) -> Subscription:
    """Delete a subscription that the actor sees: nothing is posted to its endpoint any more, and what was stays on record
    for its time. Raises Denied, Missing, Conflict."""
    by = permissions.manager(actor, row.owner_agent)
    row = selectors.locked(row.id)
    _ensure_own(row)
    row.revoked_at = row.updated_at = clock.now()
    row.save(update_fields=["revoked_at", "updated_at"])
    pending.skip_pending(row.id, why="the subscription was deleted")
    health.forget([row.id])
    _note(by, row, "webhook.delete")
    return row


def _ensure_own(row: Subscription) -> None:
    """Raises Conflict for one that is made of its agent's settings."""
    if row.completions_of_id:
        said = (
            f"these are the completions of the agent {row.owner_agent}, posted to its own URL and signed with its own"
            " secret: change the agent, or disable this endpoint"
        )
        raise Conflict(said, subscription_id=str(row.id))


def _ensure_postable(url: str) -> None:
    """Where a URL leads is checked at each try, by what its name stands for then. Raises InvalidField."""
    try:
        scheme = connector.target(url).scheme
    except connector.Unanswered as refusal:
        raise InvalidField("callback_url", refusal.text) from None
    if scheme != "https" and not settings.OUTGOING_ALLOWED_NETWORKS:
        raise InvalidField(
            "callback_url",
            "the URL has to begin with https://, unless whoever runs the server allows networks inside"
            " (OUTGOING_ALLOWED_NETWORKS)",
        )


def _check(asked: SubscriptionChange) -> None:
    """Raises InvalidField."""
    if asked.secret is not None and asked.kind is not None:
        raise InvalidField("signing_kind", "a secret of your own is of the kind hmac: send one of the two")
    if asked.secret is not None:
        signing.ensure_signs(asked.secret, field="secret")
    for place, pattern in enumerate(asked.changes.get("event_types", ())):
        if not catalogue.knows(pattern):
            raise InvalidField(f"event_types.{place}", "no event has this type: see GET /v1/webhooks/event-types")


def _note(by: Tenant, row: Subscription, action: str, **details: Any) -> None:
    host = urlsplit(row.callback_url).netloc
    audit.note(
        workspace_id=row.workspace_id, actor=by, action=action, subject=host[:383], subscription_id=str(row.id), **details
    )
