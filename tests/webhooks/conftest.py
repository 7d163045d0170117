"""What tests of webhooks share."""

from tests.intents.pushes import inside, nowhere, outside  # noqa: F401 - fixtures
