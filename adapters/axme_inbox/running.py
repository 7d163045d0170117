"""Where an intent is worked on: in a block of the program that submits it, or by a worker that stays."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from axme_inbox.client import Client, Json, Refused, mailbox, opened
from axme_inbox.waits import Intent, Parked
from axme_inbox.work import CLAIM_SECONDS, LEASE_SECONDS, LeaseLost, Over, take

log = logging.getLogger("axme_inbox")
Handler = Callable[[Intent], Awaitable[Any]]


@asynccontextmanager
async def _held(work: Intent) -> AsyncIterator[Intent]:
    """The lease is renewed meanwhile; what is raised lets the intent fail, or be tried again."""
    keeper = asyncio.create_task(work.keep())
    try:
        yield await work.begin()
    except (Over, LeaseLost):
        raise
    except Exception as error:
        with suppress(Refused):
            await work.fail(error)
        raise
    finally:
        keeper.cancel()


@asynccontextmanager
async def intent(
    intent_type: str, payload: Json, *, to: str, key: str, client: Client | None = None, **fields: Any
) -> AsyncIterator[Intent]:
    """An intent that this program submits, as the agent `to`, and works on in the block; it completes with `intent.result`.

    `key` makes it the same intent when the program is started again: it goes on behind what was stored. Of one that has
    ended, what is stored is given, and anything new raises Over.
    """
    async with opened(client) as api:
        made = await api.post(
            "/v1/intents", fields | {"intent_type": intent_type, "to_agent": to, "payload": payload}, key=key
        )
        work = Intent(api, await take(api, to, made["intent_id"]), stays=True)
        if "over" in work.delivery:
            yield await work.begin()
            return
        async with _held(work):
            yield work
            await work.complete()


class Agent:
    """A worker of one address, by `concurrency` intents at a time. Those submitted to it are of `intent_type`."""

    def __init__(self, address: str, handler: Handler, concurrency: int, intent_type: str) -> None:
        self.address, self._handler, self._concurrency = address, handler, concurrency
        self.intent_type = intent_type
        self._stop = asyncio.Event()

    async def __call__(self, work: Intent) -> Any:
        return await self._handler(work)

    def stop(self) -> None:
        """Take nothing new; `run` returns when what is in hand is done or waits."""
        self._stop.set()

    async def run(self, client: Client | None = None) -> None:
        """Work until `stop`, SIGTERM or SIGINT."""
        async with opened(client) as api:
            await self._run(api)

    async def _run(self, api: Client) -> None:
        running = set[asyncio.Task[None]]()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        stopped = asyncio.create_task(self._stop.wait())
        log.info("listening at %s", self.address)
        while not self._stop.is_set():
            if len(running) < self._concurrency:
                wanted = {
                    "max": self._concurrency - len(running),
                    "wait_seconds": CLAIM_SECONDS,
                    "lease_seconds": LEASE_SECONDS,
                }
                claim = asyncio.create_task(api.post(f"{mailbox(self.address)}/claim", wanted))
                await asyncio.wait({claim, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not claim.done():
                    claim.cancel()
                    break
                running |= {asyncio.create_task(self._work(api, found)) for found in claim.result()["intents"]}
            else:
                await asyncio.wait({*running, stopped}, return_when=asyncio.FIRST_COMPLETED)
            running = {task for task in running if not task.done()}
        stopped.cancel()
        if running:
            await asyncio.wait(running)

    async def work(self, delivery: Json) -> None:
        """Work on one delivery that the server brought. One whose lease is over is let go: it comes again, or came. So is
        one that was brought twice, by whoever comes second."""
        path, lease, own = f"/v1/intents/{delivery['intent_id']}", {"lease_token": delivery["lease_token"]}, str(uuid4())
        async with opened(None, speaks_as=self.address) as api:
            try:
                await api.post(f"{path}/heartbeat", lease)
                taken = await api.put(f"{path}/steps/taken-{delivery['lease_token']}", {"result": own} | lease)
            except Refused as refusal:
                log.warning("intent %s is let go: %s", delivery["intent_id"], refusal)
            else:
                if taken["step"]["result"] == own:
                    await self._work(api, delivery)

    async def _work(self, api: Client, delivery: Json) -> None:
        try:
            async with _held(Intent(api, delivery, stays=False)) as work:
                found = await self._handler(work)
                if found is not None:
                    work.result = found if isinstance(found, dict) else {"result": found}
                await work.complete()
        except Parked:
            pass
        except Exception:
            log.exception("intent %s", delivery["intent_id"])


def agent(address: str, *, concurrency: int = 10, intent_type: str = "") -> Callable[[Handler], Agent]:
    """Make `async def handle(intent)` the worker of an address: what it returns is the result. Where it waits it ends, and
    it is begun anew, by any worker, when the wait is over. Without an `intent_type`, `handle.v1` is submitted to it."""
    return lambda handler: Agent(address, handler, concurrency, intent_type or f"{handler.__name__.lower()}.v1")
