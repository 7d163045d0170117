"""What tests of webhooks share."""

from tests.intents.badly import badly  # noqa: F401 - a fixture
from tests.intents.pushes import called, inside, nowhere, outside  # noqa: F401 - fixtures
