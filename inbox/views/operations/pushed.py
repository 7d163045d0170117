"""The overview on open pages: made once for all who look at the same, and of it only the pieces that changed are sent.

So hundreds of open pages cost a process as much as one page a second, and what it takes to send them text.
"""

import asyncio
import json
import logging
from typing import Protocol
from uuid import UUID

from django.db import Error

from inbox.operations import measures
from inbox.operations.permissions import ensure_may_watch
from inbox.views.operations import overview
from intents.accounts import selectors as roster
from intents.kernel import languages
from intents.kernel.actors import Person
from intents.kernel.errors import DomainError
from intents.streams.hub import Hub

PAUSE_SECONDS = 0.8
"""From the beginning of one look to the next, at least; a look that takes longer is followed by a rest as long, up to this,
for it shares its threads with streams."""
LOOK_SECONDS = 10.0
"""How old a page becomes on which something changes without a commit: an agent falls silent, a timer is late."""

log = logging.getLogger(__name__)

Key = tuple[UUID, str, str, str, str]
"""A workspace, a range, what it is narrowed to, the language, and the time zone."""


class Follower(Protocol):
    """An open page. `overview` is the range, what it is narrowed to and the language, where it shows the overview."""

    person: Person
    overview: tuple[str, str, str] | None

    async def send_text(self, text: str) -> None: ...


class Overviews:
    """The overviews that open pages of this process show."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._shown: dict[Key, _Shown] = {}
        self._of: dict[Follower, _Shown] = {}

    async def show(self, page: Follower, overview: tuple[str, str, str] | None) -> None:
        """The page shows this overview: it is sent all of it now, and from now on what changes. None: it shows none."""
        if overview is not None and overview == page.overview and (known := self._of.get(page)):
            known.enter(page)  # it says so now and then, for what it missed
            return
        self.leave(page)
        if overview is None:
            return
        page.overview = overview
        try:
            zone = (await self._hub.in_thread(roster.user, page.person)).time_zone
        except Error:
            return  # the database is away; the page says it again
        if page.overview is overview:
            key = (page.person.workspace_id, *overview, zone)
            shown = self._of[page] = self._shown.setdefault(key, _Shown(self._hub, key))
            shown.enter(page)

    def leave(self, page: Follower) -> None:
        """The page shows none any more."""
        page.overview = None
        shown = self._of.pop(page, None)
        if shown is not None and not shown.leave(page):
            self._shown.pop(shown.key, None)

    def stir(self, workspace_id: UUID) -> None:
        """Something happened in a workspace."""
        for key, shown in self._shown.items():
            if key[0] == workspace_id:
                shown.look()

    def tick(self) -> None:
        """Time has passed."""
        for shown in self._shown.values():
            if self._hub.loop.time() - shown.looked_at > LOOK_SECONDS:
                shown.look()


class _Shown:
    """One overview, and the pages that show it."""

    def __init__(self, hub: Hub, key: Key) -> None:
        self.key = key
        self.looked_at = 0.0
        self._hub = hub
        self._pieces: dict[str, str] = {}
        self._pages: set[Follower] = set()
        self._sending: dict[Follower, asyncio.Task[None]] = {}
        self._behind: set[Follower] = set()
        self._changed = False
        self._looking: asyncio.Task[None] | None = None

    def enter(self, page: Follower) -> None:
        """The page is sent what was seen last, and what changed since with the others."""
        self._pages.add(page)
        if self._pieces:
            self._send(page, _text(self._pieces))
        else:
            self.look()

    def leave(self, page: Follower) -> bool:
        """Whether others are left."""
        self._pages.discard(page)
        self._behind.discard(page)
        return bool(self._pages)

    def look(self) -> None:
        """Something changed."""
        self._changed = True
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())

    async def _look(self) -> None:
        try:
            while self._changed and self._pages:
                self._changed = False
                self.looked_at = self._hub.loop.time()
                try:
                    self._tell(await self._hub.in_thread(self._make, next(iter(self._pages)).person))
                except (Error, DomainError) as error:
                    # The next tick looks again.
                    log.warning("overview not made", extra={"action": "overview.push", "error": repr(error)})
                took = self._hub.loop.time() - self.looked_at
                await asyncio.sleep(max(PAUSE_SECONDS - took, min(took, PAUSE_SECONDS)))
        finally:
            self._looking = None

    def _make(self, person: Person) -> dict[str, str]:
        _workspace, span, q, language, zone = self.key
        with languages.speaking(language):
            return overview.pieces(ensure_may_watch(person), measures.SPANS[span], q, zone)

    def _tell(self, made: dict[str, str]) -> None:
        """Tell the pages what changed since they were told last."""
        changed = {name: html for name, html in made.items() if self._pieces.get(name) != html}
        self._pieces = made
        if changed:
            text = _text(changed)
            for page in self._pages:
                self._send(page, text)

    def _send(self, page: Follower, text: str) -> None:
        if page in self._sending:
            # It reads slowly: once it has read this, it gets all as it is then, and the others do not wait for it.
            self._behind.add(page)
            return
        task = self._sending[page] = asyncio.ensure_future(page.send_text(text))
        task.add_done_callback(lambda _done: self._sent(page))

    def _sent(self, page: Follower) -> None:
        task = self._sending.pop(page)
        if not task.cancelled():
            task.exception()  # its page has closed, and leaves
        if page in self._behind:
            self._behind.discard(page)
            self._send(page, _text(self._pieces))


def _text(pieces: dict[str, str]) -> str:
    return json.dumps({"type": "operations", "pieces": {f"piece-{name}": html for name, html in pieces.items()}})
