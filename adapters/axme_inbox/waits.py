"""What an intent waits for: people, tools, agents, time. A wait outlives the program, which may end meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from axme_inbox.client import Json
from axme_inbox.work import Work, take


class Expired(Exception):
    """Nothing came within the time given for a wait."""


class Parked(BaseException):
    """Not an error: the intent waits, and the program is rid of it. Let it pass."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What people decided. `outcome` is `expired` when nobody did in time; `by` is who, where it was asked for."""

    outcome: str
    comment: str | None
    data: Json
    answer: Json
    by: str | None = None

    @classmethod
    def of(cls, told: Json, by: str | None = None) -> Self:
        return cls(told["outcome"], told.get("comment"), told.get("data") or {}, told, by)

    @property
    def approved(self) -> bool:
        return self.outcome == "approved"


Seconds = float | timedelta | None


def seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


class Intent(Work):
    """One delivery of an intent, for a program that runs from its beginning each time."""

    _nth = 0

    async def wait_for_human(
        self, title: str, *, within: Seconds = None, name: str | None = None, **human_task: Any
    ) -> Decision:
        """Ask people; `human_task` is as in the API. When nobody decides, the outcome is `expired`."""
        body = {"for": "human", "human_task": {"title": title} | human_task}
        resume = await self._wait(name, body, "deadline_seconds", within)
        return Decision.of({"outcome": "expired"} if resume.get("expired") else resume["task_result"])

    async def wait_for_tool(
        self,
        *,
        api: str,
        job: str | None = None,
        tell: Callable[[str], Awaitable[Any]] | None = None,
        within: Seconds = None,
        name: str | None = None,
    ) -> Json:
        """What a service says once it is done: about its `job`, begun in a step before, or at the address that `tell` gives
        it. A program that dies before `tell` is over has told nobody: prefer a job. Raises Expired."""
        body = {"for": "tool", "tool": api} | ({"external_id": job} if job else {})
        answer: Json = self._timely(await self._wait(name, body, "timeout_seconds", within, tell))["result"]
        return answer

    async def wait_for_agent(
        self, *intents: Json, until: str = "all", within: Seconds = None, name: str | None = None
    ) -> list[Json]:
        """How these intents, submitted now, ended, in their order: `intent_id`, `status` with `result`, `error` or `reason`;
        with `until` "any" of those that had. Raises Expired."""
        body = {"for": "agent", "intents": list(intents), "until": until}
        results: Json = self._timely(await self._wait(name, body, "timeout_seconds", within))["results"]
        # Ids are ordered by time: theirs as the intents are in the request.
        return [{"intent_id": one} | results[one] for one in sorted(results)]

    async def wait_for_time(
        self, when: datetime | timedelta | float | str, *, timezone: str = "UTC", name: str | None = None
    ) -> None:
        """Until a time, for a while (seconds or timedelta), or until the next time of a cron expression."""
        if isinstance(when, str):
            body: Json = {"cron": when, "timezone": timezone}
        elif isinstance(when, datetime):
            body = {"until": when.isoformat()}
        else:
            body = {"delay_seconds": seconds(when)}
        await self._wait(name, {"for": "time"} | body)

    @staticmethod
    def _timely(answer: Json) -> Json:
        if answer.get("expired"):
            raise Expired
        return answer

    async def _wait(
        self,
        name: str | None,
        body: Json,
        limit: str = "",
        within: Seconds = None,
        tell: Callable[[str], Awaitable[Any]] | None = None,
    ) -> Json:
        """What satisfied the wait of this name; without one, of this place among those without. A stored number says which
        of the intent's waits it was: the last one's answer comes with the delivery."""
        self._nth += name is None
        key = name or f"wait-{self._nth}"
        if key not in self._stored:
            if self._stored.get(f"{key}.asked") != self._waits or self.delivery.get("resume") is None:
                if within is not None:
                    body |= {limit: seconds(within), "on_timeout": "resume"}
                await self.step(f"{key}.asked", lambda: self._waits + 1)
                begun = await self.client.post(f"{self._path}/wait", self._fenced(body), key=f"{self.id}-{key}")
                self._waits += 1
                if tell is not None:
                    await tell(begun["callback_url"])
                if not self._stays:
                    raise Parked
                self._away = True
                self.delivery = await take(self.client, self.delivery["to_agent"], self.id)
                self._away = False
            await self._store(key, self.delivery.get("resume"))
        answer: Json = self._stored[key]
        return answer
