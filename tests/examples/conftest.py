"""One server for the examples, which may be killed and started again by each test."""

from collections.abc import Iterator

import pytest

from tests.examples.programs import Ground


@pytest.fixture(scope="module")
def module_ground() -> Iterator[Ground]:
    ground = Ground()
    yield ground
    ground.end()


@pytest.fixture
def ground(module_ground: Ground) -> Iterator[Ground]:
    yield module_ground
    module_ground.stop_programs()
