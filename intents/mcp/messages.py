"""Messages of MCP, of either era of the protocol: those that open with a handshake, and those from 2026-07-28 on, each of
which says by itself what its client can do. Neither needs a session."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer, RequestStateSecurity
from mcp.server.runner import serve_one
from mcp.shared.exceptions import MCPError, NoBackChannelError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    find_duplicated_routing_header,
)
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data, progress_token_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    PROTOCOL_VERSION_META_KEY,
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from intents.api.common import to_json
from intents.kernel.errors import DomainError
from intents.mcp import listening, registry, resources
from intents.mcp.approvals import Approvals
from intents.mcp.calling import as_error, as_failure, of
from intents.mcp.door import AdmittedMessage
from intents.mcp.exchange import Exchange
from intents.mcp.outgoing import MessageStream
from intents.mcp.registry import McpTool, Question
from intents.rpc import refusals
from intents.schemas.refusals import refusal
from intents.streams import http
from intents.streams.hub import Hub

NAME, TITLE = "axme", "AXME Inbox"
INSTRUCTIONS = (
    "Intents are durable pieces of work between agents and people. Ask people to decide with axme.request_approval, and "
    "learn what they decided with axme.wait_for; nothing but their own decision approves anything. Give an idempotency_key "
    "to whatever may be called twice."
)
STATE_SECONDS = 3600.0
"""For so long the client's person may take to answer."""
UNSAID = "2025-03-26"
"""The version of a client that names none."""
ASKED = "answer"
"""The one question of a tool to its client's person."""


class Server(MCPServer[Any]):
    """The tools and resources of this server."""

    async def list_tools(self) -> list[ListedTool]:
        return [_listed(tool) for tool in registry.known.values()]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        assert context is not None
        exchange = of(context.request_context)
        tool = registry.known.get(name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"there is no tool {name[:80]!r}", {"code": "not_supported"})
        given = (context.input_responses or {}).get(ASKED)
        said = given.content or {} if isinstance(given, ElicitResult) and given.action == "accept" else None
        try:
            outcome = await exchange.run(
                tool, arguments, said=said, state=context.request_state, progress=context.report_progress
            )
            if isinstance(outcome, Question):
                return _question(outcome, context.request_context)
        except DomainError as error:
            raise as_error(error) from None
        except Exception as error:
            raise as_failure(error) from None
        return CallToolResult(
            content=[TextContent(type="text", text=to_json(exchange.told))], structured_content=exchange.told
        )


@cache
def _listed(tool: McpTool) -> ListedTool:
    """Made once: their schemas take long to write."""
    hints = ToolAnnotations(
        title=tool.title,
        read_only_hint=tool.reads,
        destructive_hint=tool.destroys,
        idempotent_hint=tool.reads or tool.repeatable,
        open_world_hint=False,
    )
    return ListedTool(
        name=tool.name, title=tool.title, description=tool.description, input_schema=tool.schema(), annotations=hints
    )


def _question(asked: Question, ctx: ServerRequestContext[Any, Any]) -> InputRequiredResult:
    """The question to the client's own person, where it can ask them. Raises the tool's refusal elsewhere."""
    capabilities = ctx.session.client_capabilities
    if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS or not (capabilities and capabilities.elicitation):
        raise asked.otherwise
    form = ElicitRequestFormParams(message=asked.message, requested_schema=asked.schema)
    return InputRequiredResult(input_requests={ASKED: ElicitRequest(params=form)}, request_state=asked.state)


def _principal(ctx: ServerRequestContext[Any, Any]) -> str | None:
    return of(ctx).principal


def keys(secrets: Iterable[str]) -> list[bytes]:
    """What seals the state that clients bring back, from the server's own secrets, the newest first: the same in every
    process, and after a restart."""
    return [hashlib.sha256(b"axme mcp request state\n" + secret.encode()).digest() for secret in secrets]


def _made() -> Server:
    security = RequestStateSecurity(
        keys=keys([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]), ttl=STATE_SECONDS, bind_principal=_principal
    )
    return Server(
        NAME,
        title=TITLE,
        version=settings.VERSION,
        instructions=INSTRUCTIONS,
        website_url=settings.BASE_URL,
        extensions=[Approvals()],
        request_state_security=security,
        subscriptions=False,
    )


