"""Many at once: one intent for a key, one ending for an intent, one order of events for every reader."""

import random
from collections.abc import Iterator

import pytest

from tests import turns
from tests.flows.conftest import Sites
from tests.load import checks, decisions, races, tiles
from tests.load.sites import Scaled

pytestmark = turns.one(0, of=2)


@pytest.fixture(scope="module")
def site(shared_sites: Sites) -> Iterator[Scaled]:
    site = shared_sites.scaled(UNDO_SECONDS="0.3")
    site.start("uvicorn", "daphne")
    yield site
    checks.nothing_is_broken(site)


@pytest.fixture
def seed() -> int:
    chosen = random.randrange(2**32)
    print(f"seed {chosen}")
    return chosen


def test_two_hundred_creates_with_one_key_make_one_intent(site: Scaled, seed: int) -> None:
    races.many_keys(site, keys=1, tries=(200, 200), seed=seed)


def test_a_key_used_for_something_else_is_a_conflict(site: Scaled) -> None:
    address = site.address()
    answers = races.all_at_once(site, "/v1/intents", [races.submission(address, n) for n in range(10)], "one-key-ten-wishes")
    assert sorted(answer.status for answer in answers) == [200] + [409] * 9
    codes = {answer.json()["error"]["code"] for answer in answers if answer.status == 409}
    assert codes == {"idempotency_conflict"}


def test_keys_tried_many_times_at_once_make_one_intent_each(site: Scaled, seed: int) -> None:
    races.many_keys(site, keys=20, seed=seed)


def test_of_fifty_who_end_an_intent_one_succeeds_and_the_others_learn_how_it_ended(site: Scaled, seed: int) -> None:
    races.endings(site, races=1, seed=seed, racers=lambda chance: 50)


def test_whatever_people_do_to_a_task_at_once_it_ends_by_one_decision_at_most(site: Scaled, seed: int) -> None:
    decisions.many_races(site, races=50, seed=seed)


def test_a_stream_gives_every_event_once_and_in_order_through_disconnects(site: Scaled, seed: int) -> None:
    races.disconnects(site, writers=8, least=40, seed=seed)


def test_while_work_comes_and_goes_every_tile_comes_to_equal_its_list_and_none_is_below_nothing(
    site: Scaled, seed: int
) -> None:
    found = tiles.while_all_changes(site, writers=2, acts=20, pace=0.05, readers=1, seed=seed, patience=60)
    assert found["compared"] >= 36
