"""Streams of events, of one intent and of all, as a client meets them on the wire, on either server."""

import time

from tests.flows.api import SLACK, Api
from tests.load.sse import Open


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


def test_a_session_of_agents_is_followed_until_it_is_completed(api: Api) -> None:
    session_id = api.post("/v1/sessions", {"type": "coding"})["session_id"]
    said = {"role": "user", "content": "Hello"}
    api.post(f"/v1/sessions/{session_id}/messages", said)
    url = f"{api.site.urls[0]}/v1/sessions/{session_id}/feed/stream"
    with Open(url, api.site.api_key, params={"wait_seconds": 30}) as stream:
        stream.wait_for("session.message")
        api.post(f"/v1/sessions/{session_id}/messages", said | {"content": "Again"})
        assert stream.wait_for("session.message", number=2).data["message"]["content"] == "Again"
        api.post(f"/v1/sessions/{session_id}/complete", {"result": 7})
        assert stream.wait_for("session.completed").data["result"] == 7
        stream.wait_closed()
    assert [frame.id for frame in stream.events()] == ["1", "2", "3"]
    with Open(url, api.site.api_key, params={"wait_seconds": 30}, headers={"Last-Event-ID": "2"}) as stream:
        stream.wait_closed()
    assert [frame.event for frame in stream.events()] == ["session.completed"]
