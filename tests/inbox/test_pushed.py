"""The overview on open pages: all of it once, then what changed, and nobody waits for who reads slowly."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from django.db import connections

from inbox.views.operations.overview import CHARTS, FIRST, LAST
from inbox.views.operations.pushed import Overviews
from intents.kernel import instances
from intents.kernel.actors import Person
from intents.kernel.instances import Clients
from intents.kernel.models import new_id
from intents.streams.hub import Hub, StreamKind
from intents.streams.polls import Polls
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person

PATIENCE = 60
PIECES = (*FIRST, *CHARTS, "ageing", *LAST)


class OpenPage:
    """A page that keeps what it is sent; while it `reads` slowly nothing more gets through."""

    def __init__(self, who: Person) -> None:
        self.person = who
        self.overview: tuple[str, str, str] | None = None
        self.sent: list[dict[str, str]] = []
        self.came = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text)["pieces"])
        self.came.set()
        await self.reads.wait()

    async def next(self, number: int) -> dict[str, str]:
        """The message of that number, from 0, once it has come."""
        async with asyncio.timeout(PATIENCE):
            while len(self.sent) <= number:
                self.came.clear()
                await self.came.wait()
        return self.sent[number]


class Threads:
    """Of a hub what is needed here: threads, each with a database connection for one call, and what a heartbeat tells of."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.instance_id = new_id()
        self.streams: set[object] = set()
        self.kinds: list[StreamKind] = []
        self.closing = False

    async def in_thread(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def run() -> Any:
            try:
                return work(*args, **kwargs)
            finally:
                connections.close_all()

        return await asyncio.to_thread(run)


def on_a_loop(play: Callable[[Any, Overviews], Awaitable[None]]) -> None:
    async def run() -> None:
        hub = Threads()
        await play(hub, Overviews(cast("Hub", hub)))

    asyncio.run(run())


def test_a_page_is_sent_all_when_it_opens_and_then_the_pieces_that_changed(shop: KeyCaller, olga: PersonCaller) -> None:
    watcher = person(olga)

    async def play(hub: Any, overviews: Overviews) -> None:
        page, other = OpenPage(watcher), OpenPage(watcher)
        await overviews.show(page, ("24h", "", "en"))
        first = await page.next(0)
        assert list(first) == [f"piece-{name}" for name in PIECES]
        assert "Waiting for people" in first["piece-tiles"]
        await hub.in_thread(ask, shop, title="Pay?")
        overviews.stir(watcher.workspace_id)
        changed = await page.next(1)
        assert "piece-tiles" in changed
        assert "piece-week" not in changed
        assert (
            'data-tile="waiting_human"><span class="label">Waiting for people</span>\n        <span class="value">1<'
            in (changed["piece-tiles"])
        )
        await overviews.show(other, ("24h", "", "en"))
        assert list(await other.next(0)) == list(first)
        overviews.leave(page)
        overviews.leave(other)

    on_a_loop(play)


def test_who_reads_slowly_holds_nobody_up_and_then_gets_all_as_it_is(shop: KeyCaller, olga: PersonCaller) -> None:
    watcher = person(olga)

    async def play(hub: Any, overviews: Overviews) -> None:
        slow, quick = OpenPage(watcher), OpenPage(watcher)
        for page in (slow, quick):
            await overviews.show(page, ("24h", "", "en"))
            await page.next(0)
        slow.reads.clear()
        for number in (1, 2):
            await hub.in_thread(ask, shop, title="Pay?")
            overviews.stir(watcher.workspace_id)
            while f'class="value">{number}<' not in (await quick.next(len(quick.sent) - 1)).get("piece-tiles", ""):
                await quick.next(len(quick.sent))
        assert len(slow.sent) == 2
        slow.reads.set()
        assert 'class="value">2<' in (await slow.next(2))["piece-tiles"]
        assert list(slow.sent[2]) == [f"piece-{name}" for name in PIECES]

    on_a_loop(play)


def test_nothing_is_made_for_pages_that_are_gone_or_of_another_workspace(
    shop: KeyCaller, olga: PersonCaller, charlie: PersonCaller
) -> None:
    ours, theirs = person(olga), person(charlie)

    async def play(hub: Any, overviews: Overviews) -> None:
        page, foreign = OpenPage(ours), OpenPage(theirs)
        for one in (page, foreign):
            await overviews.show(one, ("1h", "", "en"))
            await one.next(0)
        overviews.leave(foreign)
        for number in (1, 2):
            await hub.in_thread(ask, shop, title="Pay?")
            for workspace in (ours.workspace_id, theirs.workspace_id):
                overviews.stir(workspace)
            await page.next(number)
        assert len(foreign.sent) == 1
        assert "Pay?" not in json.dumps(foreign.sent)

    on_a_loop(play)


def test_a_process_tells_how_many_clients_are_connected_to_it(worker: KeyCaller) -> None:
    actor = worker.actor

    async def play(hub: Any, overviews: Overviews) -> None:
        gone: asyncio.Future[None] = hub.loop.create_future()
        claim = Polls(hub).claim(
            actor=actor, target="order-service", limit=1, wait_seconds=60, lease_seconds=None, intent_id=None, gone=gone
        )
        poll = asyncio.ensure_future(claim)
        await asyncio.sleep(0)
        await Hub._beat(hub)
        assert await hub.in_thread(instances.clients) == Clients(streams=0, polls=1, sockets=0)
        gone.set_result(None)
        await poll

    on_a_loop(play)
