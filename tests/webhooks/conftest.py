"""What tests of webhooks share."""

from tests.intents.pushes import inside, outside  # noqa: F401 - fixtures
