"""Live pages: a socket tells a page which tasks changed, and the page looks at them.

What is sent is a wake-up signal. It may be lost: a page also looks when it connects and once a minute. A process with many
open pages makes one query for each burst of changes, and one every few seconds for whether these people may still listen.
"""

import asyncio
import json
import secrets
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import InterfaceError, OperationalError

from inbox.operations import measures
from inbox.operations.permissions import may_watch
from inbox.tasks import audience
from inbox.views.kit import acting
from inbox.views.operations.pushed import Overviews
from inbox.views.tasks.presence import DOINGS, Presences
from inbox.vocabulary import principals
from intents import seats
from intents.kernel import languages
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField
from intents.streams import http
from intents.streams import hub as hubs
from intents.streams.hub import Hub, StreamKind

GATHER_SECONDS = 0.1
"""How long changes are gathered before pages are told."""
PAUSE_SECONDS = 0.8
"""A page is told at most this often: it fetches its list each time. With the gathering it still hears within a second."""
MOST = 100
"""Tasks named in one message; a page that misses some looks at its list all the same."""
MOST_MOVED = 1000
"""Intents that are looked up at once for whose they are; with more, all pages that watch look."""
GONE = (RuntimeError, OSError)
"""What the servers raise for a message to a socket that has just closed."""
SIGN_IN, ODD, AGAIN, TRY_LATER = 4401, 4003, 4012, 4013
"""Why a socket is closed: its person may not listen any more; what the page said is odd; this server stops; the database is
away. An application's own codes: Daphne sends no others, though 1003, 1012 and 1013 mean the same."""


class Live(AsyncWebsocketConsumer):  # type: ignore[misc]  # the library is untyped
    """The socket of one page. It may say `{"task": id or null, "doing": text, "all": bool, "watch": bool, "overview": range
    or null, "q": text, "language": code, "endpoint": id or null}`: which task it has open and what its person does with
    that, whether it lists everybody's, whether it shows how the workspace as a whole is, and over which range, narrowed to
    what and in which language, where that is the overview: of that it is sent what changes, and else only that there is
    something to look at; and the endpoint whose
    deliveries it shows."""

    channel_layer_alias = None  # the process listens once, for all its pages

    async def connect(self) -> None:
        hub = hubs.hub()
        try:
            person = await hub.in_thread(acting.by_cookie, http.session_cookie(http.headers(self.scope)))
        except (OperationalError, InterfaceError):
            await self.accept()
            await self.close(TRY_LATER)
            return
        await self.accept()
        if person is None:
            # Only an accepted socket can tell a browser why it is closed.
            await self.close(SIGN_IN)
            return
        self.person: Person = person
        self.addressed = frozenset(principals.of(person))
        self.task: UUID | None = None
        self.key = secrets.token_hex(8)
        self.endpoint: UUID | None = None
        self.intent: UUID | None = None
        self.all = False
        self.stirred = False
        self.overview: tuple[str, str, str] | None = None
        self.told_at = 0.0
        self.later: set[UUID] = set()
        self.news = False
        self.moved = False
        self.pages = pages(hub)
        self.pages.enter(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            said = json.loads(text_data or "")
            task = UUID(said["task"]) if said.get("task") else None
            self.all = said.get("all") is True
            watches = said.get("watch") is True and may_watch(self.person)
            endpoint = UUID(said["endpoint"]) if said.get("endpoint") else None
            doing = said.get("doing") if said.get("doing") in DOINGS else ""
            overview = (
                str(said.get("overview")),
                measures.narrowed(str(said.get("q", ""))),
                languages.known(said.get("language")),
            )
        except (ValueError, TypeError, AttributeError, RecursionError, InvalidField):
            await self.close(ODD)
            return
        self.pages.watch_all(self, watches)
        self.endpoint = endpoint if watches else None
        await self.pages.overviews.show(self, overview if watches and overview[0] in measures.SPANS else None)
        if task != self.task:
            self.pages.presences.leave(self)
            self.task = task
            await self.pages.watch(self)
        await self.pages.presences.show(self, doing)

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "pages"):
            self.pages.leave(self)

    def is_concerned(self) -> bool:
        """Whether there is something to tell the page."""
        return bool(self.later) or self.news or self.moved or self.stirred

    def is_about(self, task_id: UUID, asked: frozenset[str]) -> bool:
        """Whether the page shows this task, or could."""
        return self.all or task_id == self.task or not self.addressed.isdisjoint(asked)

    async def send_text(self, text: str) -> None:
        with suppress(*GONE):
            await self.send(text_data=text)

    async def tell_stirred(self) -> None:
        """Something happened to an intent of the workspace."""
        await self.send(text_data=json.dumps({"type": "operations"}))

    async def tell_news(self) -> None:
        """The person was told something."""
        await self.send(text_data=json.dumps({"type": "notifications"}))

    async def tell(self, ids: Iterable[UUID]) -> None:
        """Which tasks changed; without any, that the person's lists did."""
        message = {"type": "tasks", "ids": [str(one) for one in sorted(ids)[:MOST]]}
        await self.send(text_data=json.dumps(message))


class Pages(StreamKind):
    """The open pages of this process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._open: dict[UUID, set[Live]] = defaultdict(set)
        self._watched: dict[UUID, set[Live]] = defaultdict(set)
        self._changed: dict[UUID, set[UUID]] = defaultdict(set)
        self._watchers: dict[UUID, set[Live]] = defaultdict(set)
        self._moved: set[UUID] = set()
        self._stirred: set[UUID] = set()
        self._flushing: asyncio.Task[None] | None = None
        self.overviews = Overviews(hub)
        self.presences = Presences(hub)
        hub.kinds.append(self)

    def clients(self) -> dict[str, int]:
        return {"sockets": sum(map(len, self._open.values()))}

    def enter(self, page: Live) -> None:
        self._open[page.person.workspace_id].add(page)

    async def watch(self, page: Live) -> None:
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

    def _unwatch(self, page: Live) -> None:
        if page.intent is None:
            return
        self._watched[page.intent].discard(page)
        if not self._watched[page.intent]:
            del self._watched[page.intent]
        page.intent = None

    def leave(self, page: Live) -> None:
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

    def watch_all(self, page: Live, watches: bool) -> None:
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
