"""Streams of work, and what holds for all streams, as a client meets them on the wire, on either server."""

import signal
import time

import pytest

from tests.flows.api import SLACK, Api
from tests.load import checks
from tests.load.checks import eventually


@pytest.mark.parametrize("spelling", ["{}", "myorg/production/{}", "agent://myorg/production/{}"])
def test_one_mailbox_has_many_spellings(api: Api, address: str, spelling: str) -> None:
    name = checks.mailbox(address)
    intent_id = api.submit(spelling.format(name))
    with api.work(spelling.format(name)) as stream:
        handed = stream.wait_for("intent.delivered").data
    assert handed["intent_id"] == intent_id
    assert handed["to_agent"] == spelling.format(name)


def test_a_two_part_address_is_a_local_name_with_both_parts(api: Api, address: str) -> None:
    two_parts = f"conformance/{checks.mailbox(address)}"
    intent_id = api.submit(f"agent://{two_parts}")
    with api.work(two_parts) as stream, api.work(checks.mailbox(address), wait_seconds=2) as other:
        assert stream.wait_for("intent.delivered").data["intent_id"] == intent_id
        other.wait_closed()
    assert other.events("intent.delivered") == []


def test_a_delivery_that_brings_no_call_ends_the_response_and_keeps_its_lease(api: Api, address: str) -> None:
    intent_id = api.submit(address, {"n": 1})
    with api.work(address, wait_seconds=60) as stream:
        handed = stream.wait_for("intent.delivered")
        assert stream.wait_closed(2 + SLACK) >= 2
        assert stream.frames[-1].event == "stream.timeout"
        assert stream.frames[-1].data["next_seq"] == handed.data["seq"] == int(handed.id)
        assert handed.data["status"] == "DELIVERED"
        assert (handed.data["payload"], handed.data["delivery_attempt"]) == ({"n": 1}, 1)
        with api.work(address, wait_seconds=4) as other:
            other.wait_closed()
        assert other.events("intent.delivered") == []
        result = {"lease_token": handed.data["lease_token"], "done": True}
        answer = api.post(f"/v1/intents/{intent_id}/resume", result)
    assert answer["intent"]["status"] == "COMPLETED"
    assert answer["intent"]["result"] == {"done": True}


