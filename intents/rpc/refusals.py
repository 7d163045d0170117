"""Domain errors as errors of JSON-RPC 2.0: what all doors share. Each door has numbers of its own, and data for machines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from intents.accounts import stops
from intents.kernel import errors, tracing

PARSE, REQUEST, METHOD, PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
REFUSED = -32010
"""Sound and allowed, but not now: the state moved on, or a part of the server is away."""
_OF_SERVER = {"internal_error": INTERNAL, "unavailable": REFUSED}

Row = tuple[type[errors.DomainError], int, int]
"""A kind of errors with its code, and the HTTP status of a request that is refused before its method is looked at."""


class Cause(NamedTuple):
    """What the API tells of an error beside its message."""

    code: str
    details: Mapping[str, Any]
    request_id: str

    @classmethod
    def of(cls, error: errors.DomainError) -> Self:
        return cls(error.code, error.details, tracing.current().request_id)


@dataclass(frozen=True, slots=True)
class Refusals:
    """How a door says no: the first of `rows` that fits counts, the rest is REFUSED, and `data` is what machines read, None
    for nothing. An error with a `number` of its own has that."""

    rows: tuple[Row, ...]
    data: Callable[[int, Cause | None], Any]

    def status_of(self, error: errors.DomainError) -> int:
        return next((status for kind, _, status in self.rows if isinstance(error, kind)), 200)

    def code_of(self, error: errors.DomainError) -> int:
        own: int | None = getattr(error, "number", None)
        return next((code for kind, code, _ in self.rows if isinstance(error, kind)), REFUSED) if own is None else own

    def response(self, asked: Any, code: int, message: str, cause: Cause | None = None) -> dict[str, Any]:
        """A JSON-RPC error for the request whose id is `asked`, None where that could not be read."""
        return response(asked, code, message, self.data(code, cause))

    def refusal(self, asked: Any, error: errors.DomainError, code: int | None = None) -> dict[str, Any]:
        return self.response(asked, self.code_of(error) if code is None else code, error.message, Cause.of(error))

    def by_server(self, problem: Mapping[str, Any]) -> dict[str, Any]:
        """A refusal by the server itself, which has not read the request's id: it stops, failed, has no database or takes no
        such head. `problem` is the body that the API would answer with."""
        error = problem["error"]
        cause = Cause(error["code"], error["details"], problem["request_id"])
        return self.response(None, _OF_SERVER.get(cause.code, REQUEST), error["message"], cause)


def rows(*own: Row, credential: int, forbidden: int, rate: int) -> tuple[Row, ...]:
    """A door's `own` kinds, then those that all doors have, by its codes of no or no valid credential, of what is not
    allowed, and of more than the limit of requests."""
    return (
        *own,
        (stops.WorkspaceMoving, REFUSED, 503),
        (errors.MissingCredential, credential, 401),
        (errors.MissingActorToken, credential, 401),
        (errors.InvalidApiKey, credential, 401),
        (errors.InvalidActorToken, credential, 401),
        (errors.RateLimited, rate, 429),
        (errors.OwnerMismatch, forbidden, 403),
        (errors.Denied, forbidden, 403),
        (errors.PayloadTooLarge, PARAMS, 413),
        (errors.Missing, PARAMS, 200),
        (errors.Invalid, PARAMS, 200),
        (errors.Unavailable, REFUSED, 503),
    )


def response(asked: Any, code: int, message: str, data: Any = None) -> dict[str, Any]:
    """A JSON-RPC error as it is written."""
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return {"jsonrpc": "2.0", "id": asked, "error": error}
