"""One message being answered: its tool is run, again where it waits, and what came of it is put as clients read it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError

from intents import auth
from intents.kernel.actors import Tenant
from intents.mcp.outgoing import MessageStream
from intents.mcp.registry import Call, McpTool, NotYet, Outcome, Question, Started, ToolAnswer
from intents.rpc.calls import Calls
from intents.streams.changes import Changes
from intents.streams.hub import Hub

R = TypeVar("R")
Progress = Callable[[float, float | None, str | None], Awaitable[None]]
"""Tells the client how far its call is, where it asked for that: what grows each time, of how much, and a sentence."""


@dataclass(slots=True)
class Exchange:
    """Who asks, by what they were `given`, and on which loop. `gone` is done once the client has left, and `out` is what it
    hears before the answer. While it is answered, `told` becomes what stands beside the tool's content, `started` the intent
    that goes on by itself, and `away` why the database did not answer."""

    hub: Hub
    actor: Tenant
    given: auth.Credentials
    owner: str
    gone: "asyncio.Future[None]"
    out: MessageStream
    told: dict[str, Any] = field(default_factory=dict)
    started: UUID | None = None
    away: Exception | None = None

    @property
    def principal(self) -> str:
        """Whose sealed state is whose: another account, or the same in another's name, cannot use it."""
        return str(auth.speaker_id(self.actor, owner=self.owner))

    async def thread(self, work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Run blocking `work` on a thread of the edge, under the ids of this request."""
        try:
            return await self.hub.kind(Calls).in_thread(work, *args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            self.away = error
            raise

    async def run(
        self,
        tool: McpTool,
        sent: Mapping[str, Any],
        *,
        said: Mapping[str, Any] | None,
        state: str | None,
        progress: Progress,
    ) -> ToolAnswer | Question:
        """What the tool answers to these arguments. Raises domain errors."""
        arguments = tool.read(sent)
        call = Call(
            tool=tool.name,
            actor=self.actor,
            owner=self.owner,
            sent={name: value for name, value in sent.items() if name not in ("idempotency_key", "owner_agent")},
            key=getattr(arguments, "idempotency_key", None),
            state=state,
            said=said,
        )
        outcome: Outcome = await self.thread(tool.run, call, arguments)
        if isinstance(outcome, NotYet):
            outcome = await self._wait(tool, call, arguments, outcome, progress) if outcome.seconds > 0 else outcome.answer
        if isinstance(outcome, Started):
            self.started, outcome = outcome.intent_id, outcome.answer
        if isinstance(outcome, ToolAnswer):
            self.told = envelope(call, outcome)
        return outcome

    async def _wait(
        self, tool: McpTool, call: Call, arguments: Any, first: NotYet, progress: Progress
    ) -> ToolAnswer | Question | Started:
        ends_at, told = self.hub.loop.time() + first.seconds, 0
        with self.hub.kind(Changes).watching(first.intent_id) as watch:
            while True:
                # Once more before the first wait: it may have happened before anybody watched.
                outcome: Outcome = await self.thread(self._again, tool, call, arguments)
                if not isinstance(outcome, NotYet):
                    return outcome
                if outcome.seq > told:
                    told = outcome.seq
                    await progress(told, None, outcome.how)
                watch.known[first.intent_id] = outcome.seq
                left = ends_at - self.hub.loop.time()
                if left <= 0 or self.gone.done() or self.hub.closing:
                    return outcome.answer
                await watch.wait(left, self.gone)

    def _again(self, tool: McpTool, call: Call, arguments: Any) -> Outcome:
        """What the tool answers by now, to who is still who they were when they came. Raises as `auth.authenticate`."""
        auth.authenticate(self.given)
        return tool.run(call, arguments)


def envelope(call: Call, answer: ToolAnswer) -> dict[str, Any]:
    """An answer as published clients of the tools read it."""
    told: dict[str, Any] = {"ok": True, "tool": call.tool, "status": answer.status}
    if call.speaks_as:
        told["owner_agent"] = call.speaks_as
    return told | answer.more | {"data": answer.data}
