"""Requests that arrive together share a transaction.

While a group is committed the next one gathers. Who comes alone does not wait: a group begins as soon as the loop has read
what is there. Of those that wait each workspace gets its turn, and a share of the places, so that one which sends
thousands holds up no other: its groups run beside the others' (`turns.py`).
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import close_old_connections

from axme_site import metrics, problems
from axme_site.bridge import JSON, Reply, Scope, busy, problem, refusal
from axme_site.known import Known
from axme_site.lines import Busy
from axme_site.places import MOST_LATE, Place, Places
from axme_site.threads import Threads
from axme_site.turns import Neighbours, Turns
from inbox.api import grouped as decisions
from intents.api.common import COUNTED
from intents.api.grouped import calls, taking
from intents.api.grouped.taking import Done, GroupedCall, Lane, Matched, Taken
from intents.kernel.errors import DomainError
from intents.kernel.ratelimit import Allowance

log = structlog.get_logger()

LONGEST_QUEUE = 1000
"""Requests that wait of all workspaces, each of which may have an equal share of them."""
LATE_SECONDS = 0.5
"""A group that takes so long waits for a lock of one of its workspaces: other groups begin beside it."""
GIVEN_UP_SECONDS = 15.0
"""No statement takes so long: the connection hangs. What it was for waits on, but holds up no other any more."""
KINDS = 2
"""Of groups: those of crowded workspaces, and the others."""

IN_VAIN = 8
STRAIGHT_SECONDS = 5.0
KNOWN = 10_000

Outcome = Done | Exception | None
"""Of one request: None for what was not tried, what was raised where nobody knows what became of the group."""
Answer = asyncio.Future[Outcome]


class Waiting(NamedTuple):
    taken: Taken
    answer: Answer


class Straight:
    """Workspaces of whose requests groups accepted none IN_VAIN times on end: most likely they are under rules, of which
    only the ordinary path knows. For STRAIGHT_SECONDS theirs go there straight, and again after one more that was in vain.
    """

    def __init__(self) -> None:
        self._in_vain: dict[UUID, int] = {}
        self._until: dict[UUID, float] = {}

    def note(self, workspace_id: UUID, *, accepted: bool) -> None:
        """What became of a request that a group had."""
        times = self._in_vain.pop(workspace_id, 0) + 1
        if accepted:
            return
        if times >= IN_VAIN:
            self._until[workspace_id] = time.monotonic() + STRAIGHT_SECONDS
        if len(self._in_vain) + len(self._until) >= KNOWN:
            self._in_vain.clear()
            self._until.clear()
        self._in_vain[workspace_id] = times

    def __contains__(self, workspace_id: UUID) -> bool:
        until = self._until.get(workspace_id)
        if until is not None and until <= time.monotonic():
            del self._until[workspace_id]
            return False
        return until is not None


class Grouping:
    """What is grouped in a process, each lane by itself. Used on its event loop alone."""

    def __init__(self, threads: Threads) -> None:
        places, neighbours = Places(threads.count), Neighbours()
        lanes = (*calls.LANES, decisions.LANE)
        self._known = Known(threads)
        self._lanes = {lane.name: Groups(threads, lane, places, neighbours) for lane in lanes}

    async def answer(self, scope: Scope, body: bytes | bytearray) -> Reply | None:
        """The answer to a request whose body was read; None for what is to be answered on the ordinary path, which is then
        not counted again. Raises Busy."""
        found = None if scope["query_string"] else _find(scope["method"], scope["path"])
        if found is None:
            return None
        await self._known.ready(scope["headers"])
        return await self._lanes[found.call.lane.name].answer(found, scope, body)


def _find(method: str, path: str) -> Matched | None:
    return calls.find(method, path) or decisions.find(method, path)


class Groups:
    """The requests of a lane. One group of crowded workspaces runs at a time, and one of others, beside what is late."""

    def __init__(self, threads: Threads, lane: Lane, places: Places, neighbours: Neighbours) -> None:
        self._threads = threads
        self._lane = lane
        self._places = places
        self._turns: Turns[Waiting] = Turns(neighbours)
        self._straight = Straight()
        self._running: dict[Place, bool] = {}
        """Of each group that is under way, and not late, whether it is of crowded workspaces."""
        self._is_coming = False
        """Whether `_begin` is about to be called."""

    async def answer(self, found: Matched, scope: Scope, body: bytes | bytearray) -> Reply | None:
        """As `Grouping.answer` of a request of this lane."""
        taken = taking.take(found, scope["headers"], body, self._may_wait)
        if taken is None:
            return None
        done = await self._put(taken)
        if isinstance(done, Exception):
            return _failed(done, found.call.route)
        if done is not None:
            scope[COUNTED] = done.counted
        return None if done is None or done.answer is None else _reply(done.answer, done.counted.rate, found.call)

    def _may_wait(self, workspace_id: UUID) -> bool:
        """Whether a request of this workspace is for a group at all. Raises Busy when too many of it wait already: on the
        ordinary path they would take the threads from all others."""
        if self._turns.share(workspace_id) >= LONGEST_QUEUE:
            raise Busy
        return workspace_id not in self._straight

    def _put(self, taken: Taken) -> Answer:
        loop = asyncio.get_running_loop()
        answer: Answer = loop.create_future()
        workspace_id = taken.actor.workspace_id
        self._turns.add(workspace_id, Waiting(taken, answer))
        if not self._is_coming and not self._waits(workspace_id):
            self._is_coming = True
            # Not at once: what else the loop has just read comes along.
            loop.call_soon(self._begin)
        return answer

    def _waits(self, workspace_id: UUID) -> bool:
        """Whether a group that is under way must end before one of this workspace begins."""
        crowded = self._turns.is_crowded(workspace_id)
        return any(kind is crowded or workspace_id in place.workspaces for place, kind in self._running.items())

    def _begin(self) -> None:
        """Begin one group, and come again for another if there may be one."""
        if not self._places.is_free(self._begin):
            return
        self._is_coming = False
        turn = self._turns.next(
            held=(one for place in self._running for one in place.workspaces),
            kinds=self._running.values(),
            late=self._places.late,
            most_late=MOST_LATE,
        )
        group = turn.group
        if not group:
            if self._turns and not self._running:
                self._places.when_fewer_are_late(self._go_on)
            return
        loop = asyncio.get_running_loop()
        try:
            asker = self._lane.name, turn.crowded
            job = self._threads.run_for(asker, _run, self._lane, [one.taken for one in group])
        except Busy:
            # The ordinary path says so.
            for one in (*group, *self._turns.clear()):
                _settle(one, None)
            return
        place = self._places.take(one.taken.actor.workspace_id for one in group)
        self._running[place] = turn.crowded
        late = loop.call_later(LATE_SECONDS, self._be_late, place)
        given_up = loop.call_later(GIVEN_UP_SECONDS, self._places.leave, place)
        job.add_done_callback(partial(self._end, group, place, (late, given_up)))
        if self._turns and len(self._running) < KINDS:
            self._go_on()

    def _go_on(self) -> None:
        if not self._is_coming:
            self._is_coming = True
            self._begin()

    def _be_late(self, place: Place) -> None:
        """Let the next group begin while this one still runs."""
        self._places.be_late(place)
        del self._running[place]
        self._go_on()

    def _end(
        self,
        group: Sequence[Waiting],
        place: Place,
        timers: Sequence[asyncio.TimerHandle],
        job: "asyncio.Future[list[Done] | Exception]",
    ) -> None:
        for timer in timers:
            timer.cancel()
        done = job.result()
        metrics.GROUP_SIZE.labels(self._lane.name).observe(len(group))
        for number, one in enumerate(group):
            outcome = done if isinstance(done, Exception) else done[number]
            if isinstance(outcome, Done):
                if not outcome.undone:
                    self._straight.note(one.taken.actor.workspace_id, accepted=outcome.answer is not None)
                outcome = outcome.error or outcome
            _settle(one, outcome)
        if not place.is_late:
            del self._running[place]
        self._places.leave(place)
        if not place.is_late:
            self._go_on()


def _run(lane: Lane, taken: Sequence[Taken]) -> list[Done] | Exception:
    try:
        done = taking.run(lane, taken)
        if any(one.undone for one in done):  # maybe since its connection is lost
            close_old_connections()
        return done
    except Exception as error:
        if not isinstance(error, problems.DATABASE_AWAY):
            log.exception("group_failed", requests=len(taken))
        close_old_connections()
        return error


def _settle(one: Waiting, outcome: Outcome) -> None:
    if not one.answer.done():  # else the client left
        one.answer.set_result(outcome)


def _reply(answer: str, rate: Allowance | None, call: GroupedCall) -> Reply:
    body = answer.encode()
    headers = [JSON, (b"content-length", b"%d" % len(body))]
    if rate is not None:
        headers += [(name.lower().encode(), value.encode()) for name, value in problems.rate_headers(rate).items()]
    return Reply(call.status, headers, body, call.route)


def _failed(error: Exception, route: str) -> Reply:
    """As the API answers it."""
    if isinstance(error, DomainError):
        return refusal(error)._replace(route=route)
    if isinstance(error, problems.DATABASE_AWAY):
        return busy(problems.note_database_away(error))._replace(route=route)
    return problem(500, "internal_error", "something went wrong on our side")._replace(route=route)
