"""The server itself stands still for longer than a lease: agents that go on calling afterwards keep their work."""

import pytest

from tests.flows.conftest import Sites
from tests.load import standstill
from tests.load.servers import Database
from tests.load.sites import Scaled


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_work_is_kept_by_agents_that_call_through_a_standstill_of_ours(sites: Sites) -> None:
    database = Database(sites.guarded)
    database.start()
    try:
        site = Scaled(sites.guarded, database_url=database.url, redis_url=sites.redis().url, DEFAULT_LEASE_SECONDS="3")
        sites.made.append(site)
        site.prepare()
        site.start("uvicorn", "daphne")
        names = ["all processes frozen", "the database stopped", "everything frozen"]
        standstill.standstills(site, database, agents=6, seconds=8.0, names=names)
    finally:
        database.stop()
