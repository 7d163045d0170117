"""Long polls: a request for work that waits until there is some. `GET .../intents` (poll) and `POST .../claim`.

Their leases run by time alone: the response is over when the work begins. Claims that one credential makes of a mailbox at
the same moment, as when work comes for many that wait, are one claim to the database.
"""

import asyncio
from asyncio import FIRST_COMPLETED
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, cast
from uuid import UUID

from intents.engine.leases import Holder
from intents.engine.services.deliveries import LeasedIntent, deliver
from intents.kernel.actors import Machine
from intents.streams.agents import Mailbox, with_work
from intents.streams.hub import Hub, StreamKind
from intents.streams.shared import Shared

MOST = 200
"""Intents that claims take together, of which one alone may take fewer."""


class Claimer(NamedTuple):
    """Whose claims are one: of a mailbox by one credential, with leases of so many seconds."""

    actor: Machine
    target: str
    lease_seconds: int | None


class Claim(NamedTuple):
    """A claim of `limit` intents at most."""

    claimer: Claimer
    limit: int


Claims = Shared[Claim, list[LeasedIntent]]


class Polls(StreamKind):
    """All waiting polls of this process."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._waiting: dict[Mailbox, set[asyncio.Event]] = defaultdict(set)
        self._claims: dict[Claimer, Claims] = {}

    def clients(self) -> dict[str, int]:
        return {"polls": sum(map(len, self._waiting.values()))}

    def woken(self, signal: list[str]) -> None:
        if signal[0] == "mailbox":
            for waiting in self._waiting.get((UUID(signal[1]), signal[2]), ()):
                waiting.set()

    async def look(self) -> None:
        if self._waiting:
            for mailbox in await self._hub.in_thread(with_work, list(self._waiting)):
                for waiting in self._waiting.get(mailbox, ()):
                    waiting.set()

    def closing(self) -> None:
        for waiting in [one for found in self._waiting.values() for one in found]:
            waiting.set()

    async def claim(
        self,
        *,
        actor: Machine,
        target: str,
        limit: int,
        wait_seconds: float,
        lease_seconds: int | None,
        intent_id: UUID | None,
        gone: "asyncio.Future[None]",
    ) -> list[LeasedIntent]:
        """Work of `target`, at most `limit`, or this intent of it; none when none came in `wait_seconds`, the client left or
        the server stops."""
        mailbox = (actor.workspace_id, target)
        ends_at = self._hub.loop.time() + wait_seconds
        came = asyncio.Event()
        self._waiting[mailbox].add(came)
        try:
            while True:
                came.clear()
                if intent_id is None:
                    leased = await self._claim(Claim(Claimer(actor, target, lease_seconds), limit))
                else:
                    leased = await self._hub.in_thread(
                        deliver,
                        actor=actor,
                        target=target,
                        holder=Holder(actor.credential_id),
                        limit=limit,
                        lease_seconds=lease_seconds,
                        intent_id=intent_id,
                    )
                left = ends_at - self._hub.loop.time()
                if leased or left <= 0 or gone.done() or self._hub.closing:
                    return leased
                waiter: asyncio.Future[object] = asyncio.ensure_future(came.wait())
                await asyncio.wait({waiter, cast("asyncio.Future[object]", gone)}, timeout=left, return_when=FIRST_COMPLETED)
                waiter.cancel()
        finally:
            self._waiting[mailbox].discard(came)
            if not self._waiting[mailbox]:
                del self._waiting[mailbox]

    async def _claim(self, claim: Claim) -> list[LeasedIntent]:
        claims = self._claims.setdefault(claim.claimer, Shared(self._hub, _claimed))
        try:
            return await claims.ask(claim)
        finally:
            if claims.is_idle and self._claims.get(claim.claimer) is claims:
                del self._claims[claim.claimer]


def _claimed(claims: Sequence[Claim]) -> list[list[LeasedIntent] | Exception]:
    """What each takes, first come, first served."""
    answers: list[list[LeasedIntent] | Exception] = []
    for some in _parts(claims):
        actor, target, lease_seconds = some[0].claimer
        try:
            holder, limit = Holder(actor.credential_id), sum(one.limit for one in some)
            leased = deliver(actor=actor, target=target, holder=holder, limit=limit, lease_seconds=lease_seconds)
        except Exception as error:
            if not answers:
                raise
            # What the parts before have taken is theirs all the same.
            answers += [error] * len(some)
            continue
        left = iter(leased)
        answers += [list(islice(left, one.limit)) for one in some]
    return answers


def _parts(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    """In parts that take MOST together, or are one claim."""
    part: list[Claim] = []
    for one in claims:
        if part and sum(each.limit for each in part) + one.limit > MOST:
            yield part
            part = []
        part.append(one)
    if part:
        yield part
