"""Whoever wants something done, and then its result: at once, later, or as another program that knows the intent's id."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from axme_inbox.client import Client, Json, opened
from axme_inbox.running import Agent
from axme_inbox.waits import Expired, Seconds, seconds
from axme_inbox.work import OVER, Over


@dataclass(frozen=True, slots=True)
class Submitted:
    """An intent that others work on. It goes on whether or not anybody waits for it."""

    id: str
    client: Client | None = None

    async def events(self, since: int = 0) -> AsyncGenerator[Json, None]:
        """What happens to it, as it happens, from behind `since` to its end."""
        async with opened(self.client) as api, aclosing(api.events(f"/v1/intents/{self.id}", since)) as told:
            async for event in told:
                yield event
                if event["status"] in OVER:
                    return

    async def result(self, *, within: Seconds = None) -> Json:
        """What it came to, told by the server and not asked for again and again. Raises Over when it did not complete,
        Expired when it has not ended `within` that time; it goes on, and may be waited for anew."""
        try:
            async with asyncio.timeout(seconds(within) if within is not None else None):
                async for _ in self.events():
                    pass
                async with opened(self.client) as api:
                    intent: Json = (await api.get(f"/v1/intents/{self.id}"))["intent"]
        except TimeoutError:
            raise Expired from None
        if intent["status"] != "COMPLETED":
            raise Over(intent)
        result: Json = intent["result"]
        return result


async def submit(
    to: Agent | str,
    payload: Json | None = None,
    *,
    intent_type: str = "",
    key: str | None = None,
    client: Client | None = None,
    **fields: object,
) -> Submitted:
    """Submit to a worker of this program or another, or to an address, which needs an `intent_type`. The same `key` submits
    the same intent once, however often it is called: a program that was killed gets it again, and then its result."""
    address, kind = (to.address, intent_type or to.intent_type) if isinstance(to, Agent) else (to, intent_type)
    body = fields | {"intent_type": kind, "to_agent": address, "payload": payload or {}}
    async with opened(client) as api:
        made = await api.post("/v1/intents", body, key=key)
    return Submitted(made["intent_id"], client)
