"""`subscriptions/listen`: a stream on which a client hears of changes until it leaves.

A change is told as that it was, not what: clients look. Tasks alone are told whole. A stream is in no process but its own,
and nothing of it is kept: who comes again asks for the same, and looks at what may have changed in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.mcpserver import require_client_extension
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY
from mcp_types import INVALID_REQUEST, SubscriptionFilter, SubscriptionsListenRequestParams, SubscriptionsListenResult

from intents import auth
from intents.engine import selectors
from intents.kernel.errors import DomainError, InvalidField
from intents.mcp import approvals, resources
from intents.mcp.calling import as_error, called, of
from intents.mcp.exchange import Exchange
from intents.mcp.outgoing import BEAT_SECONDS
from intents.rpc.open_streams import OpenStreams
from intents.streams.changes import Changes

METHOD = "subscriptions/listen"
TASK_IDS = "taskIds"
MOST = 100
"""Intents that one stream tells of."""
LONGEST_SECONDS = 3600.0
"""Then it ends, and the client listens again."""


@dataclass(frozen=True, slots=True)
class ListenedFor:
    """Of what a stream tells: intents as resources, by their ids with the address that the client named, and as tasks; and
    whether there are more resources."""

    resources: dict[UUID, str]
    tasks: dict[UUID, str]
    more: bool

    @property
    def ids(self) -> set[UUID]:
        return {*self.resources, *self.tasks}


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is by now: the newest event of each intent, tasks whose event is another than before, and the newest
    intent of all."""

    seqs: dict[UUID, int]
    tasks: dict[UUID, dict[str, Any]]
    newest: UUID | None


def serve(server: Server[Any]) -> None:
    """Let the server tell of changes."""
    server.add_request_handler(METHOD, SubscriptionsListenRequestParams, _listen)


async def _listen(
    ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
) -> SubscriptionsListenResult:
    exchange = of(ctx)
    if ctx.request_id is None or not exchange.out.streams:
        raise MCPError(INVALID_REQUEST, "what changes is told by text/event-stream alone: accept it, and send no batch")
    places, workspace_id = exchange.hub.kind(OpenStreams), exchange.actor.workspace_id
    try:
        named = _named(params.notifications)
        places.ensure_room(workspace_id)
    except DomainError as error:
        raise as_error(error) from None
    if named.tasks:
        require_client_extension(ctx, approvals.NAME)
    meta = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
    with places.one(workspace_id):
        await _tell(exchange, params.notifications, await called(exchange, _visible, exchange, named), meta)
    return SubscriptionsListenResult(_meta=meta)


async def _tell(exchange: Exchange, asked: SubscriptionFilter, wanted: ListenedFor, meta: dict[str, Any]) -> None:
    with exchange.hub.kind(Changes).watching(*wanted.ids) as watch:
        now = await called(exchange, _look, exchange, wanted, {})
        honored = _honored(asked, wanted)
        await exchange.out.notify("notifications/subscriptions/acknowledged", {"_meta": meta, "notifications": honored})
        await _tell_tasks(exchange, meta, now)
        ends_at = exchange.hub.loop.time() + LONGEST_SECONDS
        while not exchange.gone.done() and not exchange.hub.closing and exchange.hub.loop.time() < ends_at:
            watch.known.update(now.seqs)
            if not await watch.wait(BEAT_SECONDS, exchange.gone):
                await exchange.out.beat()
            before, now = now, await called(exchange, _look, exchange, wanted, now.seqs)
            for one, uri in wanted.resources.items():
                if now.seqs.get(one) != before.seqs.get(one):
                    await exchange.out.notify("notifications/resources/updated", {"_meta": meta, "uri": uri})
            if wanted.more and now.newest != before.newest:
                await exchange.out.notify("notifications/resources/list_changed", {"_meta": meta})
            await _tell_tasks(exchange, meta, now)


async def _tell_tasks(exchange: Exchange, meta: dict[str, Any], now: Looked) -> None:
    for task in now.tasks.values():
        await exchange.out.notify("notifications/tasks", {"_meta": meta, **task})


def _visible(exchange: Exchange, named: ListenedFor) -> ListenedFor:
    """What the client may see of it. Of other ids nothing is told, as if they were ids of nobody."""
    seen = {row.id for row in selectors.visible(exchange.actor, named.ids)}
    return ListenedFor(
        {one: uri for one, uri in named.resources.items() if one in seen},
        {one: task_id for one, task_id in named.tasks.items() if one in seen},
        named.more,
    )


def _look(exchange: Exchange, wanted: ListenedFor, known: dict[UUID, int]) -> Looked:
    """What there is by now for who is still who they were when they came. Raises as `auth.authenticate`."""
    actor = auth.authenticate(exchange.given)
    rows = {row.id: row for row in selectors.visible(actor, wanted.ids)}
    tasks = {one: row for one, row in rows.items() if one in wanted.tasks and known.get(one) != row.seq}
    newest = selectors.intents(actor).order_by("-id").values_list("id", flat=True).first() if wanted.more else None
    return Looked(
        {one: row.seq for one, row in rows.items()}, {one: approvals.task_of(row) for one, row in tasks.items()}, newest
    )


def _named(asked: SubscriptionFilter) -> ListenedFor:
    """What a client wants to hear of, whether or not it may. Raises InvalidField."""
    uris = asked.resource_subscriptions or []
    sent = (asked.model_extra or {}).get(TASK_IDS)
    task_ids = [] if sent is None else sent
    if not isinstance(task_ids, list) or not all(isinstance(one, str) for one in task_ids):
        raise InvalidField(f"notifications.{TASK_IDS}", "must be a list of texts")
    if len(uris) + len(task_ids) > MOST:
        raise InvalidField("notifications", f"one stream tells of {MOST} intents at most")
    found = {uri: uri.removeprefix(resources.SCHEME) for uri in uris if uri.startswith(resources.SCHEME)}
    return ListenedFor(
        _by_id(found.items()), _by_id((one, one) for one in task_ids), more=asked.resources_list_changed is True
    )


def _by_id(texts: Iterable[tuple[str, str]]) -> dict[UUID, str]:
    """Names by the id in each, without those that have none."""
    found = {}
    for name, text in texts:
        try:
            found[UUID(text)] = name
        except ValueError:
            continue
    return found


def _honored(asked: SubscriptionFilter, wanted: ListenedFor) -> dict[str, Any]:
    """What of it the client will hear. The tools are the same as long as the process runs."""
    told: dict[str, Any] = {}
    if asked.tools_list_changed:
        told["toolsListChanged"] = True
    if wanted.more:
        told["resourcesListChanged"] = True
    if wanted.resources:
        told["resourceSubscriptions"] = list(wanted.resources.values())
    if wanted.tasks:
        told[TASK_IDS] = list(wanted.tasks.values())
    return told
