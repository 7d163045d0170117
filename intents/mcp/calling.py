"""Domain errors on their way out through the protocol's package."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from intents.kernel import tracing
from intents.kernel.errors import DomainError
from intents.mcp import refusals
from intents.mcp.exchange import Exchange

R = TypeVar("R")

log = logging.getLogger(__name__)


def of(ctx: ServerRequestContext[Any, Any]) -> Exchange:
    """The exchange that a handler is called in."""
    assert isinstance(ctx.request, Exchange)
    return ctx.request


def as_error(error: DomainError) -> MCPError:
    """A domain error as the package raises errors."""
    return MCPError(refusals.REFUSALS.code_of(error), error.message, refusals.data_of(error))


def as_failure(error: Exception) -> MCPError:
    """Anything else: a bug of ours, which is logged, and of which nothing is told. Not a database that is away: that is told
    by who answers the request."""
    if not isinstance(error, OperationalError | InterfaceError):
        log.error("an MCP request failed", exc_info=error, extra={"action": "mcp"})
    told = {"code": "internal_error", "details": {}, "request_id": tracing.current().request_id}
    return MCPError(INTERNAL_ERROR, "something went wrong on our side", told)


async def called(exchange: Exchange, work: Callable[..., R], *args: Any) -> R:
    """`work` on a thread. Raises MCPError."""
    try:
        return await exchange.thread(work, *args)
    except DomainError as error:
        raise as_error(error) from None
    except Exception as error:
        raise as_failure(error) from None
