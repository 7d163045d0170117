"""What the scaled mode is given: a database of its own, a Redis, secrets."""

from collections.abc import Iterator

import pytest

from tests import templates
from tests.acceptance.processes import secrets


@pytest.fixture
def secret_variables() -> dict[str, str]:
    return secrets()


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database on the tests' PostgreSQL."""
    name = templates.create()
    yield templates.url(name)
    templates.drop(name)


@pytest.fixture
def migrated_url() -> Iterator[str]:
    """A database with the tables on the tests' PostgreSQL."""
    name = templates.create(templates.migrated())
    yield templates.url(name)
    templates.drop(name)


@pytest.fixture
def scaled_variables(database_url: str, redis_url: str, secret_variables: dict[str, str]) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url} | secret_variables
