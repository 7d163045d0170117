"""The server itself stands still for longer than a lease: agents that go on calling afterwards keep their work."""

import pytest

from tests import turns
from tests.flows.conftest import Sites
from tests.load import standstill
from tests.load.servers import Database


@turns.one(0, of=3)
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_work_is_kept_by_agents_that_call_through_a_standstill_of_ours(sites: Sites) -> None:
    database = Database(sites.guarded)
    try:
        site = sites.with_database(database, DEFAULT_LEASE_SECONDS="3")
        site.start("uvicorn", "daphne")
        names = ["all processes frozen", "the database stopped", "everything frozen"]
        standstill.standstills(site, database, agents=6, seconds=5.0, names=names)
    finally:
        database.stop()
