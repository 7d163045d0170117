"""Domain errors as the errors of A2A's JSON-RPC binding."""

from typing import Any

from intents.kernel import errors, tracing
from intents.rpc.refusals import METHOD, PARAMS, Cause, Refusals, rows

TASK_NOT_FOUND, NOT_CANCELABLE, NO_PUSH, UNSUPPORTED, CONTENT_TYPE = -32001, -32002, -32003, -32004, -32005
NO_EXTENDED_CARD, VERSION = -32007, -32009
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


def _data(code: int, cause: Cause | None) -> list[dict[str, Any]]:
    """What machines read, as the protocol has it: a google.rpc.ErrorInfo, all of it text."""
    told = {} if cause is None else {"code": cause.code}
    if cause is not None:
        told |= {name: str(value) for name, value in cause.details.items() if isinstance(value, str | int)}
    request_id = tracing.current().request_id if cause is None else cause.request_id
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": REASONS.get(code, told.get("code", "refused").upper()),
        "domain": "a2a-protocol.org" if code in REASONS else "axme",
        "metadata": told | {"request_id": request_id},
    }
    return [info]


REFUSALS = Refusals(
    rows(
        (TaskMissing, TASK_NOT_FOUND, 200),
        (NotCancelable, NOT_CANCELABLE, 200),
        (Unsupported, UNSUPPORTED, 200),
        (ContentType, CONTENT_TYPE, 200),
        credential=CREDENTIAL,
        forbidden=FORBIDDEN,
        rate=RATE,
    ),
    _data,
)
