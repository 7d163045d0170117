"""What the scaled mode is given: a database of its own, a Redis, secrets."""

import os
import time
from collections.abc import Iterator

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from psycopg import sql

from axme_site import env


@pytest.fixture
def secret_variables() -> dict[str, str]:
    return {
        "SECRET_KEY": env.random_text(),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "AUDIT_KEY": Fernet.generate_key().decode(),
    }


@pytest.fixture
def database_url() -> Iterator[str]:
    """An empty database on the tests' PostgreSQL."""
    entry = settings.DATABASES["default"]
    name = f"acceptance_{os.getpid()}_{time.monotonic_ns()}"
    server = psycopg.connect(
        host=entry["HOST"],
        port=entry["PORT"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield f"postgresql://{entry['USER']}:{entry['PASSWORD']}@/{name}?host={entry['HOST']}&port={entry['PORT']}"
    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    server.close()


@pytest.fixture
def scaled_variables(database_url: str, redis_url: str, secret_variables: dict[str, str]) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url} | secret_variables
