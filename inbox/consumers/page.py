"""An open page: what it shows, what it is to be told, and telling it."""

import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer

from inbox.vocabulary import principals
from intents.kernel.actors import Person

MOST = 100
"""Tasks named in one message; a page that misses some looks at its list all the same."""
GONE = (RuntimeError, OSError)
"""What the servers raise for a message to a socket that has just closed."""


class LivePage(AsyncWebsocketConsumer):  # type: ignore[misc]  # the library is untyped
    """The socket of one page, as far as who tells it knows it."""

    def begin(self, person: Person) -> None:
        """It is `person`'s, and shows nothing yet."""
        self.person = person
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
