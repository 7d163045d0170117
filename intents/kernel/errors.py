"""What can go wrong in the domain: one base, four kinds, named leaves.

The domain knows no HTTP. A kind says who can mend it: `Invalid` (the caller, by sending something else), `Denied`
(nobody but an administrator), `Missing` (no such object for this caller), `Conflict` (the state moved on). The edge
maps kinds and codes to a transport in one table.
"""

from typing import Any


class DomainError(Exception):
    """Base of all. `code` is the protocol's error code, `details` a JSON object for machines."""

    code = "internal_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(DomainError):
    code = "schema_invalid"


class Denied(DomainError):
    code = "policy_denied"


class Missing(DomainError):
    code = "not_found"


class CursorExpired(Missing):
    """What followed a cursor is not kept any more. `oldest` in the details is where what is kept begins."""

    code = "cursor_expired"


class Expired(Missing):
    """What was there for a while is over."""

    code = "expired"


class Conflict(DomainError):
    code = "invalid_transition"


class Unavailable(DomainError):
    """A part the request needs is away for the moment; trying again later may work."""

    code = "unavailable"


class InvalidField(Invalid):
    """A value is malformed. `field` is its path in the request, parts joined by dots; `reason` is what is wrong with it, for
    a page that says it beside the field."""

    def __init__(self, field: str, message: str, **details: Any) -> None:
        super().__init__(f"{field}: {message}" if field else message, field=field, **details)
        self.reason = message


class OwnerMismatch(InvalidField):
    """A request names two different agents to speak for."""


class InvalidAddress(Invalid):
    code = "invalid_agent_address"


class PayloadTooLarge(Invalid):
    code = "payload_too_large"


class UnsupportedEncoding(Invalid):
    """A body came in a Content-Encoding that is not read."""

    code = "not_supported"


class MissingCredential(Denied):
    code = "missing_platform_api_key"


class InvalidApiKey(Denied):
    code = "invalid_platform_api_key"


class MissingActorToken(Denied):
    code = "missing_actor_token"


class InvalidActorToken(Denied):
    code = "invalid_actor_token"


class InvalidActorScope(Denied):
    code = "invalid_actor_scope"


class RateLimited(Denied):
    """Too many requests. `retry_after` is whole seconds until the window opens again, `reset` that time in UNIX
    seconds."""

    code = "rate_limit_exceeded"

    def __init__(self, message: str, *, retry_after: int, limit: int, reset: int) -> None:
        super().__init__(message, retry_after=retry_after, limit=limit, reset=reset)
        self.retry_after, self.limit, self.reset = retry_after, limit, reset


class NotSupported(Missing):
    """There is no such endpoint."""

    code = "not_supported"


class AgentNotFound(Missing):
    code = "agent_not_found"


class InvalidTransition(Conflict):
    """The intent's state does not allow this. `status` in the details is the current one."""


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"


class StaleLease(Conflict):
    code = "stale_lease"


class StalePolicyGeneration(Conflict):
    code = "stale_policy_generation"


class ChangedMeanwhile(Conflict):
    """What is edited was changed since it was opened. The details name the `revision` now, and who changed it when."""

    code = "changed_meanwhile"

    def __init__(self, message: str, *, revision: int | str, **details: Any) -> None:
        super().__init__(message, revision=revision, **details)
