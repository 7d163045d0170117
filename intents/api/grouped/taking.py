"""Reading a request of a call that is grouped, and doing what a group of them wants."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from intents import auth
from intents.accounts.services.keys import PREFIX as KEY_PREFIX
from intents.api.common import LONGEST_ESCAPE, CountedRequest, count
from intents.engine.services import idempotency
from intents.engine.services.idempotency import IdempotencyKey
from intents.engine.sharing import NothingDone
from intents.kernel import canonical, tracing
from intents.kernel.actors import Machine, Person, Tenant
from intents.kernel.errors import DomainError
from intents.kernel.tracing import Trace

LONGEST_BODY = 16 * 1024
"""Bytes. Reading a longer one would hold up all others on the loop."""
AGAIN_SECONDS = 8.0
"""For so long the workspaces of a group that waited too long try again, one after the other: all hold one thread, and who
comes last waits for those before."""
WAITED_SECONDS = 1.0
"""Who waited for so long is looked up again: what was revoked meanwhile is refused. With the time for which a credential is
believed that is less than the 5 s in which revoking one must act."""

_CREDENTIALS = (b"x-api-key", b"authorization")
_READ = frozenset({*_CREDENTIALS, b"idempotency-key", b"x-owner-agent", b"content-type"})

log = logging.getLogger(__name__)


Caller = TypeVar("Caller", Machine, Person)


class RequestOf(NamedTuple, Generic[Caller]):
    """A plain request: who asks, by a request of these ids, and the body as it was sent, of so many bytes. `intent_id` and
    `key` are those of its path, where it has them."""

    actor: Caller
    sent: Any
    size: int
    idempotency_key: IdempotencyKey | None
    trace: Trace
    intent_id: UUID | None
    key: str


PlainRequest = RequestOf[Machine]
PersonsRequest = RequestOf[Person]


class Lane(NamedTuple):
    """Calls whose requests share transactions. `run` does what is wanted: the answers as JSON text, None for what is left to
    the ordinary path. It uses the database, and raises NothingDone, or what tells that the database went away."""

    name: str
    run: "Callable[[Sequence[Taken]], list[str | None]]"


class GroupedCall(NamedTuple):
    """One call of a lane. `route` is its pattern as Django has it. `read` makes of a machine's request what the lane is to
    do, `read_person` of a person's, where these are grouped at all; both raise whatever the ordinary path is to tell."""

    lane: Lane
    method: str
    route: str
    read: Callable[[PlainRequest], Any] | None
    read_person: Callable[[PersonsRequest], Any] | None = None
    status: int = 200
    """Of the answer."""

    @property
    def is_keyed(self) -> bool:
        """Whether its path ends by a key."""
        return self.route.endswith("<key>")

    @property
    def endpoint(self) -> str:
        """As rate limits name it."""
        return f"{self.method} {self.route[1:]}"


class Matched(NamedTuple):
    """Where a request goes: the call, and what its path names."""

    call: GroupedCall
    path: str
    intent_id: UUID | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that was read, at `taken_at` by `time.monotonic`, and may go in a group: what it is `wanted` to do. `actor`
    is whom its headers named then."""

    actor: Tenant
    call: GroupedCall
    wanted: Any
    headers: Mapping[bytes, str]
    taken_at: float


class Done(NamedTuple):
    """What became of one: the `answer` as JSON text, None for what the ordinary path is to answer. It was `counted`. Its
    group is `undone` where that failed as a whole, whatever one of them is; with an `error` that is for them all."""

    answer: str | None
    counted: CountedRequest
    undone: bool = False
    error: Exception | None = None


def take(
    at: Matched,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes | bytearray,
    may_wait: Callable[[UUID], bool] = lambda workspace_id: True,
) -> Taken | None:
    """A request without a query, read; None where it is not plain, or not sound, or its workspace's may not wait for a
    group. Headers have their names in lower case. Raises what `may_wait` does."""
    if len(body) > min(LONGEST_BODY, settings.PAYLOAD_MAX_BYTES * LONGEST_ESCAPE):
        return None
    found = _plain(headers)
    if found is None:
        return None
    try:
        actor = _caller(found, at.call)
    except DomainError:
        return None
    if actor is None or not may_wait(actor.workspace_id):
        return None
    try:
        sent = canonical.parse(bytes(body) or b"{}")
        idempotency_key = None
        if (key := found.get(b"idempotency-key")) is not None:
            idempotency_key = idempotency.parse_key(
                workspace_id=actor.workspace_id,
                account_id=auth.speaker_id(actor),
                route=f"{at.call.method} {at.path}",
                key=key,
                sent=sent,
            )
        asked: RequestOf[Any] = RequestOf(actor, sent, len(body), idempotency_key, tracing.current(), at.intent_id, at.key)
        read = at.call.read_person if isinstance(actor, Person) else at.call.read
        wanted = read(asked) if read else None
    except Exception:
        return None  # whatever it is, the ordinary path meets it too, and tells
    return Taken(actor, at.call, wanted, found, time.monotonic()) if wanted is not None else None


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, str] | None:
    """The headers that a call reads; None where one comes twice, or speaks for somebody else, or of another kind of body."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in _READ:
            if name in found or name == b"x-owner-agent":
                return None
            found[name] = value.decode("latin-1")
    kind = found.get(b"content-type", "application/json")
    return found if kind.startswith("application/json") else None


