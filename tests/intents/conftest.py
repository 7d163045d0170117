"""What several test files about intents share."""

import pytest

from intents.accounts.models import Workspace
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_machine, make_person
from tests.intents.badly import badly  # noqa: F401 - a fixture
from tests.intents.pushes import called, inside, nowhere, outside  # noqa: F401 - fixtures
from tests.security.edge import loop  # noqa: F401 - a fixture


@pytest.fixture
def billing(workspace: Workspace) -> KeyCaller:
    """The key of `billing`, for its own address only."""
    return make_machine(workspace, "billing")


@pytest.fixture
def org(workspace: Workspace) -> str:
    return f"/organizations/{workspace.organization_id}"


@pytest.fixture
def admin(workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "adam@myorg.example", Role.ADMIN)
