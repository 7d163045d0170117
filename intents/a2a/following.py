"""A stream of what becomes of a task, as server-sent events whose data are JSON-RPC responses."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError

from intents import auth
from intents.a2a import tasks, work
from intents.a2a.dialects import JSON, Dialect
from intents.a2a.refusals import REFUSALS
from intents.a2a.tasks import Snapshot
from intents.kernel.errors import DomainError
from intents.rpc.calls import Calls
from intents.rpc.open_streams import OpenStreams
from intents.streams import sse
from intents.streams.changes import Changes, Gone
from intents.streams.hub import Hub
from intents.streams.sse import Send

LONGEST_SECONDS = 3600.0
"""Then it ends, and the client subscribes again."""
BEAT_SECONDS = 10.0

log = logging.getLogger(__name__)
Write = Callable[[bytes], Awaitable[None]]


class Following:
    """The rest of an answer: what becomes of a task from `first` on."""

    def __init__(
        self, dialect: Dialect, asked: Any, given: auth.Credentials, first: Snapshot, *, workspace_id: UUID
    ) -> None:
        self._workspace_id = workspace_id
        self._dialect = dialect
        self._asked = asked
        self._given = given
        self._last = first

    async def stream(self, hub: Hub, send: Send, gone: Gone) -> None:
        """Until the task rests, the client has left, the server stops, or the time is over."""
        with hub.kind(OpenStreams).one(self._workspace_id):
            await self._stream(hub, send, gone)

    async def _stream(self, hub: Hub, send: Send, gone: Gone) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": sse.HEADERS})

        async def write(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        await write(self._frame(self._dialect.sent(tasks.task(self._last, self._dialect))))
        try:
            if self._last.rests:
                await self._end(write)
            else:
                await self._follow(hub, write, gone)
        except DomainError as error:
            await write(_framed(REFUSALS.refusal(self._asked, error)))
        except (OperationalError, InterfaceError) as error:
            log.warning("database away", extra={"action": "a2a", "error": repr(error)})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _follow(self, hub: Hub, write: Write, gone: Gone) -> None:
        ends_at = hub.loop.time() + LONGEST_SECONDS
        in_thread = hub.kind(Calls).in_thread
        with hub.kind(Changes).watching(self._last.intent_id) as watch:
            news = True  # before anybody watched
            while not gone.done() and not hub.closing and hub.loop.time() < ends_at:
                if news:
                    found = await in_thread(work.again, self._given, self._last.intent_id)
                    if found.seq != self._last.seq:
                        self._last = found
                        if found.rests:
                            await self._end(write)
                            return
                        await write(self._frame(self._update(last=False)))
                else:
                    # Who is no more who they were hears nothing more. The many streams of one key look that up together.
                    await in_thread(auth.authenticate, self._given)
                    await write(sse.HEARTBEAT)
                watch.known[self._last.intent_id] = self._last.seq
                news = await watch.wait(BEAT_SECONDS, gone)

    async def _end(self, write: Write) -> None:
        made = tasks.artifact(self._last, self._dialect)
        if made is not None:
            await write(self._frame(self._dialect.artifact_update(self._last.ids | {"artifact": made})))
        await write(self._frame(self._update(last=True)))

    def _update(self, *, last: bool) -> JSON:
        fields = self._last.ids | {"status": tasks.status(self._last, self._dialect)}
        return self._dialect.status_update(fields, last=last)

    def _frame(self, result: JSON) -> bytes:
        return _framed({"jsonrpc": "2.0", "id": self._asked, "result": result})


def _framed(response: JSON) -> bytes:
    return f"data: {json.dumps(response, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
