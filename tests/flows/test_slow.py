"""What is built to be slow gets its answer, and the work of others goes on beside it."""

import pytest

from tests.flows.conftest import Sites
from tests.load import slow


@pytest.mark.slow
def test_forms_that_are_built_to_be_slow_are_answered_beside_the_work_of_others(sites: Sites) -> None:
    site = sites.scaled()
    site.start("uvicorn")
    found = slow.built_to_be_slow(site, attackers=1, rounds=len(slow.FEW), things=slow.FEW)
    assert found["answers"] == {"submit 422": 1, "submit 200": 2, "decide 200": 1, "decide 422": 1}
    assert found["calls_of_another"]
