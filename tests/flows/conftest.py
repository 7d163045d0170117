"""Installations to test: made once for a module where its tests leave them whole, else for one test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from axme_site.demo import env_file
from tests import templates
from tests.acceptance.processes import secrets
from tests.flows.api import Api
from tests.load.servers import Database, Redis
from tests.load.sites import Embedded, Scaled, Site
from tests.services import Guarded
from tests.standby import standby, standby_folder, standby_server  # noqa: F401 - fixtures
from tests.turns import SERVERS


def _demo() -> dict[str, Any]:
    """A database with the demo workspace, to copy, and what opens it."""
    guarded, given = Guarded(), secrets()
    name = templates.create(templates.migrated())
    site = Scaled(guarded, database_url=templates.url(name), redis_url="redis://127.0.0.1:1/0", **given)
    site.fill()
    guarded.end()
    return {"name": name, "secrets": given, "keys": site.keys}


class Sites:
    """Makes installations, and takes them down together."""

    def __init__(self) -> None:
        self.guarded = Guarded()
        self.made: list[Site] = []
        self._databases: list[str] = []
        self._redis: list[Redis] = []

    def redis(self) -> Redis:
        redis = Redis(self.guarded)
        redis.start()
        self._redis.append(redis)
        return redis

    def scaled(self, redis_url: str = "", **variables: str) -> Scaled:
        """Tables and keys are there; nothing runs yet. Without `redis_url` it gets a Redis of its own."""
        demo = templates.made_once("demo", _demo)
        name = templates.create(demo["name"])
        self._databases.append(name)
        given = demo["secrets"] | {"database_url": templates.url(name), "redis_url": redis_url or self.redis().url}
        site = Scaled(self.guarded, **(given | variables))
        site.keys = dict(demo["keys"])
        self.made.append(site)
        return site

    def with_database(self, database: Database, **variables: str) -> Scaled:
        """Tables and keys are there, in a PostgreSQL of its own; nothing runs yet but that."""
        first = templates.data_dir()
        database.start(copy_of=first)
        names = ("SECRET_KEY", "ENCRYPTION_KEYS", "AUDIT_KEY")
        given = {name: (first / "secrets" / name.lower()).read_text().strip() for name in names} | variables
        site = Scaled(self.guarded, database_url=database.url, redis_url=self.redis().url, **given)
        site.keys = env_file.read(first / "demo.env")
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
            templates.drop(name)
        self.guarded.end()


def _sites() -> Iterator[Sites]:
    sites = Sites()
    yield sites
    sites.end()


@pytest.fixture
def sites() -> Iterator[Sites]:
    """Installations of one test."""
    yield from _sites()


@pytest.fixture(scope="module")
def shared_sites() -> Iterator[Sites]:
    """Installations that the tests of a module share."""
    yield from _sites()


@pytest.fixture(scope="module", params=SERVERS)
def api(request: pytest.FixtureRequest, shared_sites: Sites) -> Iterator[Api]:
    """One installation for each server and module."""
    site = shared_sites.scaled()
    site.start(request.param)
    api = Api(site)
    yield api
    api.http.close()
    site.end()


@pytest.fixture
def address(api: Api) -> str:
    return api.site.address()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[Any]") -> Iterator[None]:
    """A failure shows what the processes said."""
    report = yield
    if report.failed:
        for found in getattr(item, "funcargs", {}).values():
            for site in found.made if isinstance(found, Sites) else [found] if isinstance(found, Site) else []:
                report.sections.append((f"processes of {Path(site.guarded.folder).name}", site.logs()))
    return report
