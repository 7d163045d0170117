"""Connections whose stream has ended while its agent works on: how they end matters as long as the lease is in force."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from django.db import connection

from axme_site.connections import Connection
from intents.streams.agents import AgentStreams
from intents.streams.hub import Hub, StreamKind
from tests.callers import KeyCaller
from tests.intents.factory import take


class Threads:
    """Of a hub what a look needs: threads, here with a database connection for one call each."""

    def __init__(self) -> None:
        self.kinds: list[StreamKind] = []

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        def run() -> Any:
            try:
                return work(*args)
            finally:
                connection.close()

        return await asyncio.to_thread(run)


def test_a_connection_is_watched_no_longer_than_the_lease(shop: KeyCaller, worker: KeyCaller) -> None:
    streams, client = AgentStreams(cast("Hub", Threads())), Connection()
    for _ in range(2):
        shop.submit()
    done, going_on = take(worker, limit=2)
    for held in (done, going_on):
        assert held.delivery.lease_token is not None
        streams.watch(client, held.delivery.lease_token)
    for held, watched in ((done, True), (going_on, False)):
        asyncio.run(streams.look())
        assert client.watched
        worker.post(f"/intents/{held.intent.id}/resume", {"result": "done"}).ok()
        asyncio.run(streams.look())
        assert client.watched is watched
