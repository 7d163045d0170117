"""A2A clients: of an agent, of a person, and of another workspace."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.a2a.rpc import Client
from tests.callers import KeyCaller
from tests.intents.pushes import inside, nowhere, outside  # noqa: F401 - fixtures
from tests.security.edge import Loop


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """The loop that answers, with one thread for the database, so that its connection can be closed there."""
    with override_settings(EDGE_THREADS=1):
        made = Loop()
        yield made
        made.end()


@pytest.fixture
def agent(loop: Loop, shop: KeyCaller) -> Client:
    """A client with the key of one agent."""
    return Client(loop, shop)


@pytest.fixture
def outsider(loop: Loop, foreign_machine: KeyCaller) -> Client:
    """A client of another workspace."""
    return Client(loop, foreign_machine)
