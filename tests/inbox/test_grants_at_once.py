"""Of many who make standing grants in one moment, no more are taken than a workspace may have."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from inbox.standing import selectors
from inbox.standing.services import granting
from tests.callers import PersonCaller
from tests.inbox.granting import try_grant
from tests.inbox.test_races import at_once

pytestmark = pytest.mark.slow


def test_of_eight_at_once_as_many_are_taken_as_there_may_be(
    monkeypatch: pytest.MonkeyPatch, alice: PersonCaller, bob: PersonCaller
) -> None:
    monkeypatch.setattr(granting, "MOST", 3)
    with ThreadPoolExecutor(8) as pool:
        answers = at_once(pool, [lambda who=who: try_grant(who) for who in (alice, bob) * 4])  # type: ignore[misc]
    assert sorted(one.status for one in answers) == [200] * 3 + [409] * 5
    assert selectors.how_many_in_force(alice.token.workspace_id) == 3
