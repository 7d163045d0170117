"""Streams tell of a task until its end, for who is still who they were, so many of a workspace at a time."""

import time
from typing import Any

import pytest

from intents import auth
from intents.a2a import following, work
from intents.kernel.errors import InvalidApiKey
from intents.rpc import open_streams
from tests.a2a.rpc import Client, responses, text
from tests.callers import KeyCaller, PersonCaller
from tests.security.edge import OpenStream

ASK = "Refund 129.00 EUR to ACME?"


def results(stream: OpenStream, most: int = 9) -> list[dict[str, Any]]:
    """What is told next, to the end of the stream or so many."""
    found: list[dict[str, Any]] = []
    while len(found) < most and (event := stream.read()) is not None:
        found += [one["result"] for one in responses(event)]
    return found


def asked(agent: Client) -> dict[str, Any]:
    return agent.do("message/send", message=text(ASK))


def test_a_stream_tells_until_the_end(agent: Client, bob: PersonCaller) -> None:
    stream = agent.open("message/stream", message=text(ASK))
    found = results(stream, 1)
    bob.post(f"/approvals/{found[0]['id']}/decision", {"decision": "approve"}).ok()
    found += results(stream)
    assert [one["kind"] for one in found] == ["task", "artifact-update", "status-update"]
    assert found[1]["artifact"]["parts"][0]["data"]["outcome"] == "approved"
    assert (found[2]["final"], found[2]["status"]["state"]) == (True, "completed")
    assert agent.refused("tasks/resubscribe", id=found[0]["id"])[0] == -32004


def test_a_stream_looks_when_something_happened(agent: Client, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    again = work.again

    def counted(given: auth.Credentials, intent_id: Any) -> Any:
        looked.append(str(intent_id))
        return again(given, intent_id)

    monkeypatch.setattr(work, "again", counted)
    monkeypatch.setattr(following, "BEAT_SECONDS", 0.05)
    task = asked(agent)
    stream = agent.open("tasks/resubscribe", id=task["id"])
    results(stream, 1)
    time.sleep(0.5)
    agent.do("tasks/cancel", id=task["id"])
    assert results(stream)[-1]["status"]["state"] == "canceled"
    assert len(looked) <= 4


def test_a_stream_ends_with_its_key(agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BEAT_SECONDS", 0.05)
    task = asked(agent)
    stream = agent.open("tasks/resubscribe", id=task["id"])
    results(stream, 1)

    def authenticate(given: object) -> None:
        raise InvalidApiKey("this machine key is unknown, revoked or expired")

    monkeypatch.setattr(auth, "authenticate", authenticate)
    (told,) = responses(stream.read())
    assert (told["id"], told["error"]["code"], stream.read()) == (7, -32011, None)


def test_a_workspace_has_so_many_streams(
    agent: Client, outsider: Client, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_streams, "MOST", 1)
    monkeypatch.setattr(following, "BEAT_SECONDS", 0.05)
    task = asked(agent)
    stream = agent.open("tasks/resubscribe", id=task["id"])
    results(stream, 1)
    message = {"jsonrpc": "2.0", "id": 1, "method": "message/stream", "params": {"message": text("One more?")}}
    refused = agent.send(message)
    assert (refused.status, refused.json["error"]["code"], "retry-after" in refused.headers) == (429, -32014, True)
    assert len(bob.get("/me/tasks").ok()["tasks"]) == 1
    # Another workspace has places of its own.
    theirs = outsider.open("message/stream", message=text("And ours?"))
    (begun,) = results(theirs, 1)
    outsider.do("tasks/cancel", id=begun["id"])
    assert results(theirs)[-1]["status"]["state"] == "canceled"
    # The place is free again, whoever ends the stream.
    stream.leave()
    stream = agent.open("tasks/resubscribe", id=task["id"])
    results(stream, 1)
    agent.do("tasks/cancel", id=task["id"])
    assert results(stream)[-1]["status"]["state"] == "canceled"
    (begun,) = results(agent.open("message/stream", message=text("One more?")), 1)
    agent.do("tasks/cancel", id=begun["id"])
