"""What a page says by its socket."""

import json
from uuid import UUID

from django.db import InterfaceError, OperationalError

from inbox.consumers.page import LivePage
from inbox.consumers.pages import SIGN_IN, pages
from inbox.operations import measures
from inbox.operations.permissions import may_watch
from inbox.views.kit import acting
from inbox.views.tasks.presence import DOINGS
from intents.kernel import languages
from intents.kernel.errors import InvalidField
from intents.streams import http
from intents.streams import hub as hubs

ODD, TRY_LATER = 4003, 4013
"""Why a socket is closed: what the page said is odd; the database is away."""


class Live(LivePage):
    """The socket of one page. It may say `{"task": id or null, "doing": text, "all": bool, "watch": bool, "overview": range
    or null, "q": text, "language": code, "endpoint": id or null}`: which task it has open and what its person does with
    that, whether it lists everybody's, whether it shows how the workspace as a whole is, and over which range, narrowed to
    what and in which language, where that is the overview: of that it is sent what changes, and else only that there is
    something to look at; and the endpoint whose deliveries it shows."""

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
        self.begin(person)
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
