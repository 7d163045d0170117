"""MCP clients: of an agent, of a person, and of another workspace."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.test import override_settings

from intents.mcp import door
from tests.callers import KeyCaller, PersonCaller
from tests.mcp.rpc import Rpc
from tests.security.edge import Loop


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """The loop that answers, with one thread for the database, so that its connection can be closed there."""
    import_module(door.MESSAGES)  # which takes seconds
    with override_settings(EDGE_THREADS=1):
        made = Loop()
        yield made
        made.end()


@pytest.fixture
def agent(loop: Loop, shop: KeyCaller) -> Rpc:
    """An MCP client with the key of one agent."""
    return Rpc(loop, shop)


@pytest.fixture
def everyone(loop: Loop, machine: KeyCaller) -> Rpc:
    """An MCP client with a key of the whole workspace."""
    return Rpc(loop, machine)


@pytest.fixture
def outsider(loop: Loop, foreign_machine: KeyCaller) -> Rpc:
    """An MCP client of another workspace."""
    return Rpc(loop, foreign_machine)


@pytest.fixture
def owner(loop: Loop, alice: PersonCaller) -> Rpc:
    """An MCP client with a person's token alone."""
    return Rpc(loop, alice)
