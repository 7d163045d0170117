"""What every endpoint shares: who asks, what was sent, and how an answer is given once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from ninja.security import APIKeyHeader
from pydantic import TypeAdapter, ValidationError

from intents import auth
from intents.accounts import limits
from intents.engine import signs
from intents.engine.models import Intent
from intents.engine.services import idempotency
from intents.engine.services.idempotency import IdempotencyKey, Stored, run_once
from intents.engine.signs import Sign
from intents.kernel import canonical, ratelimit
from intents.kernel.actors import ADMINS, Machine, Person, Scope, Tenant, key_of, sides
from intents.kernel.addresses import local_name
from intents.kernel.errors import Denied, DomainError, InvalidField, Missing, PayloadTooLarge, RateLimited
from intents.schemas.refusals import refusal

Value = TypeVar("Value")

JSON = "application/json"
KEY_HEADER = "HTTP_IDEMPOTENCY_KEY"
SENT, RATE = "sent", "rate"
"""What the parser and the authentication leave on a request for `Request`."""
COUNTED = "axme.counted"
"""What a request has in its environment that was counted before it came here: a CountedRequest."""

LONGEST_ESCAPE = 6
"""By so much canonical JSON and what was sent may differ: `\\u00e9` is one character, and 1e20 has 21 digits."""
OF_MANY = ("/intents/batch", "/wait", "/resume")
"""Ends of the paths whose bodies may hold many intents: they are bounded by the server's limit for any body alone."""

REFUSALS: dict[int, None] = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 503))
"""Declared on every endpoint, so that clients can rely on one shape. Named without it, because the framework would build
a thousand models at each start, one a status and endpoint, that no answer passes through: the document adds the shape."""


class Request(HttpRequest):
    """A request whose credential was accepted."""

    auth: Tenant
    sent: Any
    rate: ratelimit.Allowance | None


class StrictJson(Parser):
    """Reads bodies by `canonical.parse`, and keeps what it read for the idempotency fingerprint."""

    def parse_body(self, request: HttpRequest) -> Any:
        ensure_of_a_size(request)
        sent = canonical.parse(request.body)
        setattr(request, SENT, sent)
        return sent


class Credential(APIKeyHeader):
    """A machine key as `x-api-key`, a person's token as `Authorization: Bearer`, or both."""

    param_name = "x-api-key"

    def __call__(self, request: HttpRequest) -> Any:
        _refuse_nul(request)
        given = auth.Credentials(
            api_key=request.META.get("HTTP_X_API_KEY", ""),
            authorization=request.META.get("HTTP_AUTHORIZATION", ""),
            owner_query=request.GET.get("owner_agent", "") if request.META["QUERY_STRING"] else "",
            owner_header=request.META.get("HTTP_X_OWNER_AGENT", ""),
        )
        actor = auth.authenticate(given)
        counted = request.META.get(COUNTED) or count(actor, _endpoint(request))
        setattr(request, RATE, counted.rate)
        if counted.refused:
            raise counted.refused
        if request.method in ("POST", "PATCH", "PUT") and not request.body:
            request._body = b"{}"
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        raise NotImplementedError("__call__ does it")


class CountedRequest(NamedTuple):
    """A request that was counted: what is left of its account's rate limit, if there is one, and what refuses it."""

    rate: ratelimit.Allowance | None
    refused: RateLimited | None = None


def count(actor: Tenant, endpoint: str) -> CountedRequest:
    """Count a request of `actor` at `endpoint` (`POST v1/...`) towards what its account and its workspace may make."""
    rate = None
    try:
        rate = ratelimit.spend(auth.account_id(actor), endpoint)
        limits.count_request(actor.workspace_id)
    except RateLimited as refusal:
        return CountedRequest(rate, refusal)
    return CountedRequest(rate)


def _refuse_nul(request: HttpRequest) -> None:
    """Nothing in a path or a query may hold NUL, as nothing in a body may: no text in the database can."""
    path = request.resolver_match.kwargs if request.resolver_match else {}
    if any("\x00" in str(value) for value in path.values()):
        raise Missing("nothing has an id with a NUL character")
    for name, values in request.GET.lists() if request.META["QUERY_STRING"] else ():
        if any("\x00" in value for value in values):
            raise InvalidField(name, "NUL characters are not allowed")


