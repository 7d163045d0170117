"""Long polls: a request for work that waits until there is some. `GET .../intents` (poll) and `POST .../claim`.

Their leases run by time alone: the response is over when the work begins.
"""

import asyncio
from asyncio import FIRST_COMPLETED
from collections import defaultdict
from typing import cast
from uuid import UUID

from intents.engine.leases import Holder
from intents.engine.services.deliveries import LeasedIntent, deliver
from intents.kernel.actors import Machine
from intents.streams.agents import Mailbox, with_work
from intents.streams.hub import Hub, StreamKind


class Polls(StreamKind):
    """All waiting polls of this process."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._waiting: dict[Mailbox, set[asyncio.Event]] = defaultdict(set)

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
                leased: list[LeasedIntent] = await self._hub.in_thread(
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