def test_a_stream_stays_open_past_its_time_while_begun_work_runs(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.work(address, wait_seconds=4) as stream:
        stream.wait_for("intent.delivered")
        api.post(f"/v1/intents/{intent_id}/progress", {"percent": 10})
        time.sleep(6)
        assert stream.closed_at is None
        api.post(f"/v1/intents/{intent_id}/resume", {"done": True})
        stream.wait_closed(SLACK)
    assert [frame.event for frame in stream.events()] == ["intent.delivered", "stream.timeout"]


def test_one_stream_delivers_one_intent_after_the_other(api: Api, address: str) -> None:
    ids = [api.submit(address) for _ in range(5)]
    with api.work(address) as stream:
        for number in range(1, 6):
            handed = stream.wait_for("intent.delivered", number=number).data
            assert len(stream.events("intent.delivered")) == number
            api.post(f"/v1/intents/{handed['intent_id']}/resume", {"done": True})
    frames = stream.events("intent.delivered")
    assert [frame.data["intent_id"] for frame in frames] == ids
    seqs = [frame.data["seq"] for frame in frames]
    assert seqs == sorted(set(seqs))
    # The agent's own moves never appear.
    assert {frame.event for frame in stream.events()} == {"intent.delivered"}


def test_any_call_renews_the_lease_and_silence_lets_it_run_out(api: Api, address: str) -> None:
    agent = api.post("/v1/service-accounts", {"name": checks.mailbox(address)})["service_account"]
    api.call("PATCH", f"/v1/agents/{agent['agent_address'].removeprefix('agent://')}", {"lease_seconds": 8})
    intent_id = api.submit(address)
    with api.work(address, wait_seconds=1) as stream:
        first = stream.wait_for("intent.delivered").data
        stream.wait_closed()
    until = time.monotonic() + 9
    while time.monotonic() < until:
        time.sleep(0.5)
        assert api.post(f"/v1/intents/{intent_id}/progress", {"message": "packing"})["intent"]["delivery_attempt"] == 1
    with api.work(address, wait_seconds=60) as again:
        second = again.wait_for("intent.delivered").data
        assert (second["intent_id"], second["delivery_attempt"]) == (intent_id, 2)
        assert second["lease_token"] != first["lease_token"]
        for path in ("progress", "heartbeat", "resume"):
            refused = api.post(f"/v1/intents/{intent_id}/{path}", {"lease_token": first["lease_token"]}, status=409)
            assert refused["error"]["code"] == "stale_lease"
        assert api.post(f"/v1/intents/{intent_id}/heartbeat", {"lease_token": second["lease_token"]})["ok"]
    types = api.event_types(intent_id)
    assert types[-2:] == ["intent.delivery_failed", "intent.redelivered"]


def test_work_whose_connection_drops_goes_to_another_listener(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.work(address) as stream:
        first = stream.wait_for("intent.delivered").data
        api.post(f"/v1/intents/{intent_id}/checkpoint", {"step": 1, "total": 3, "state": {"page": 7}})
        stream.drop()
    with api.work(address) as other:
        again = other.wait_for("intent.delivered", 3 + 2 * SLACK).data
    assert (again["intent_id"], again["delivery_attempt"], again["status"]) == (intent_id, 2, "IN_PROGRESS")
    assert again["checkpoint"] == {"step": 1, "total": 3, "state": {"page": 7}}
    assert again["seq"] > first["seq"]


def test_an_intent_dropped_too_often_fails_and_tells_why(api: Api, address: str) -> None:
    intent_id = api.submit(address, max_delivery_attempts=2)
    for attempt in (1, 2):
        with api.work(address) as stream:
            assert stream.wait_for("intent.delivered").data["delivery_attempt"] == attempt
    intent = eventually(
        lambda: (found := api.intent(intent_id))["status"] == "FAILED" and found, "FAILED after two deliveries"
    )
    assert intent["error"]["code"] == "delivery_failed"
    types = api.event_types(intent_id)
    assert types.count("intent.delivery_failed") == 2
    assert types[-2:] == ["intent.delivery_failed", "intent.failed"]
    assert api.site.rows("SELECT state, attempt FROM intents_delivery WHERE intent_id = %s", intent_id) == [("dead", 2)]


def test_a_retryable_failure_comes_back_after_its_delay(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    api.post(f"/v1/intents/{intent_id}/controls", {"controls_patch": {"retry_backoff_seconds": 1, "max_retry_count": 1}})
    with api.work(address) as stream:
        stream.wait_for("intent.delivered")
        failed_at = time.monotonic()
        waiting = api.post(f"/v1/intents/{intent_id}/fail", {"error": {"message": "busy"}, "retryable": True})
        assert (waiting["intent"]["status"], waiting["intent"]["waiting_reason"]) == ("WAITING", "WAITING_FOR_TIME")
        again = stream.wait_for("intent.delivered", 1 + 2 * SLACK, number=2)
        assert again.at - failed_at >= 1
        assert again.data["status"] == "IN_PROGRESS"
        over = api.post(f"/v1/intents/{intent_id}/fail", {"error": {"message": "busy"}, "retryable": True})
    assert (over["intent"]["status"], over["intent"]["error"]) == ("FAILED", {"message": "busy"})
    checks.nothing_is_broken(api.site)


def test_a_listener_gets_only_the_statuses_it_asked_for(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.work(address, status="IN_PROGRESS") as begun, api.work(address, status="SUBMITTED,DELIVERED") as fresh:
        fresh.wait_for("intent.delivered")
        api.post(f"/v1/intents/{intent_id}/progress", {"message": "begun"})
        fresh.drop()
        assert begun.wait_for("intent.delivered", 3 + 2 * SLACK).data["delivery_attempt"] == 2
    assert len(begun.events()) == 1


def test_since_never_withholds_work(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.work(address, since=2**60) as stream:
        assert stream.wait_for("intent.delivered").data["intent_id"] == intent_id


def test_a_revoked_key_ends_its_open_streams(api: Api, address: str) -> None:
    account = api.post("/v1/service-accounts", {"name": checks.mailbox(address)})["service_account"]["service_account_id"]
    key = api.post(f"/v1/service-accounts/{account}/keys", {"scope": "workspace"})["key"]
    intent_id = api.submit(address)
    with (
        api.work("elsewhere", key=key["token"], wait_seconds=60) as work,
        api.events(intent_id, key=key["token"], wait_seconds=60) as events,
    ):
        events.wait_for("intent.submitted")
        api.post(f"/v1/service-accounts/{account}/keys/{key['key_id']}/revoke")
        revoked = time.monotonic()
        work.wait_closed(5 + SLACK)
        events.wait_closed(5 + SLACK)
    assert max(work.closed_at or 0, events.closed_at or 0) - revoked < 5 + SLACK
    path, headers = f"/v1/intents/{intent_id}", {"x-api-key": key["token"]}
    checks.eventually(lambda: api.http.get(path, headers=headers).status_code == 401, "the key opens nothing", 5 + SLACK)


def test_head_on_a_stream_tells_its_headers_and_delivers_nothing(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    agent = f"/v1/agents/{checks.mailbox(address)}/intents"
    key = {"x-api-key": api.site.api_key}
    for path in (f"/v1/intents/{intent_id}/events/stream", f"{agent}/stream", agent):
        head = api.http.head(path, headers=key)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"].startswith("application/json" if path == agent else "text/event-stream")
        assert api.http.head(path, headers={"x-api-key": "axme_sa_x"}).status_code == 401
    with api.work(address) as stream:
        assert stream.wait_for("intent.delivered").data["delivery_attempt"] == 1
    # No proxy gathers events to compress them.
    assert stream.response.headers["cache-control"] == "no-store, no-transform"


# The last one: it ends the workers.
def test_streams_at_rest_cost_no_queries_of_their_own(api: Api) -> None:
    counted = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    for process in (*api.site.workers, *api.site.beats):
        process.stop(signal.SIGTERM)  # their looks for what is due are no matter of streams
    streams = [api.events(api.submit(f"quiet-{number}"), since=2, wait_seconds=60) for number in range(30)]
    streams += [api.work(f"idle-{number}", wait_seconds=60) for number in range(30)]
    time.sleep(2)  # a backend tells its numbers up to a second late, and once it has nothing to do, ten
    for _ in range(3):
        ((before,),) = api.site.rows(counted)
        time.sleep(6)
        ((after,),) = api.site.rows(counted)
        assert all(stream.closed_at is None for stream in streams)
        # One look at all of a kind every two seconds: were it one for each stream, these would be thirty a second.
        if after - before < 6 * 15:
            break
    else:
        pytest.fail(f"{after - before} in six seconds")
    for stream in streams:
        stream.drop()
