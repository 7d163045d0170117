"""The scaled mode under load while its parts are killed, restarted, frozen and stopped: nothing lost, nothing doubled."""

import random
import time
from pathlib import Path

import httpx
import pytest

from tests import turns
from tests.flows.conftest import Sites
from tests.load import due, trouble, unprompted
from tests.load import journal as journals
from tests.load.checks import eventually
from tests.load.load import Load
from tests.load.servers import BlackHole, Database
from tests.load.sites import Scaled
from tests.load.sse import Open

ANSWER_SECONDS = 20.0
"""What a call may take while Redis hangs: its own limit is half a second, the rest is the machine's."""


def seed() -> int:
    chosen = random.randrange(2**32)
    print(f"seed {chosen}")
    return chosen


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killing_any_process_loses_and_doubles_nothing(sites: Sites) -> None:
    site = sites.scaled()
    site.start("uvicorn", "daphne", workers=1, beats=1)
    trouble.kills(site, count=120, kills=7, pace=0.5, seed=seed())


@turns.one(0, of=3)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_restart_of_the_database_gives_503_and_then_everything_goes_on(sites: Sites) -> None:
    database = Database(sites.guarded)
    try:
        site = sites.with_database(database)
        site.start("uvicorn", "daphne")
        trouble.database_restarts(site, database, count=60, restarts=3, pace=(0.5, 1.5), seed=seed())
        failed = [line for path in sites.guarded.folder.glob("journal-*") for line in journals.read(path, "trouble")]
        # The web processes were there all the time: no call went without an answer.
        assert {line["status"] for line in failed} <= {503}, failed
        a_dead_agents_work_comes_back_though_the_database_was_away(site, database)
        streams_open_at_a_process_that_started_without_a_database(site, database)
    finally:
        database.stop()


def a_dead_agents_work_comes_back_though_the_database_was_away(site: Scaled, database: Database) -> None:
    address = site.address()
    clients = site.clients()
    clients.current.send_intent({"intent_type": "test.away.v1", "to_agent": address, "payload": {}})
    with work_stream(site, address) as stream:
        stream.wait_for("intent.delivered")
        database.stop()
        stream.drop()
        time.sleep(1.0)
        database.start()
    with work_stream(site, address) as other:
        assert other.wait_for("intent.delivered", 60).data["delivery_attempt"] == 2
    clients.close()


def streams_open_at_a_process_that_started_without_a_database(site: Scaled, database: Database) -> None:
    database.stop()
    site.start("uvicorn", workers=0, beats=0, ready=False)
    url, address = site.urls[-1], site.address()
    stream = f"{url}/v1/agents/{address.removeprefix('agent://')}/intents/stream"

    def status() -> int | None:
        try:
            with httpx.stream(
                "GET", stream, params={"wait_seconds": 1}, headers={"x-api-key": site.api_key}, timeout=30
            ) as answer:
                return answer.status_code
        except httpx.ConnectError:
            return None

    assert eventually(status, "an answer") == 503
    database.start()
    eventually(lambda: status() == 200, "a stream opens")


def work_stream(site: Scaled, address: str) -> Open:
    """Opened as a client does: again while the answer is 503, as the first may be after the database was away."""
    url = f"{site.urls[0]}/v1/agents/{address.removeprefix('agent://')}/intents/stream"

    def opened() -> Open | None:
        stream = Open(url, site.api_key, params={"wait_seconds": 60})
        if stream.response.status_code != 503:
            return stream
        stream.drop()
        return None

    found: Open = eventually(opened, "a stream opens")
    return found


@turns.one(1, of=3)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_redis_flushed_restarted_and_frozen_holds_nothing_up(sites: Sites) -> None:
    redis = sites.redis()
    site = sites.scaled(redis.url)
    site.start("uvicorn", "daphne")
    trouble.redis_troubles(site, redis, count=100, rounds=1, frozen_seconds=4.0)
    # Frozen in the middle of a look at one intent: calls answer, the open stream catches up.
    redis.freeze()
    submits_resolves_and_tells(site)
    redis.thaw()
    timers_fire_again(site)


@turns.one(2, of=3)
@pytest.mark.timeout(600)
def test_a_redis_address_where_nothing_answers_holds_nothing_up(sites: Sites) -> None:
    hole = BlackHole()
    try:
        site = sites.scaled(hole.url)
        site.start("uvicorn", "daphne", workers=0, beats=0)
        submits_resolves_and_tells(site)
        Load(site, 20).finish()
    finally:
        hole.close()


def submits_resolves_and_tells(site: Scaled) -> None:
    for url in site.urls:
        with httpx.Client(base_url=url, headers={"x-api-key": site.api_key}, timeout=30) as http:
            for _ in range(5):
                wanted = {"intent_type": "test.redis.v1", "to_agent": site.address(), "payload": {}}
                submitted = http.post("/v1/intents", json=wanted)
                assert (submitted.status_code, submitted.elapsed.total_seconds() < ANSWER_SECONDS) == (200, True)
                intent = f"/v1/intents/{submitted.json()['intent_id']}"
                with Open(f"{url}{intent}/events/stream", site.api_key, params={"wait_seconds": 30}) as stream:
                    stream.wait_for("intent.submitted")
                    resolved = http.post(f"{intent}/resolve", json={"status": "COMPLETED", "result": {}})
                    assert (resolved.status_code, resolved.elapsed.total_seconds() < ANSWER_SECONDS) == (200, True)
                    stream.wait_for("intent.completed", 2 + ANSWER_SECONDS)


def timers_fire_again(site: Scaled) -> None:
    clients = site.clients()
    intent_id = clients.current.send_intent({"intent_type": "test.redis.v1", "to_agent": site.address(), "payload": {}})
    clients.current.update_intent_controls(intent_id, {"controls_patch": {"timeout_seconds": 1}})
    assert clients.current.wait_for(intent_id, timeout_seconds=60)["status"] == "TIMED_OUT"
    clients.close()


@turns.one(3, of=3)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_rolling_restart_fails_no_request_and_takes_no_work_away(sites: Sites) -> None:
    site = sites.scaled()
    site.start("uvicorn", "daphne")
    trouble.rolling_restarts(site, count=100, rounds=1, pace=1.0)
    (journal,) = [path for path in Path(sites.guarded.folder).glob("journal-*") if journals.read(path, "accepted")]
    # Whom a stopped process refuses a connection asks the next; a stream that is not taken up there is, too.
    failed = [line for line in journals.read(journal, "trouble") if "ConnectError" not in line["error"]]
    assert [line for line in failed if (line["doing"], line["status"]) != ("listen", 503)] == []


@turns.one(4, of=3)
@pytest.mark.timeout(600)
def test_timers_due_while_all_was_down_fire_once_and_none_fires_early(sites: Sites) -> None:
    site = sites.scaled()
    site.start("uvicorn", workers=2, beats=2)
    due.outage(site, deadlines=50, tasks=10, step=1)
    # Two beats and two workers later, the client sees a deadline pass.
    timers_fire_again(site)


@turns.one(5, of=3)
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_without_messages_all_that_is_due_is_done(sites: Sites) -> None:
    redis = sites.redis()
    site = sites.scaled(redis.url, UNDO_SECONDS="1")
    site.start("uvicorn", "daphne", workers=2)
    unprompted.all_is_done(site, redis, seconds=2.0, pace=0.5, names=list(unprompted.TROUBLES))
