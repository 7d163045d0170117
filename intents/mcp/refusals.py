"""Domain errors as JSON-RPC has them: published clients know these codes."""

from collections.abc import Mapping
from typing import Any

from intents.kernel import errors, tracing

PARSE, REQUEST, METHOD, PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
CREDENTIAL = -32001
OWNER = -32002
"""It has to say for which agent it speaks."""
FORBIDDEN = -32003
RATE = -32004
REFUSED = -32010
"""Sound and allowed, but not now: the state moved on, or a part of the server is away."""


class OwnerNeeded(errors.InvalidField):
    """A person who names no agent asks for what is an agent's."""


KINDS: tuple[tuple[type[errors.DomainError], int, int], ...] = (
    (errors.MissingCredential, CREDENTIAL, 401),
    (errors.MissingActorToken, CREDENTIAL, 401),
    (errors.InvalidApiKey, CREDENTIAL, 401),
    (errors.InvalidActorToken, CREDENTIAL, 401),
    (errors.RateLimited, RATE, 429),
    (errors.OwnerMismatch, FORBIDDEN, 403),
    (errors.Denied, FORBIDDEN, 403),
    (OwnerNeeded, OWNER, 200),
    (errors.PayloadTooLarge, PARAMS, 413),
    (errors.Missing, PARAMS, 200),
    (errors.Invalid, PARAMS, 200),
    (errors.Unavailable, REFUSED, 503),
)
"""Kinds with their code, and the HTTP status of a request that is refused before its method is looked at. The first that
fits counts; the rest is REFUSED."""


def code_of(error: errors.DomainError) -> int:
    return next((code for kind, code, _ in KINDS if isinstance(error, kind)), REFUSED)


def status_of(error: errors.DomainError) -> int:
    return next((status for kind, _, status in KINDS if isinstance(error, kind)), 200)


def data_of(error: errors.DomainError) -> dict[str, Any]:
    """What the API tells beside its message."""
    return {"code": error.code, "details": error.details, "request_id": tracing.current().request_id}


def response(asked: Any, code: int, message: str, data: Any = None) -> dict[str, Any]:
    """A JSON-RPC error for the request whose id is `asked`, None where that could not be read."""
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return {"jsonrpc": "2.0", "id": asked, "error": error}


def refusal(asked: Any, error: errors.DomainError) -> dict[str, Any]:
    return response(asked, code_of(error), error.message, data_of(error))


_OF_SERVER = {"internal_error": INTERNAL, "unavailable": REFUSED}


def by_server(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal by the server itself, which has not read the request's id: it stops, failed, has no database or takes no
    such head. `problem` is the body that the API would answer with."""
    error = problem["error"]
    data = {"code": error["code"], "details": error["details"], "request_id": problem["request_id"]}
    return response(None, _OF_SERVER.get(error["code"], REQUEST), error["message"], data)
