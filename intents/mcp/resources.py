"""Intents as resources: `axme://intents/<intent_id>`, JSON."""

from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.mcpserver import MCPServer
from mcp_types import (
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from intents.api import cursors
from intents.api.common import as_id, seen, to_json
from intents.engine import selectors
from intents.kernel.actors import Tenant
from intents.kernel.errors import Missing
from intents.mcp.calling import called, of
from intents.schemas.shown import full

SCHEME = "axme://intents/"
JSON = "application/json"
PAGE = 50

Context = ServerRequestContext[Any, Any]


def kernel(server: MCPServer[Any]) -> Server[Any]:
    """What dispatches the server's messages."""
    return server._lowlevel_server


def serve(server: MCPServer[Any]) -> None:
    """Let the server list and read intents for whoever asks."""
    kernel(server).add_request_handler("resources/list", PaginatedRequestParams, _list)
    kernel(server).add_request_handler("resources/templates/list", PaginatedRequestParams, _templates)
    kernel(server).add_request_handler("resources/read", ReadResourceRequestParams, _read)


async def _list(ctx: Context, params: PaginatedRequestParams) -> ListResourcesResult:
    exchange = of(ctx)
    return await called(exchange, _newest, exchange.actor, params.cursor)


def _newest(actor: Tenant, cursor: str | None) -> ListResourcesResult:
    rows = selectors.intents(actor).order_by("-id")
    if cursor is not None:
        rows = rows.filter(id__lt=cursors.parse("i", cursor))
    page = list(rows[: PAGE + 1])
    listed = [
        Resource(
            uri=f"{SCHEME}{row.id}",
            name=str(row.id),
            title=row.intent_type,
            description=f"{row.status}, from {row.from_agent} to {row.to_agent}",
            mime_type=JSON,
        )
        for row in page[:PAGE]
    ]
    return ListResourcesResult(
        resources=listed, next_cursor=cursors.cursor("i", page[PAGE - 1].id) if len(page) > PAGE else None
    )


async def _templates(ctx: Context, params: PaginatedRequestParams) -> ListResourceTemplatesResult:
    one = ResourceTemplate(
        uri_template=f"{SCHEME}{{intent_id}}",
        name="intent",
        title="An intent",
        description="An intent with its payload, its status and, once it is over, its result or error.",
        mime_type=JSON,
    )
    return ListResourceTemplatesResult(resource_templates=[one])


async def _read(ctx: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    exchange = of(ctx)
    text = await called(exchange, _intent, exchange.actor, str(params.uri))
    return ReadResourceResult(contents=[TextResourceContents(uri=params.uri, mime_type=JSON, text=text)])


def _intent(actor: Tenant, uri: str) -> str:
    if not uri.startswith(SCHEME):
        raise Missing(f"there is no resource {uri[:120]}", uri=uri[:120])
    row = selectors.intent(actor, as_id(uri.removeprefix(SCHEME), "intent"))
    seen(actor, row)
    return to_json(full(row))
