"""The rules of both streams, as a client meets them on the wire, on either server."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.flows.api import Api
from tests.flows.conftest import Sites
from tests.load import checks
from tests.load.checks import eventually
from tests.load.sse import Open

SLACK = 30.0
"""What a busy machine may add to any bound of the protocol."""


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def api(request: pytest.FixtureRequest, shared_sites: Sites) -> Iterator[Api]:
    site = shared_sites.scaled()
    site.start(request.param)
    api = Api(site)
    yield api
    api.http.close()
    site.end()


@pytest.fixture
def address(api: Api) -> str:
    return api.site.address()


def test_an_event_stream_tells_what_was_and_what_comes_and_closes_after_the_end(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.events(intent_id, wait_seconds=30) as stream:
        stream.wait_for("intent.submitted")
        api.post(f"/v1/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {"ok": True}})
        answered = time.monotonic()
        last = stream.wait_for("intent.completed")
        stream.wait_closed()
    assert last.at - answered < SLACK
    assert [(frame.id, frame.event) for frame in stream.frames] == [
        ("1", "intent.created"),
        ("2", "intent.submitted"),
        ("3", "intent.in_progress"),
        ("4", "intent.completed"),
    ]
    assert last.data["details"] == {"result": {"ok": True}}
    assert [frame.data["seq"] for frame in stream.frames] == [1, 2, 3, 4]
    assert stream.response.headers["content-type"].startswith("text/event-stream")


def test_a_quiet_event_stream_gives_signs_of_life_and_ends_with_where_to_go_on(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.events(intent_id, wait_seconds=60) as stream, api.events(intent_id, since=2, wait_seconds=1) as short:
        assert short.wait_closed(1 + SLACK) >= 1
        assert [(frame.id, frame.event, frame.data) for frame in short.frames] == [("", "stream.timeout", {"next_seq": 2})]
        stream.wait(lambda _: stream.frames[-1:] and not stream.frames[-1].event, "a comment", 10 + SLACK)
    assert [frame.event for frame in stream.frames] == ["intent.created", "intent.submitted", ""]


def test_a_stream_on_a_finished_intent_holds_when_there_is_nothing_new(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    api.post(f"/v1/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"})
    with api.events(intent_id, since=3, wait_seconds=2) as stream:
        assert stream.wait_closed(2 + SLACK) >= 2
    assert [frame.event for frame in stream.frames] == ["stream.timeout"]


def test_an_event_stream_resumes_after_the_last_event_id(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.events(intent_id, headers={"Last-Event-ID": "1"}, wait_seconds=1) as stream:
        stream.wait_closed()
    assert [frame.id for frame in stream.events("intent.submitted")] == ["2"]
    assert stream.events("intent.created") == []


def test_long_details_are_cut_to_fit_and_flagged(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    result = {"big": "ä" * 40_000, "small": 1}
    api.post(f"/v1/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": result})
    with api.events(intent_id) as stream:
        stream.wait_closed()
    frame = stream.events("intent.completed")[0]
    assert frame.data["truncated"] is True
    assert frame.size <= 48 * 1024
    assert api.intent(intent_id)["result"] == result
    assert "truncated" not in stream.events("intent.submitted")[0].data


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
    with api.work(address, wait_seconds=2) as stream:
        stream.wait_for("intent.delivered")
        api.post(f"/v1/intents/{intent_id}/progress", {"percent": 10})
        time.sleep(5)
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
    time.sleep(max(0.0, revoked + 5 - time.monotonic()))
    api.call("GET", f"/v1/intents/{intent_id}", key=key["token"], status=401)


def test_a_cursor_from_before_a_restore_is_told_and_the_history_comes_anew(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.events(intent_id, since=10, wait_seconds=30) as stream:
        stream.wait_for("intent.submitted")
        api.post(f"/v1/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"})
        stream.wait_closed()
    assert [(frame.event, frame.id) for frame in stream.events()] == [
        ("stream.reset", ""),
        ("intent.created", "1"),
        ("intent.submitted", "2"),
        ("intent.canceled", "3"),
    ]
    assert stream.frames[0].data == {"next_seq": 0, "seq": 2}


def test_whoever_asks_from_the_next_event_on_gets_it(api: Api, address: str) -> None:
    intent_id = api.submit(address)
    with api.events(intent_id, since=3, wait_seconds=30) as stream:
        api.post(f"/v1/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"})
        stream.wait_closed()
    assert [(frame.event, frame.id) for frame in stream.events()] == [("intent.canceled", "3")]


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


def test_the_feed_tells_of_every_intent_and_a_reader_that_was_cut_off_goes_on_where_it_was(api: Api, address: str) -> None:
    def followed(**params: str) -> Open:
        wanted = {"types": "intent.*", "agent": address, "wait_seconds": "30"} | params
        return Open(f"{api.site.urls[0]}/v1/events/stream", api.site.api_key, params=wanted)

    with followed(after="latest") as stream:
        first = api.submit(address)
        stream.wait_for("intent.submitted")
        seen = [(frame.data["intent_id"], frame.data["seq"]) for frame in stream.frames]
        last = stream.frames[-1].id
    second = api.submit(address)
    with followed(after=last) as stream:
        stream.wait_for("intent.submitted")
        seen += [(frame.data["intent_id"], frame.data["seq"]) for frame in stream.frames]
    assert seen == [(first, 1), (first, 2), (second, 1), (second, 2)]


# The last one: it ends the workers.
def test_streams_at_rest_cost_no_queries_of_their_own(api: Api) -> None:
    counted = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    for process in (*api.site.workers, *api.site.beats):
        process.stop(signal.SIGTERM)  # their looks for what is due are no matter of streams
    streams = [api.events(api.submit(f"quiet-{number}"), since=2, wait_seconds=60) for number in range(30)]
    streams += [api.work(f"idle-{number}", wait_seconds=60) for number in range(30)]
    time.sleep(2)  # a backend tells its numbers up to a second late
    ((before,),) = api.site.rows(counted)
    time.sleep(6)
    ((after,),) = api.site.rows(counted)
    assert all(stream.closed_at is None for stream in streams)
    for stream in streams:
        stream.drop()
    # One look at all of a kind every two seconds: were it one for each stream, these would be thirty a second.
    assert after - before < 6 * 15, (before, after)
