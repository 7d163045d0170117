"""Reads of webhooks. What an actor may not see is missing, never forbidden."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from intents.accounts.models import Agent
from intents.accounts.services.agents import CALLED
from intents.engine.models import Intent
from intents.feed import selectors as feed
from intents.kernel import statements
from intents.kernel.actors import Tenant
from intents.kernel.errors import Missing
from intents.sending.models import Attempt
from intents.webhooks.models import FanOutCursor, Subscription, WebhookMessage
from intents.webhooks.permissions import EVERYTHING, sees


def subscriptions(actor: Tenant) -> QuerySet[Subscription]:
    """The subscriptions that an actor sees, oldest first, without those that were deleted."""
    found = Subscription.objects.filter(workspace_id=actor.workspace_id, revoked_at=None).order_by("id")
    owner = sees(actor)
    if owner is None:
        return found.none()
    return found if owner == EVERYTHING else found.filter(owner_agent=owner)


def subscription(actor: Tenant, subscription_id: UUID) -> Subscription:
    """Raises Missing."""
    found = subscriptions(actor).filter(id=subscription_id).first()
    if found is None:
        raise Missing(f"no subscription has the id {subscription_id}", subscription_id=str(subscription_id))
    return found


def locked(subscription_id: UUID) -> Subscription:
    """One that was seen, under lock. Raises Missing when it was deleted since. Checks no actor."""
    found = Subscription.objects.select_for_update().filter(id=subscription_id, revoked_at=None).first()
    if found is None:
        raise Missing(f"no subscription has the id {subscription_id}", subscription_id=str(subscription_id))
    return found


def to_change(subscription_id: UUID) -> Subscription | None:
    """One under lock with its workspace, None when it was deleted. Checks no actor."""
    found = Subscription.objects.select_related("workspace").select_for_update(of=("self",))
    return found.filter(id=subscription_id, revoked_at=None).first()


def same(workspace_id: UUID, owner: str, url: str) -> Subscription | None:
    """The subscription of an endpoint by an owner, under lock. Checks no actor."""
    found = Subscription.objects.select_for_update().filter(workspace_id=workspace_id, owner_agent=owner)
    return found.filter(callback_url=url, completions_of=None, revoked_at=None).first()


def count(workspace_id: UUID) -> int:
    """How many subscriptions were made in a workspace. Checks no actor."""
    return Subscription.objects.filter(workspace_id=workspace_id, revoked_at=None, completions_of=None).count()


# One whose agent works no longer gets nothing, and whoever takes its name later does not inherit it.
_LISTENING = f"""
SELECT {statements.columns(Subscription, "s")} FROM intents_subscription s
WHERE s.workspace_id = ANY(%(workspaces)s::uuid[]) AND s.revoked_at IS NULL AND (
    s.owner_agent = ''
    OR NOT EXISTS (SELECT FROM intents_agent a WHERE a.workspace_id = s.workspace_id AND a.name = s.owner_agent)
    OR EXISTS (
        SELECT FROM intents_agent a
        WHERE a.workspace_id = s.workspace_id AND a.name = s.owner_agent AND a.status = 'active'
          AND a.created_at <= s.created_at
    )
)
ORDER BY s.id
"""


def listening(workspaces: Iterable[UUID]) -> list[Subscription]:
    """The subscriptions of workspaces that are told of what happens, or would be if they were active. Checks no actor."""
    return statements.objects(Subscription, _LISTENING, {"workspaces": list(workspaces)})


_ANY_TOLD = """
SELECT EXISTS (SELECT FROM intents_subscription WHERE revoked_at IS NULL)
    OR EXISTS (SELECT FROM intents_agent WHERE delivery_mode = %s AND status = 'active')
"""


def any_told() -> bool:
    """Whether there is any subscription, or agent that is called. Checks no actor."""
    return bool(statements.rows(_ANY_TOLD, [CALLED])[0][0])


_CALLED_IN = """
SELECT DISTINCT workspace_id FROM intents_agent
WHERE workspace_id = ANY(%s::uuid[]) AND delivery_mode = %s AND status = 'active'
"""


def with_called(workspaces: Iterable[UUID]) -> set[UUID]:
    """Those of workspaces that have an agent that is called. Checks no actor."""
    asked = list(workspaces)
    return {row[0] for row in statements.rows(_CALLED_IN, [asked, CALLED])} if asked else set()


_CALLED = f"""
SELECT {statements.columns(Agent, "a")} FROM intents_agent a
JOIN unnest(%(workspaces)s::uuid[], %(names)s::text[]) AS of(workspace, name)
  ON a.workspace_id = of.workspace AND a.name = of.name
