"""Domain errors as the errors of A2A's JSON-RPC binding."""

from collections.abc import Mapping
from typing import Any

from intents.kernel import errors, tracing

PARSE, REQUEST, METHOD, PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
TASK_NOT_FOUND, NOT_CANCELABLE, NO_PUSH, UNSUPPORTED, CONTENT_TYPE = -32001, -32002, -32003, -32004, -32005
NO_EXTENDED_CARD, VERSION = -32007, -32009
REFUSED = -32010
"""Sound and allowed, but not now."""
CREDENTIAL, FORBIDDEN, RATE = -32011, -32013, -32014
"""Ours: the protocol leaves these to HTTP, which says the same by its status."""
REASONS = {
    TASK_NOT_FOUND: "TASK_NOT_FOUND",
    NOT_CANCELABLE: "TASK_NOT_CANCELABLE",
    NO_PUSH: "PUSH_NOTIFICATION_NOT_SUPPORTED",
    UNSUPPORTED: "UNSUPPORTED_OPERATION",
    CONTENT_TYPE: "CONTENT_TYPE_NOT_SUPPORTED",
    NO_EXTENDED_CARD: "EXTENDED_AGENT_CARD_NOT_CONFIGURED",
    VERSION: "VERSION_NOT_SUPPORTED",
    PARAMS: "INVALID_PARAMS",
    METHOD: "METHOD_NOT_FOUND",
}


class TaskMissing(errors.Missing):
    """There is no such task for this caller."""


class NotCancelable(errors.Conflict):
    """The task is over."""


class Unsupported(errors.Conflict):
    """The task, or this server, does not do that."""

    code = "not_supported"


class ContentType(errors.Invalid):
    """A part of a message is of a kind that is not taken."""


class Elsewhere(errors.DomainError):
    """What this server answers by an error of the protocol, whose `number` it is."""

    code = "not_supported"

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


KINDS: tuple[tuple[type[errors.DomainError], int, int], ...] = (
    (TaskMissing, TASK_NOT_FOUND, 200),
    (NotCancelable, NOT_CANCELABLE, 200),
    (Unsupported, UNSUPPORTED, 200),
    (ContentType, CONTENT_TYPE, 200),
    (errors.MissingCredential, CREDENTIAL, 401),
    (errors.MissingActorToken, CREDENTIAL, 401),
    (errors.InvalidApiKey, CREDENTIAL, 401),
    (errors.InvalidActorToken, CREDENTIAL, 401),
    (errors.RateLimited, RATE, 429),
    (errors.OwnerMismatch, FORBIDDEN, 403),
    (errors.Denied, FORBIDDEN, 403),
    (errors.PayloadTooLarge, PARAMS, 413),
    (errors.Missing, PARAMS, 200),
    (errors.Invalid, PARAMS, 200),
    (errors.Unavailable, REFUSED, 503),
)
"""Kinds with their code and HTTP status. The first that fits counts; the rest is REFUSED."""


def status_of(error: errors.DomainError) -> int:
    return next((status for kind, _, status in KINDS if isinstance(error, kind)), 200)


def code_of(error: errors.DomainError) -> int:
    if isinstance(error, Elsewhere):
        return error.number
    return next((code for kind, code, _ in KINDS if isinstance(error, kind)), REFUSED)


def response(asked: Any, code: int, message: str, details: dict[str, str] | None = None) -> dict[str, Any]:
    """A JSON-RPC error for the request whose id is `asked`, None where that could not be read, as the protocol has it: what
    machines read stands in a google.rpc.ErrorInfo, all of it text."""
    told = details or {}
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": REASONS.get(code, told.get("code", "refused").upper()),
        "domain": "a2a-protocol.org" if code in REASONS else "axme",
        "metadata": told | {"request_id": tracing.current().request_id},
    }
    return {"jsonrpc": "2.0", "id": asked, "error": {"code": code, "message": message, "data": [info]}}


def refusal(asked: Any, error: errors.DomainError) -> dict[str, Any]:
    details = {name: str(value) for name, value in error.details.items() if isinstance(value, str | int)}
    return response(asked, code_of(error), error.message, {"code": error.code} | details)


_OF_SERVER = {"internal_error": INTERNAL, "unavailable": REFUSED}


def by_server(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A refusal by the server itself, which has not read the request's id: it stops, failed, has no database or takes no
    such head. `problem` is the body that the API would answer with."""
    error = problem["error"]
    return response(None, _OF_SERVER.get(error["code"], REQUEST), error["message"], {"code": error["code"]})
