"""What the tests of pages share: people at their browsers."""

import pytest

from tests.callers import PersonCaller
from tests.pages.browser import Browser


@pytest.fixture
def alices(alice: PersonCaller) -> Browser:
    return Browser().sign_in(alice.user)


@pytest.fixture
def bobs(bob: PersonCaller) -> Browser:
    return Browser().sign_in(bob.user)


@pytest.fixture
def veras(vera: PersonCaller) -> Browser:
    return Browser().sign_in(vera.user)