WHERE a.delivery_mode = %(called)s AND a.status = 'active'
  AND NOT EXISTS (SELECT FROM intents_subscription s WHERE s.completions_of_id = a.id AND s.revoked_at IS NULL)
ORDER BY a.id FOR SHARE OF a
"""


def called_untold(names: Iterable[tuple[UUID, str]]) -> list[Agent]:
    """Those of agents, each of a workspace and by its local name, that are called and have no subscription to completions;
    none of them changes until the transaction ends. Checks no actor."""
    pairs = list(names)
    params = {"workspaces": [workspace for workspace, _ in pairs], "names": [name for _, name in pairs], "called": CALLED}
    return statements.objects(Agent, _CALLED, params)


def completions_of(workspace_id: UUID, names: Sequence[str]) -> list[tuple[Subscription, Agent]]:
    """The subscriptions to completions of agents, by the agents' local names, under lock. Checks no actor."""
    found = Subscription.objects.select_for_update(of=("self",)).select_related("completions_of")
    rows = found.filter(workspace_id=workspace_id, owner_agent__in=names, revoked_at=None).exclude(completions_of=None)
    return [(row, row.completions_of) for row in rows.order_by("id") if row.completions_of]


_PLACE = "SELECT seq FROM intents_feedentry WHERE workspace_id = %s AND event_id = %s"


def entry(workspace_id: UUID, event_id: UUID) -> feed.PlacedEvent | None:
    """The entry of an event in the feed, None where it is not, or not any more. Checks no actor."""
    found = statements.rows(_PLACE, [workspace_id, event_id])
    return feed.after(found[0][0] - 1, 1)[0] if found else None


_INTENTS = f"SELECT {statements.columns(Intent, 'i')} FROM intents_intent i WHERE i.id = ANY(%s::uuid[])"


def intents(ids: Iterable[UUID]) -> list[Intent]:
    """Intents by their ids. Checks no actor."""
    return statements.objects(Intent, _INTENTS, [list(ids)])


_VIEWERS = "SELECT v.intent_id, v.name FROM intents_threadviewer v WHERE v.intent_id = ANY(%s::uuid[])"


def viewers(intent_ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Who else sees the threads of intents, by local names. Checks no actor."""
    found: dict[UUID, set[str]] = {}
    for intent_id, name in statements.rows(_VIEWERS, [list(intent_ids)]):
        found.setdefault(intent_id, set()).add(name)
    return found


def messages(actor: Tenant) -> QuerySet[WebhookMessage]:
    """The messages that an actor sees, newest first, of deleted subscriptions too."""
    found = WebhookMessage.objects.filter(workspace_id=actor.workspace_id).select_related("subscription").order_by("-id")
    owner = sees(actor)
    if owner is None:
        return found.none()
    return found if owner == EVERYTHING else found.filter(subscription__owner_agent=owner)


def message(actor: Tenant, message_id: UUID) -> WebhookMessage:
    """Raises Missing."""
    found = messages(actor).filter(id=message_id).first()
    if found is None:
        raise Missing(f"no delivery has the id {message_id}", delivery_id=str(message_id))
    return found


def attempts(ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The tries to post messages whose visibility was checked, the first first."""
    found: dict[UUID, list[Attempt]] = {}
    for row in Attempt.objects.filter(message_id__in=ids).order_by("message_id", "number"):
        found.setdefault(row.message_id, []).append(row)
    return found


_BEGIN = "INSERT INTO intents_fanoutcursor (id, seq) VALUES (1, %s) ON CONFLICT DO NOTHING"


def begin_cursor() -> None:
    """Let messages be made of what comes from now on, if none ever were. Checks no actor."""
    statements.rows(_BEGIN, [feed.bounds().last])


def hold_cursor() -> int:
    """How far the feed is, and until the transaction ends no message is made of what comes. Checks no actor."""
    begin_cursor()
    list(FanOutCursor.objects.select_for_update().filter(id=1))
    return feed.bounds().last


# A cursor that is lost with the database leads to the same messages once more, by the same ids: none is waited for.
_CURSOR = """
SELECT seq, set_config('synchronous_commit', 'off', true) FROM intents_fanoutcursor WHERE id = 1 FOR UPDATE SKIP LOCKED
"""


def cursor() -> int | None:
    """How far in the feed messages were made, under lock; None while another process makes them. Checks no actor."""
    found = statements.rows(_CURSOR, ())
    return found[0][0] if found else None
