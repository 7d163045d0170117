"""The client that sends many requests in one moment."""

import asyncio

import pytest

from tests.load.quick import Connection


def test_who_asks_on_a_connection_that_is_lost_is_told_at_once() -> None:
    async def ask() -> None:
        lost = Connection()
        lost.connection_lost(None)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(lost.ask(b""), 5)

    asyncio.run(ask())
