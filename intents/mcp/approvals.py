"""Intents that people decide as durable tasks of the extension `io.modelcontextprotocol/tasks`, whose id is the intent's.

While our people decide, a task is `working`: `input_required` would put the question to the agent's own user. So nothing
that a client sends to a task decides anything.
"""

from collections.abc import Sequence
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import require_client_extension
from mcp_types import CallToolRequestParams, RequestParams

from intents.api.common import as_id, seen
from intents.engine import selectors
from intents.engine.lifecycle import TERMINAL, Status
from intents.engine.models import Intent
from intents.engine.services import resolve
from intents.kernel.actors import Tenant
from intents.mcp import looks
from intents.mcp.calling import called, of
from intents.schemas.shown import full

NAME = "io.modelcontextprotocol/tasks"
VERSIONS = frozenset({"2026-07-28"})
POLL_MS = 5000


class TaskParams(RequestParams):
    """Which task."""

    task_id: str


class UpdateParams(TaskParams):
    """What a client's person said. No task here asks them anything."""

    input_responses: dict[str, Any]


class Approvals(Extension):
    """The extension."""

    identifier = NAME

    def methods(self) -> Sequence[MethodBinding]:
        return (
            MethodBinding("tasks/get", TaskParams, _get, VERSIONS),
            MethodBinding("tasks/update", UpdateParams, _update, VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, _cancel, VERSIONS),
        )

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """What goes on by itself becomes a task for a client that knows tasks."""
        result = await call_next(ctx)
        exchange = of(ctx)
        if exchange.started is None or not declared(ctx):
            return result
        task = await called(exchange, _task, exchange.actor, str(exchange.started))
        return {"resultType": "task", **{name: task[name] for name in task if name not in ("result", "error")}}


def declared(ctx: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client said in this request that it knows tasks."""
    capabilities = ctx.session.client_capabilities
    return ctx.protocol_version in VERSIONS and bool(capabilities and NAME in (capabilities.extensions or {}))


async def _get(ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
    require_client_extension(ctx, NAME)
    return await called(of(ctx), _task, of(ctx).actor, params.task_id)


async def _update(ctx: ServerRequestContext[Any, Any], params: UpdateParams) -> HandlerResult:
    """Acknowledged, and otherwise without effect: no input was asked for."""
    require_client_extension(ctx, NAME)
    await called(of(ctx), _task, of(ctx).actor, params.task_id)
    return {}


async def _cancel(ctx: ServerRequestContext[Any, Any], params: TaskParams) -> HandlerResult:
    """Cancels the intent, which withdraws what people are asked. One that is over stays as it is."""
    require_client_extension(ctx, NAME)
    await called(of(ctx), _canceled, of(ctx).actor, params.task_id)
    return {}


def _canceled(actor: Tenant, task_id: str) -> None:
    wanted = as_id(task_id, "task")
    if selectors.intent(actor, wanted).status not in TERMINAL:
        resolve.resolve(
            actor=actor, intent_id=wanted, status=Status.CANCELED, details={"reason": "canceled by who asked, through MCP"}
        )


def _task(actor: Tenant, task_id: str) -> dict[str, Any]:
    row = selectors.intent(actor, as_id(task_id, "task"))
    seen(actor, row)
    return task_of(row)


def task_of(row: Intent) -> dict[str, Any]:
    """An intent as a task, as `tasks/get` and `notifications/tasks` have it."""
    shown = full(row)
    task = {
        "taskId": shown["intent_id"],
        "status": "working",
        "statusMessage": looks.standing(row, shown),
        "createdAt": shown["created_at"],
        "lastUpdatedAt": shown["updated_at"],
        "ttlMs": None,
        "pollIntervalMs": POLL_MS,
    }
    if row.status == Status.CANCELED:
        task["status"] = "cancelled"
    elif row.status in TERMINAL:
        # Not "failed": that is for errors of the protocol.
        answer = looks.over(shown)
        task |= {"status": "completed", "result": looks.content({"ok": True, "status": answer.status, "data": answer.data})}
        if row.status != Status.COMPLETED:
            task["result"]["isError"] = True
    return task
