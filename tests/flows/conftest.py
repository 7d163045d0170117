"""Installations to test: made once for a module where its tests leave them whole, else for one test."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tests.load.servers import Redis
from tests.load.sites import Embedded, Scaled, Site, secrets
from tests.services import Guarded

_names = (f"flows_{os.getpid()}_{number}" for number in itertools.count(1))


def _server(name: str = "postgres") -> "psycopg.Connection[Any]":
    entry = settings.DATABASES["default"]
    return psycopg.connect(
        host=entry["HOST"], port=entry["PORT"], user=entry["USER"], password=entry["PASSWORD"], dbname=name, autocommit=True
    )


def _url(name: str) -> str:
    entry = settings.DATABASES["default"]
    return f"postgresql://{entry['USER']}:{entry['PASSWORD']}@/{name}?host={entry['HOST']}&port={entry['PORT']}"


class Template:
    """A database with tables and the demo workspace, copied for each installation."""

    def __init__(self, guarded: Guarded) -> None:
        self.name = next(_names)
        self.secrets = secrets()
        with _server() as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
        site = Scaled(guarded, database_url=_url(self.name), redis_url="redis://127.0.0.1:1/0", **self.secrets)
        site.prepare()
        self.keys = site.keys

    def copy(self) -> str:
        name = next(_names)
        with _server() as server:
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self.name)))
        return name


def drop(name: str) -> None:
    with _server() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    guarded = Guarded()
    template = Template(guarded)
    yield template
    drop(template.name)
    guarded.end()


class Sites:
    """Makes installations, and takes them down together."""

    def __init__(self, template: Callable[[], Template]) -> None:
        self.guarded = Guarded()
        self.made: list[Site] = []
        self._template = template
        self._databases: list[str] = []
        self._redis: list[Redis] = []

    def redis(self) -> Redis:
        redis = Redis(self.guarded)
        redis.start()
        self._redis.append(redis)
        return redis

    def scaled(self, redis_url: str = "", **variables: str) -> Scaled:
        """Tables and keys are there; nothing runs yet. Without `redis_url` it gets a Redis of its own."""
        template = self._template()
        name = template.copy()
        self._databases.append(name)
        url = redis_url or self.redis().url
        site = Scaled(self.guarded, database_url=_url(name), redis_url=url, **(template.secrets | variables))
        site.keys = dict(template.keys)
        self.made.append(site)
        return site

    def embedded(self, **variables: str) -> Embedded:
        site = Embedded(self.guarded, **variables)
        self.made.append(site)
        return site

    def end(self) -> None:
        for site in self.made:
            site.end()
        for redis in self._redis:
            redis.stop()
        for name in self._databases:
            drop(name)
        self.guarded.end()


def _sites(request: pytest.FixtureRequest) -> Iterator[Sites]:
    sites = Sites(lambda: request.getfixturevalue("template"))
    yield sites
    sites.end()


@pytest.fixture
def sites(request: pytest.FixtureRequest) -> Iterator[Sites]:
    """Installations of one test."""
    yield from _sites(request)


@pytest.fixture(scope="module")
def shared_sites(request: pytest.FixtureRequest) -> Iterator[Sites]:
    """Installations that the tests of a module share."""
    yield from _sites(request)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[Any]") -> Iterator[None]:
    """A failure shows what the processes said."""
    report = yield
    if report.failed:
        for found in getattr(item, "funcargs", {}).values():
            for site in found.made if isinstance(found, Sites) else [found] if isinstance(found, Site) else []:
                report.sections.append((f"processes of {Path(site.guarded.folder).name}", site.logs()))
    return report
