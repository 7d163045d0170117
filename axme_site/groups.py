"""Requests that arrive together share a transaction.

While a group is committed the next one gathers. Who comes alone does not wait: a group begins as soon as the loop has read
what is there. Of those that wait each workspace gets its turn, so that one which sends thousands holds up no other.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import close_old_connections

from axme_site import metrics, problems
from axme_site.bridge import JSON, Reply, Scope, busy, problem
from axme_site.threads import Busy, Threads
from intents.api import grouped
from intents.api.common import COUNTED
from intents.api.grouped import Done, Taken
from intents.kernel.ratelimit import Allowance

log = structlog.get_logger()

MOST = 64
"""Requests of a group: beyond that a transaction takes longer, and each of them costs no less."""
LONGEST_QUEUE = 1000
LATE_SECONDS = 0.5
"""A group that takes so long waits for a lock of one of its workspaces: the others go on in another group, and these by
themselves, until it is done."""
MOST_LATE = 2
"""Late groups beside the one that runs, each of which holds a thread."""

Outcome = Done | Exception | None
"""Of one request: None for what was not tried, what was raised where nobody knows what became of the group."""
Answer = asyncio.Future[Outcome]


class Waiting(NamedTuple):
    taken: Taken
    answer: Answer


class Groups:
    """The submits of a process. Used on its event loop alone."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._queues: dict[UUID, deque[Waiting]] = {}
        self._count = 0
        self._running = False
        self._late: list[Sequence[Waiting]] = []

    async def answer(self, scope: Scope, body: bytes | bytearray) -> Reply | None:
        """The answer to a request whose body was read; None for what is to be answered on the ordinary path, which is then
        not counted again."""
        if scope["path"] != grouped.PATH or scope["method"] != "POST" or scope["query_string"]:
            return None
        if self._count >= LONGEST_QUEUE:
            return None
        taken = grouped.take(scope["headers"], body)
        if taken is None or self._is_late(taken.actor.workspace_id):
            return None
        done = await self._put(taken)
        if isinstance(done, Exception):
            return _failed(done)
        if done is not None:
            scope[COUNTED] = done.counted
        return None if done is None or done.answer is None else _reply(done.answer, done.counted.rate)

    def _put(self, taken: Taken) -> Answer:
        loop = asyncio.get_running_loop()
        answer: Answer = loop.create_future()
        self._queues.setdefault(taken.actor.workspace_id, deque()).append(Waiting(taken, answer))
        self._count += 1
        if not self._running:
            self._running = True
            # Not at once: what else the loop has just read comes along.
            loop.call_soon(self._begin)
        return answer

    def _begin(self) -> None:
        group = self._next()
        if not group:
            self._running = False
            return
        loop = asyncio.get_running_loop()
        try:
            job = self._threads.run(_run, [one.taken for one in group])
        except Busy:
            # The ordinary path says so.
            self._running = False
            for one in (*group, *self._leave(list(self._queues))):
                _settle(one, None)
            return
        late = loop.call_later(LATE_SECONDS, self._be_late, group)
        job.add_done_callback(partial(self._end, group, late))

    def _next(self) -> list[Waiting]:
        """The first of each workspace, the second of each, and so on."""
        group: list[Waiting] = []
        while self._queues and len(group) < MOST:
            workspace_id = next(iter(self._queues))
            queue = self._queues.pop(workspace_id)
            group.append(queue.popleft())
            if queue:
                self._queues[workspace_id] = queue
        self._count -= len(group)
        return group

    def _be_late(self, group: Sequence[Waiting]) -> None:
        """Let the next group begin while this one still runs."""
        if len(self._late) >= MOST_LATE:
            return
        self._late.append(group)
        for one in self._leave({one.taken.actor.workspace_id for one in group}):
            _settle(one, None)
        self._begin()

    def _leave(self, workspaces: Iterable[UUID]) -> list[Waiting]:
        """Those of these workspaces wait no more."""
        left = [one for workspace_id in workspaces for one in self._queues.pop(workspace_id, ())]
        self._count -= len(left)
        return left

    def _is_late(self, workspace_id: UUID) -> bool:
        return any(one.taken.actor.workspace_id == workspace_id for group in self._late for one in group)

    def _end(
        self, group: Sequence[Waiting], late: asyncio.TimerHandle, job: "asyncio.Future[list[Done] | Exception]"
    ) -> None:
        late.cancel()
        done = job.result()
        metrics.GROUP_SIZE.observe(len(group))
        for place, one in enumerate(group):
            _settle(one, done if isinstance(done, Exception) else done[place])
        if group in self._late:
            self._late.remove(group)
        else:
            self._begin()


def _run(taken: Sequence[Taken]) -> list[Done] | Exception:
    try:
        return grouped.submit_all(taken)
    except Exception as error:
        if not isinstance(error, problems.DATABASE_AWAY):
            log.exception("group_failed", requests=len(taken))
        close_old_connections()
        return error


def _settle(one: Waiting, outcome: Outcome) -> None:
    if not one.answer.done():  # else the client left
        one.answer.set_result(outcome)


def _reply(answer: str, rate: Allowance | None) -> Reply:
    body = answer.encode()
    headers = [JSON, (b"content-length", b"%d" % len(body))]
    if rate is not None:
        headers += [(name.lower().encode(), value.encode()) for name, value in problems.rate_headers(rate).items()]
    return Reply(200, headers, body, grouped.PATH)


def _failed(error: Exception) -> Reply:
    """As the API answers it."""
    if isinstance(error, problems.DATABASE_AWAY):
        problems.note_database_away(error)
        return busy(problems.DATABASE_MESSAGE)._replace(route=grouped.PATH)
    return problem(500, "internal_error", "something went wrong on our side")._replace(route=grouped.PATH)