def _endpoint(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"{request.method} {match.route if match else request.path}"


def answer(body: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return HttpResponse(to_json(body), status=status, content_type=JSON)


def to_json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def idempotency_key(request: Request, *, secret: bool = False) -> IdempotencyKey | None:
    """The Idempotency-Key of this request, None without one; when the answer holds a `secret`, for the same
    credential alone. Raises InvalidField."""
    key = request.META.get(KEY_HEADER)
    if key is None:
        return None
    return idempotency.parse_key(
        workspace_id=request.auth.workspace_id,
        account_id=auth.speaker_id(request.auth, owner=owner_named(request), secret=secret),
        route=f"{request.method} {request.path}",
        key=key,
        sent=getattr(request, "sent", None),
    )


def owner_named(request: Request) -> str:
    """The agent that a request names to speak for, as it spells it; empty where it names none."""
    named = request.GET.get("owner_agent", "") if request.META["QUERY_STRING"] else ""
    return named or request.META.get("HTTP_X_OWNER_AGENT", "")


def replayed(stored: Stored) -> HttpResponse:
    response = HttpResponse(stored.body, status=stored.status_code, content_type=JSON)
    response["Idempotent-Replayed"] = "true"
    return response


def once(request: Request, work: Callable[[], dict[str, Any]], *, secret: bool = False) -> HttpResponse:
    """The answer of `work`; under an Idempotency-Key that was answered before, that answer. One that holds a `secret` is
    given again to the credential that it was given to, to no other of the account."""
    key = idempotency_key(request, secret=secret)
    if key is None:
        return answer(work())
    stored, replay = run_once(idempotency_key=key, work=lambda: (200, to_json(work())))
    return replayed(stored) if replay else HttpResponse(stored.body, status=stored.status_code, content_type=JSON)


def sent_object(request: Request) -> dict[str, Any]:
    """A body with free keys. Raises InvalidField unless it is an object."""
    ensure_of_a_size(request)
    request.sent = canonical.parse(request.body or b"{}")
    if not isinstance(request.sent, dict):
        raise InvalidField("", "the body must be a JSON object")
    return request.sent


def ensure_of_a_size(request: HttpRequest) -> None:
    """Raises PayloadTooLarge for a body that nothing sound could fill, before time is spent on reading it."""
    limit = settings.PAYLOAD_MAX_BYTES * LONGEST_ESCAPE
    if len(request.body) > limit and not request.path.endswith(OF_MANY):
        raise PayloadTooLarge(f"the body is larger than {limit} bytes", field="", limit=limit)


def sized_body(request: Request, body: dict[str, Any]) -> None:
    """Raises PayloadTooLarge when a body that is kept whole is larger than any JSON value may be."""
    if len(request.body) * LONGEST_ESCAPE > settings.PAYLOAD_MAX_BYTES:
        canonical.sized(body, "body")


def optional(kind: TypeAdapter[Value], body: dict[str, Any], field: str) -> Value:
    """A known key of a body with free keys. Raises InvalidField."""
    return checked(kind, body.get(field), field)


def checked(kind: TypeAdapter[Value], value: Any, field: str) -> Value:
    """`value` as `kind`. Raises InvalidField naming the place below `field`."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        raise refusal(error, below=field) from None


def as_id(text: str, what: str) -> UUID:
    """The id in a path. One that is no id is as unknown as any other: raises Missing."""
    try:
        return UUID(text)
    except ValueError:
        raise Missing(f"no {what} has the id {text[:80]}") from None


def alive(actor: Tenant, intent_id: UUID) -> None:
    """Working on an intent is a sign of life of whoever holds it."""
    holder = key_of(actor)
    if holder is not None:
        signs.renew(Sign.by(holder, intent_id))


@contextmanager
def ending_work(actor: Tenant, intent_id: UUID) -> Iterator[None]:
    """`alive` for a call that ends the work on an intent. Of a key alone only where it is refused: what is over has no lease
    any more, and noting the sign of life is a transaction more."""
    alone = isinstance(actor, Machine)
    if not alone:
        alive(actor, intent_id)
    try:
        yield
    except DomainError:
        if alone:
            alive(actor, intent_id)
        raise


def seen(actor: Tenant, row: Intent) -> None:
    """Looking at an intent is a sign of life only of one that speaks as its agent: a sender that shares the agent's key and
    waits for the answer must not keep a dead agent's lease in force."""
    holder = key_of(actor)
    if holder is not None and holder.speaks_as == row.mailbox:
        alive(holder, row.id)


def local(actor: Tenant, address: str) -> str:
    """`address` as a name in the actor's workspace. Raises InvalidAddress, AgentNotFound."""
    return local_name(address, org=actor.org_slug, workspace=actor.workspace_slug)


def admin(actor: Tenant) -> Tenant:
    """Who of the request manages agents and keys: an owner or admin, or else a workspace key. Raises Denied."""
    for side in reversed(sides(actor)):
        match side:
            case Person() if side.role in ADMINS:
                return side
            case Machine() if side.scope is Scope.WORKSPACE:
                return side
    raise Denied("only an owner, an admin or a workspace key manages agents and keys")