server = _made()
resources.serve(server)
listening.serve(resources.kernel(server))


@dataclass(slots=True)
class _Channel:
    """One message and its one answer: in between, a client that asked for it is told of progress, and nothing is asked."""

    transport: TransportContext
    request_id: str | int
    message_metadata: ServerMessageMetadata
    out: MessageStream
    progress_token: str | int | None
    can_send_request: bool = False
    cancel_requested: Any = field(default_factory=asyncio.Event)

    async def send_raw_request(self, method: str, params: Mapping[str, Any] | None, opts: Any = None) -> dict[str, Any]:
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Mapping[str, Any] | None, opts: Any = None) -> None:
        """Dropped: no tool sends any."""

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        if self.progress_token is None:
            return
        told = {"progressToken": self.progress_token, "progress": progress, "total": total, "message": message}
        await self.out.notify("notifications/progress", {name: one for name, one in told.items() if one is not None})


async def answer(
    hub: Hub, asked: AdmittedMessage, scope: http.Scope, gone: "asyncio.Future[None]", out: MessageStream
) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the JSON-RPC response to a message; notifications before it go `out`. Raises what the database
    raises when it is away."""
    message, headers = asked.message, http.headers(scope)
    statuses: Mapping[int, int] = {}
    version = headers.get(b"mcp-protocol-version")
    meta = (message.get("params") or {}).get("_meta")
    enveloped = isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta
    if (version is None and not enveloped) or version in HANDSHAKE_PROTOCOL_VERSIONS or message["method"] == "initialize":
        connection = Connection.from_envelope(version or UNSAID, None, None)
    else:
        verdict = _classified(scope, message)
        if isinstance(verdict, InboundLadderRejection):
            told = refusals.response(message["id"], verdict.code, verdict.message, verdict.data)
            return ERROR_CODE_HTTP_STATUS.get(verdict.code, 200), told
        connection, statuses = verdict, ERROR_CODE_HTTP_STATUS
    exchange = Exchange(hub, asked.actor, asked.given, asked.owner, gone, out)
    channel = _Channel(
        TransportContext(kind="streamable-http", can_send_request=False, headers={}),
        message["id"],
        ServerMessageMetadata(request_context=exchange, can_send_request=False),
        out,
        progress_token_from_params(message.get("params")),
    )
    try:
        result = await serve_one(
            resources.kernel(server),
            channel,
            message["method"],
            _params(message),
            connection=connection,
            lifespan_state={},
        )
    except Exception as error:
        if exchange.away is not None:
            raise exchange.away from None
        if isinstance(error, ValidationError):
            error = as_error(refusal(error))
        failed = handler_exception_to_error_data(error) or as_failure(error).error
        told = refusals.response(message["id"], failed.code, failed.message, failed.data)
        return statuses.get(failed.code, 200), told
    if "resultType" not in result or result["resultType"] == "complete":
        result = exchange.told | result
    return 200, {"jsonrpc": "2.0", "id": message["id"], "result": result}


def _classified(scope: http.Scope, message: dict[str, Any]) -> Connection | InboundLadderRejection:
    """How to serve a message that says by itself what its client can do, or why not."""
    lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    if twice := find_duplicated_routing_header(lines):
        return InboundLadderRejection(code=HEADER_MISMATCH, message=f"the header {twice} appears more than once")
    verdict = classify_inbound_request(message, headers=dict(lines))
    if isinstance(verdict, InboundLadderRejection):
        return verdict
    return Connection.from_envelope(verdict.protocol_version, verdict.client_info, verdict.client_capabilities)


def _params(message: dict[str, Any]) -> dict[str, Any] | None:
    """Its parameters; published clients open without saying who they are and what they can do."""
    params = message.get("params")
    if message["method"] != "initialize":
        return params
    return {"capabilities": {}, "clientInfo": {"name": "unnamed", "version": ""}} | (params or {})
