"""Streams tell of a task until its end, for who is still who they were, so many of a workspace at a time."""

import threading
import time
from typing import Any

import pytest

from intents import auth
from intents.a2a import following, work
from intents.kernel.errors import InvalidApiKey
from intents.rpc import open_streams
from tests.a2a.rpc import Client, text
from tests.callers import Answer, KeyCaller, PersonCaller

ASK = "Refund 129.00 EUR to ACME?"


def asked(agent: Client) -> dict[str, Any]:
    return agent.do("message/send", message=text(ASK))


def test_a_stream_tells_until_the_end(agent: Client, bob: PersonCaller) -> None:
    found: list[dict[str, Any]] = []
    message = text(ASK)
    following = threading.Thread(target=lambda: found.extend(agent.stream("message/stream", message=message)))
    following.start()
    deadline = time.monotonic() + 5
    while not (waiting := bob.get("/me/tasks").ok()["tasks"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    bob.post(f"/approvals/{waiting[0]['intent_id']}/decision", {"decision": "approve"}).ok()
    following.join(10)
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
    found: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: found.extend(agent.stream("tasks/resubscribe", id=task["id"])))
    thread.start()
    time.sleep(1)
    agent.do("tasks/cancel", id=task["id"])
    thread.join(10)
    assert found[-1]["status"]["state"] == "canceled"
    assert len(looked) <= 4


def test_a_stream_ends_with_its_key(agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BEAT_SECONDS", 0.05)
    task = asked(agent)
    answers: list[Answer] = []
    sent = {"jsonrpc": "2.0", "id": 7, "method": "tasks/resubscribe", "params": {"id": task["id"]}}
    thread = threading.Thread(target=lambda: answers.append(agent.send(sent)))
    thread.start()
    time.sleep(0.5)

    def authenticate(given: object) -> None:
        raise InvalidApiKey("this machine key is unknown, revoked or expired")

    monkeypatch.setattr(auth, "authenticate", authenticate)
    thread.join(10)
    assert '"id":7,"error":{"code":-32011' in answers[0].raw.decode()


def test_a_workspace_has_so_many_streams(
    agent: Client, outsider: Client, bob: PersonCaller, charlie: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_streams, "MOST", 1)
    monkeypatch.setattr(following, "BEAT_SECONDS", 0.05)
    task = asked(agent)
    thread = threading.Thread(target=lambda: agent.stream("tasks/resubscribe", id=task["id"]))
    thread.start()
    time.sleep(0.5)
    message = {"jsonrpc": "2.0", "id": 1, "method": "message/stream", "params": {"message": text("One more?")}}
    refused = agent.send(message)
    assert (refused.status, refused.json["error"]["code"], "retry-after" in refused.headers) == (429, -32014, True)
    assert len(bob.get("/me/tasks").ok()["tasks"]) == 1
    # Another workspace has places of its own.
    theirs: list[dict[str, Any]] = []
    other = threading.Thread(target=lambda: theirs.extend(outsider.stream("message/stream", message=text("And ours?"))))
    other.start()
    time.sleep(0.5)
    (row,) = charlie.get("/tasks").ok()["tasks"]
    outsider.do("tasks/cancel", id=row["intent_id"])
    agent.do("tasks/cancel", id=task["id"])
    thread.join(10)
    other.join(10)
    assert theirs[-1]["status"]["state"] == "canceled"
    # The place is free again.
    task = asked(agent)
    found: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: found.extend(agent.stream("tasks/resubscribe", id=task["id"])))
    thread.start()
    time.sleep(0.3)
    agent.do("tasks/cancel", id=task["id"])
    thread.join(10)
    assert found[-1]["status"]["state"] == "canceled"
