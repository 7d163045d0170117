"""The open pages of a process: which are told what, and when."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError

from inbox.consumers.page import GONE, LivePage
from inbox.tasks import audience
from inbox.views.operations.pushed import Overviews
from inbox.views.tasks.presence import Presences
from intents import seats
from intents.streams.hub import Hub, StreamKind

GATHER_SECONDS = 0.1
"""How long changes are gathered before pages are told."""
PAUSE_SECONDS = 0.8
"""A page is told at most this often: it fetches its list each time. With the gathering it still hears within a second."""
MOST_MOVED = 1000
"""Intents that are looked up at once for whose they are; with more, all pages that watch look."""
SIGN_IN, AGAIN = 4401, 4012
"""Why a socket is closed: its person may not listen any more; this server stops. An application's own codes, as those of
`socket` are: Daphne sends no others, though 1003, 1012 and 1013 mean the same."""


class Pages(StreamKind):
    """The open pages of this process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._open: dict[UUID, set[LivePage]] = defaultdict(set)
        self._watched: dict[UUID, set[LivePage]] = defaultdict(set)
        self._changed: dict[UUID, set[UUID]] = defaultdict(set)
        self._watchers: dict[UUID, set[LivePage]] = defaultdict(set)
        self._moved: set[UUID] = set()
        self._stirred: set[UUID] = set()
        self._flushing: asyncio.Task[None] | None = None
        self.overviews = Overviews(hub)
        self.presences = Presences(hub)
        hub.kinds.append(self)

    def clients(self) -> dict[str, int]:
        return {"sockets": sum(map(len, self._open.values()))}

    def enter(self, page: LivePage) -> None:
        self._open[page.person.workspace_id].add(page)

    async def watch(self, page: LivePage) -> None:
        """The page shows another task now: it is told of the task's intent too, whose agent goes on after the decision."""
        self._unwatch(page)
        task = page.task
        if task is None:
            return
        try:
            intent = await self._hub.in_thread(audience.intent_of, page.person, task)
        except (OperationalError, InterfaceError):
            return
        if intent is not None and page.task == task and page in self._open.get(page.person.workspace_id, ()):
            page.intent = intent
            self._watched[intent].add(page)

    def _unwatch(self, page: LivePage) -> None:
        if page.intent is None:
            return
        self._watched[page.intent].discard(page)
        if not self._watched[page.intent]:
            del self._watched[page.intent]
        page.intent = None

    def leave(self, page: LivePage) -> None:
        self.presences.leave(page)
        self._unwatch(page)
        self.watch_all(page, watches=False)
        self.overviews.leave(page)
        workspace = self._open[page.person.workspace_id]
        workspace.discard(page)
        if not workspace:
            del self._open[page.person.workspace_id]

    def woken(self, signal: list[str]) -> None:
        if signal[0] == "intent":
            intent = UUID(signal[1])
            watching = self._watched.get(intent, ())
            for page in watching:
                page.later |= {page.task} if page.task else set()
            if self._watchers and len(self._moved) < MOST_MOVED:
                self._moved.add(intent)
            if not watching and not self._watchers:
                return
        elif signal[0] == "endpoint":
            showing = [page for page in self._watchers.get(UUID(signal[1]), ()) if page.endpoint == UUID(signal[2])]
            for page in showing:
                page.stirred = True
            if not showing:
                return
        elif signal[0] == "task":
            workspace = UUID(signal[1])
            if workspace not in self._open:
                return
            self._changed[workspace].add(UUID(signal[2]))
            self._stirred.add(workspace)
        elif signal[0] in ("person", "lists"):
            theirs = [page for page in self._open.get(UUID(signal[1]), ()) if page.person.user_id == UUID(signal[2])]
            for page in theirs:
                page.news = page.news or signal[0] == "person"
                page.moved = page.moved or signal[0] == "lists"
            if not theirs:
                return
        elif signal[0] == "presence":
            self.presences.woken(signal)
            return
        else:
            return
        self._soon()

    def watch_all(self, page: LivePage, watches: bool) -> None:
        """Whether the page shows how its workspace as a whole is."""
        workspace = page.person.workspace_id
        if watches:
            self._watchers[workspace].add(page)
        elif workspace in self._watchers:
            self._watchers[workspace].discard(page)
            if not self._watchers[workspace]:
                del self._watchers[workspace]

    async def _stir(self) -> None:
        """Mark the pages that watch a workspace in which something happened."""
        moved, self._moved = self._moved, set()
        stirred, self._stirred = self._stirred, set()
        if len(moved) >= MOST_MOVED:
            stirred = set(self._watchers)
        elif moved:
            stirred |= await self._hub.in_thread(audience.workspaces, moved)
        for workspace in stirred:
            self.overviews.stir(workspace)
            for page in self._watchers.get(workspace, ()):
                page.stirred = page.overview is None

    def _soon(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.ensure_future(self._flush())

    async def _flush(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        self._flushing = None
        await self._stir()
        changed, self._changed = self._changed, defaultdict(set)
        named = [one for ids in changed.values() for one in ids]
        asked = await self._hub.in_thread(audience.principals, named) if named else {}
        for workspace, ids in changed.items():
            for page in self._open.get(workspace, ()):
                page.later |= {one for one in ids if page.is_about(one, asked.get(one, frozenset()))}
        if await self._tell():
            self._soon()

    async def tick(self) -> None:
        self.overviews.tick()
        await self.presences.tick()
        await self._tell()

    async def _tell(self) -> bool:
        """Tell the pages that something concerns and that were not told just now. Whether those are left."""
        now = self._hub.loop.time()
        concerned = [page for found in self._open.values() for page in found if page.is_concerned()]
        due = [page for page in concerned if now - page.told_at >= PAUSE_SECONDS]
        for page in due:
            page.told_at = now
            ids, page.later, news, page.news = page.later, set(), page.news, False
            looks, page.moved = bool(ids) or page.moved, False
            stirred, page.stirred = page.stirred, False
            try:
                if looks:
                    await page.tell(ids)
                if news:
                    await page.tell_news()
                if stirred:
                    await page.tell_stirred()
            except GONE:
                continue  # it has closed, and `leave` follows; the others are told all the same
        return len(due) < len(concerned)

    async def look(self) -> None:
        """Close the sockets of people who may not listen any more."""
        everybody = [page for found in self._open.values() for page in found]
        if not everybody:
            return
        seated = await self._hub.in_thread(seats.still_seated, [page.person for page in everybody])
        for page in everybody:
            if page.person not in seated:
                with suppress(*GONE):
                    await page.close(SIGN_IN)

    def closing(self) -> None:
        for found in self._open.values():
            for page in found:
                asyncio.ensure_future(page.close(AGAIN))  # noqa: RUF006 - the server stops


_pages: WeakKeyDictionary[Hub, Pages] = WeakKeyDictionary()


def pages(hub: Hub) -> Pages:
    """The open pages of a hub."""
    if hub not in _pages:
        _pages[hub] = Pages(hub)
    return _pages[hub]
