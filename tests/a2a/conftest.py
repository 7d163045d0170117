"""A2A clients: of an agent, of a person, and of another workspace."""

import pytest

from tests.a2a.rpc import Client
from tests.callers import KeyCaller
from tests.intents.pushes import inside, nowhere, outside  # noqa: F401 - fixtures
from tests.security.edge import Loop, loop  # noqa: F401 - a fixture


@pytest.fixture
def agent(loop: Loop, shop: KeyCaller) -> Client:  # noqa: F811 - the fixture
    """A client with the key of one agent."""
    return Client(loop, shop)


@pytest.fixture
def outsider(loop: Loop, foreign_machine: KeyCaller) -> Client:  # noqa: F811 - the fixture
    """A client of another workspace."""
    return Client(loop, foreign_machine)