def _caller(found: Mapping[bytes, str], call: GroupedCall) -> Tenant | None:
    """Who asks, by credentials that were looked up a moment ago; None where there may be others, and where the call is not
    grouped for such as they are. Raises InvalidActorScope."""
    key = found.get(b"x-api-key", "")
    if b"authorization" not in found:
        return auth.remembered(key) if call.read else None
    scheme, _, bearer = found[b"authorization"].partition(" ")
    bearer = bearer.strip()
    if scheme.lower() != "bearer":
        return None
    if bearer.startswith(KEY_PREFIX):
        return auth.remembered(bearer) if call.read and not key else None
    return auth.remembered_person(bearer, key) if call.read_person else None


def run(lane: Lane, taken: Sequence[Taken]) -> list[Done]:
    """Do what a group of a lane wants, each for itself. Uses the database.

    Raises what the lane does when the database went away.
    """
    counted = [count(one.actor, one.call.endpoint) for one in taken]
    others = _others(taken)
    goes = [not of_it.refused and number not in others for number, of_it in enumerate(counted)]
    group = [one for one, its in zip(taken, goes, strict=True) if its]
    left = iter(_answers(lane, group) if group else [])
    return [_done(next(left) if its else None, of_it) for its, of_it in zip(goes, counted, strict=True)]


def _others(taken: Sequence[Taken]) -> set[int]:
    """The places of those that waited, and whose credentials now are of nobody, or of somebody who may do other things."""
    since = time.monotonic() - WAITED_SECONDS
    waited = [number for number, one in enumerate(taken) if one.taken_at < since]
    found: dict[tuple[str, ...], Tenant | None] = {}
    others = set()
    for number in waited:
        one = taken[number]
        credentials = tuple(one.headers.get(name, "") for name in _CREDENTIALS)
        if credentials not in found:
            found[credentials] = _caller_now(one)
        if found[credentials] != one.actor:
            others.add(number)
    return others


def _caller_now(one: Taken) -> Tenant | None:
    """Uses the database where no later request had them looked up."""
    try:
        caller = _caller(one.headers, one.call)
        if caller is not None:
            return caller
        for name in _CREDENTIALS:
            if value := one.headers.get(name):
                auth.look_again(value if name == b"x-api-key" else value.partition(" ")[2].strip())
        return _caller(one.headers, one.call)
    except DomainError:
        return None


def _answers(lane: Lane, group: Sequence[Taken]) -> list[str | Exception | None]:
    try:
        return [*lane.run(group)]
    except NothingDone as error:
        told = {"action": f"{lane.name}.group", "requests": len(group), "error": type(error.__cause__).__name__}
        log.warning("nothing of a group was done", extra=told)
        parts: dict[UUID, list[int]] = {}
        for place, one in enumerate(group):
            parts.setdefault(one.actor.workspace_id, []).append(place)
        if error.waited is None or len(parts) == 1:
            return [error] * len(group)
        undone = error
    # One of these workspaces has what they waited for.
    found: dict[int, str | Exception | None] = dict.fromkeys(range(len(group)), undone)
    ends_at = time.monotonic() + AGAIN_SECONDS
    for places in parts.values():
        if time.monotonic() >= ends_at:
            break
        try:
            found |= zip(places, _answers(lane, [group[place] for place in places]), strict=True)
        except (OperationalError, InterfaceError) as error:
            # Of the workspaces before it is known what was done, of those behind that nothing was.
            found |= dict.fromkeys(places, error)
            break
    return [found[place] for place in range(len(group))]


def _done(found: str | Exception | None, counted: CountedRequest) -> Done:
    """Of what is undone each tries alone, for one may be at fault. But not where a workspace waited too long: each would
    wait as long again, on a thread of its own."""
    if isinstance(found, Exception):
        return Done(None, counted, undone=True, error=found.waited if isinstance(found, NothingDone) else found)
    return Done(found, counted)
