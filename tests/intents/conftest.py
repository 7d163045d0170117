"""What several test files about intents share."""

import pytest

from intents.accounts.models import Workspace
from tests.callers import KeyCaller, make_machine
from tests.intents.badly import badly  # noqa: F401 - a fixture
from tests.intents.pushes import called, inside, nowhere, outside  # noqa: F401 - fixtures


@pytest.fixture
def billing(workspace: Workspace) -> KeyCaller:
    """The key of `billing`, for its own address only."""
    return make_machine(workspace, "billing")
