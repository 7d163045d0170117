"""What the tests of pages share: people at their browsers."""

import pytest
from django.core.cache import cache

from tests.conftest import PersonCaller
from tests.pages.browser import Browser


@pytest.fixture(autouse=True)
def untried() -> None:
    """Nobody has tried a password yet: tries are counted in the memory of this process."""
    cache.clear()


@pytest.fixture
def alices(alice: PersonCaller) -> Browser:
    return Browser().sign_in(alice.user)


@pytest.fixture
def bobs(bob: PersonCaller) -> Browser:
    return Browser().sign_in(bob.user)


@pytest.fixture
def veras(vera: PersonCaller) -> Browser:
    return Browser().sign_in(vera.user)
