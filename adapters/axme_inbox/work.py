"""An intent in the hands of a program: its lease, and its steps, which are stored once."""

import asyncio
import inspect
import os
from collections.abc import Callable, Sequence
from typing import Any, Self
from urllib.parse import quote

from axme_inbox.client import Client, Json, Refused, mailbox

LEASE_SECONDS = int(os.environ.get("AXME_LEASE_SECONDS", "60"))
"""After which what a program held that was killed is given to another."""

CLAIM_SECONDS = 20
OVER = frozenset({"COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"})


class Failed(Exception):
    """Raise it to end the intent as FAILED; what else is raised, but a refusal, lets it be tried again."""


class Over(Exception):
    """The intent has ended; `status`, `result` and `error` say how."""

    def __init__(self, intent: Json) -> None:
        self.status, self.result, self.error = str(intent["status"]), intent.get("result"), intent.get("error")
        super().__init__(f"the intent is {self.status}" + (f": {self.error}" if self.error else ""))


class LeaseLost(Exception):
    """The work went on elsewhere, after this program was silent for too long."""


class Work:
    """One delivery of an intent. The program runs from its beginning each time: what is stored is not done again, so it has
    to come to the same steps and waits in the same order."""

    def __init__(self, client: Client, delivery: Json, *, stays: bool) -> None:
        self.client, self.delivery = client, delivery
        self.id, self.payload = str(delivery["intent_id"]), delivery["payload"]
        self.result: Json = {}
        self._stays, self._path = stays, f"/v1/intents/{self.id}"
        self._stored: Json = {}
        self._waits = 0
        self._lost = self._away = False
        """Somebody else has the work; it waits, and nobody has."""

    async def begin(self) -> Self:
        """Read what earlier deliveries stored."""
        page: Json = {"next_cursor": ""}
        while (cursor := page["next_cursor"]) is not None:
            page = await self.client.get(f"{self._path}/steps", **({"cursor": cursor} if cursor else {}))
            self._stored |= {step["key"]: step["result"] for step in page["steps"]}
        await self._count_waits()
        return self

    async def _count_waits(self) -> None:
        """What satisfied the last wait comes with each delivery until the next one: which wait it was, the history tells."""
        since: int | None = 0
        self._waits, before = 0, ""
        while since is not None and self.delivery.get("resume") is not None:
            page = await self.client.get(f"{self._path}/events", since=since, limit=1000)
            for event in page["events"]:
                self._waits += event["status"] == "WAITING" != before
                before = event["status"]
            since = page["next_since"]

    def _fenced(self, body: Json) -> Json:
        if "over" in self.delivery:
            raise Over(self.delivery["over"])
        if self._lost:
            raise LeaseLost(self.id)
        return body | {"lease_token": self.delivery["lease_token"]}

    async def step(self, key: str, work: Callable[[], Any]) -> Any:
        """The stored result of `work`, plain or async, whose result is any JSON. Where there is none it is done now and
        stored; between the two a program can die, so let whom `work` asks know it by f"{intent.id}-{key}"."""
        if key not in self._stored:
            self._fenced({})
            found = work()
            result = await found if inspect.isawaitable(found) else found
            await self._store(key, result)
        return self._stored[key]

    async def _store(self, key: str, result: Any) -> None:
        stored = await self.client.put(f"{self._path}/steps/{quote(key, safe='')}", self._fenced({"result": result}))
        self._stored[key] = stored["step"]["result"]

    async def checkpoint(self, state: Any, **more: Any) -> None:
        """Save where the work stands; `delivery["checkpoint"]` is the last one."""
        await self.client.post(f"{self._path}/checkpoint", self._fenced({"state": state} | more))

    async def progress(self, message: str, percent: float | None = None) -> None:
        more = {} if percent is None else {"percent": percent}
        await self.client.post(f"{self._path}/progress", self._fenced({"message": message} | more))

    async def keep(self) -> None:
        """Renew the lease until canceled, or it is lost."""
        while not self._lost:
            await asyncio.sleep(LEASE_SECONDS / 4)
            token = self.delivery.get("lease_token")
            if not self._away:
                try:
                    await self.client.post(f"{self._path}/heartbeat", {"lease_token": token})
                except Refused:
                    self._lost = not self._away and token == self.delivery.get("lease_token")

    async def complete(self) -> None:
        await self.client.post(f"{self._path}/resume", self._fenced(self.result))

    async def fail(self, error: Exception) -> None:
        told = {"type": type(error).__name__, "message": str(error)[:2000]}
        again = not isinstance(error, Failed | Refused)
        await self.client.post(f"{self._path}/fail", self._fenced({"error": told, "retryable": again}))


async def take(client: Client, address: str, intent_id: str) -> Json:
    """The delivery of this intent, once it is ready; of one that has ended, its end under `over`."""
    wanted = {"intent_id": intent_id, "lease_seconds": LEASE_SECONDS, "wait_seconds": 0}
    while True:
        found: Sequence[Json] = (await client.post(f"{mailbox(address)}/claim", wanted))["intents"]
        if found:
            return dict(found[0])
        intent: Json = (await client.get(f"/v1/intents/{intent_id}"))["intent"]
        if intent["status"] in OVER:
            return {"over": intent} | intent
        wanted["wait_seconds"] = CLAIM_SECONDS
