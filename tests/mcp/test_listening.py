"""What clients hear while they wait: how far a call is, and what changes."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from intents import auth
from intents.accounts.models import AgentKey
from intents.accounts.services import keys
from intents.mcp import listening
from intents.rpc import open_streams
from tests.callers import SETUP, Answer, KeyCaller, PersonCaller
from tests.mcp.rpc import STREAMS, SUBSCRIPTION, Listening, Rpc, messages

UNKNOWN = "01a1faa0-d7a6-7491-bfae-27ab1f66cf80"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
CHANGED = "notifications/resources/updated"


def work(agent: Rpc) -> str:
    """An intent that is addressed to the agent itself."""
    made: str = agent.call("axme.submit_intent", intent_type="order.pack.v1", to_agent="shop")["intent_id"]
    return made


def uri(intent_id: str) -> str:
    return f"axme://intents/{intent_id}"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "BEAT_SECONDS", 0.2)


@pytest.fixture
def opened() -> Iterator[list[Listening]]:
    """Streams to be left at the end."""
    found: list[Listening] = []
    yield found
    for one in found:
        one.leave()


class TestProgress:
    def call(self, intent_id: str, *, token: Any = "t", seconds: int = 30) -> dict[str, Any]:
        params = {"name": "axme.wait_for", "arguments": {"intent_id": intent_id, "wait_seconds": seconds}}
        meta = {"_meta": {"progressToken": token}} if token is not None else {}
        return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params | meta}

    def wait(self, agent: Rpc, intent_id: str, *, headers: dict[str, str], token: Any = "t", seconds: int = 6) -> Answer:
        return agent.send(self.call(intent_id, token=token, seconds=seconds), headers)

    def test_a_call_that_waits_tells_how_it_stands(self, agent: Rpc, shop: KeyCaller) -> None:
        made = work(agent)
        stream = agent.open(self.call(made))
        told = messages(stream.read() or "")
        for step in ({"percent": 50.0}, {"message": "nearly", "percent": 90.0}):
            agent.call("axme.progress", intent_id=made, **step)
            told += messages(stream.read() or "")
        agent.call("axme.complete", intent_id=made, result={"n": 1})
        (last,) = messages(stream.read() or "")
        assert stream.read() is None
        assert {one["method"] for one in told} == {"notifications/progress"}
        assert {one["params"]["progressToken"] for one in told} == {"t"}
        seqs = [one["params"]["progress"] for one in told]
        assert seqs == sorted(set(seqs))
        said = [one["params"]["message"] for one in told]
        assert said[0] == "SUBMITTED: waiting for shop."
        assert said[1:] == ["IN_PROGRESS: waiting for shop. 50 %", "IN_PROGRESS: waiting for shop. 90 %: nearly"]
        assert (last["id"], last["result"]["data"]["result"]) == (1, {"n": 1})

    def test_it_says_whom_it_waits_for_and_what_they_ask(self, agent: Rpc, bob: PersonCaller) -> None:
        made = agent.call("axme.request_approval", title="May I?", assignees=["bob@myorg.example"])["intent_id"]
        (task,) = bob.get("/tasks", intent_id=made).ok()["tasks"]
        bob.post(f"/tasks/{task['task_id']}/ask", {"question": "For whom?"}).ok()
        answer = self.wait(agent, made, headers=STREAMS, seconds=1)
        assert answer.headers["content-type"].startswith("text/event-stream")
        told, last = messages(answer.raw.decode())
        assert told["params"]["message"] == "Waiting for bob@myorg.example to decide. bob@myorg.example asks: For whom?"
        assert last["result"]["status"] == "waiting"

    @pytest.mark.parametrize(
        ("token", "headers"), [("t", {}), (None, STREAMS), (True, STREAMS), ("t", {"accept": "application/json"})]
    )
    def test_who_did_not_ask_for_it_gets_the_answer_alone(self, agent: Rpc, token: Any, headers: dict[str, str]) -> None:
        answer = self.wait(agent, work(agent), headers=headers, token=token, seconds=1)
        assert answer.headers["content-type"] == "application/json"
        if token is not True:  # which is no token, in any era
            assert answer.json["result"]["status"] == "waiting"

    def test_what_is_refused_is_refused_as_ever(self, agent: Rpc) -> None:
        answer = self.wait(agent, "nothing", headers=STREAMS)
        assert (answer.headers["content-type"], answer.json["error"]["code"]) == ("application/json", -32602)

    def test_who_is_revoked_meanwhile_is_told_so_behind_it(self, agent: Rpc, machine: KeyCaller, shop: KeyCaller) -> None:
        made = work(agent)
        stream = agent.open(self.call(made))
        (told,) = messages(stream.read() or "")
        keys.revoke_key(actor=SETUP, key=AgentKey.objects.get(id=shop.key_id))
        auth.forget()
        machine.post(f"/intents/{made}/resolve", {"status": "CANCELED", "reason": "no more"}).ok()
        (last,) = messages(stream.read() or "")
        assert told["params"]["message"] == "SUBMITTED: waiting for shop."
        assert (last["id"], last["error"]["code"]) == (1, -32001)


class TestChanges:
    def test_what_is_listened_for_is_acknowledged_and_told(self, agent: Rpc, opened: list[Listening]) -> None:
        made, other = work(agent), work(agent)
        stream = agent.listen({"resourceSubscriptions": [uri(made)], "toolsListChanged": True, "promptsListChanged": True})
        opened.append(stream)
        honored = {"toolsListChanged": True, "resourceSubscriptions": [uri(made)]}
        assert stream.hears() == (ACKNOWLEDGED, {"notifications": honored})
        agent.call("axme.progress", intent_id=other, percent=10.0)
        agent.call("axme.progress", intent_id=made, percent=10.0)
        assert stream.hears() == (CHANGED, {"uri": uri(made)})
        agent.call("axme.complete", intent_id=made)
        assert stream.hears() == (CHANGED, {"uri": uri(made)})

    def test_more_resources_are_told_of(self, agent: Rpc, opened: list[Listening]) -> None:
        stream = agent.listen({"resourcesListChanged": True})
        opened.append(stream)
        assert stream.hears() == (ACKNOWLEDGED, {"notifications": {"resourcesListChanged": True}})
        work(agent)
        assert stream.hears() == ("notifications/resources/list_changed", {})

    def test_a_task_is_told_whole_at_once_and_at_each_change(
        self, agent: Rpc, bob: PersonCaller, opened: list[Listening]
    ) -> None:
        request = {"name": "axme.request_approval", "arguments": {"title": "May I?"}}
        made = agent.modern("tools/call", request, tasks=True).json["result"]["taskId"]
        stream = agent.listen({"taskIds": [made]}, tasks=True)
        opened.append(stream)
        assert stream.hears() == (ACKNOWLEDGED, {"notifications": {"taskIds": [made]}})
        method, told = stream.hears()
        assert (method, told["taskId"], told["status"]) == ("notifications/tasks", made, "working")
        bob.post(f"/approvals/{made}/decision", {"decision": "approve", "comment": "as agreed"}).ok()
        while told["status"] == "working":
            _, told = stream.hears()
        polled = agent.modern("tasks/get", {"taskId": made}, tasks=True).json["result"]
        assert told == {name: one for name, one in polled.items() if name not in ("resultType", "_meta")}
        assert told["result"]["structuredContent"]["data"]["outcome"] == "approved"

    def test_tasks_are_for_clients_that_know_them(self, agent: Rpc) -> None:
        refused = agent.deaf({"taskIds": [work(agent)]})
        error = refused.json["error"]
        assert (refused.status, error["code"]) == (400, -32021)
        assert error["data"]["requiredCapabilities"] == {"extensions": {"io.modelcontextprotocol/tasks": {}}}

    def test_what_others_have_is_as_unknown_as_what_is_nobodys(
        self, agent: Rpc, outsider: Rpc, opened: list[Listening]
    ) -> None:
        made = work(agent)
        for sought in (made, UNKNOWN, "nothing"):
            stream = outsider.listen(
                {"resourceSubscriptions": [uri(sought), "file:///etc/passwd"], "taskIds": [sought]}, tasks=True
            )
            opened.append(stream)
            assert stream.hears() == (ACKNOWLEDGED, {"notifications": {}})
        agent.call("axme.progress", intent_id=made, percent=10.0)
        time.sleep(0.5)
        for stream in opened:
            stream.leave()
            assert stream._stream.read() is None
        opened.clear()

    @pytest.mark.parametrize(
        ("notifications", "field"),
        [
            ({"taskIds": "x"}, "notifications.taskIds"),
            ({"taskIds": [1]}, "notifications.taskIds"),
            ({"resourceSubscriptions": ["axme://intents/x"] * 101}, "notifications"),
        ],
    )
    def test_what_nobody_can_listen_for_is_named(self, agent: Rpc, notifications: dict[str, Any], field: str) -> None:
        error = agent.deaf(notifications, tasks=True).json["error"]
        assert (error["code"], error["data"]["details"]["field"]) == (-32602, field)

    def test_changes_are_told_by_streams_alone(self, agent: Rpc) -> None:
        answer = agent.modern("subscriptions/listen", {"notifications": {}})
        assert (answer.status, answer.json["error"]["code"]) == (400, -32600)
        assert "text/event-stream" in answer.json["error"]["message"]
        assert agent.ask("subscriptions/listen", {"notifications": {}})["error"]["code"] == -32601

    def test_who_is_revoked_hears_no_more(self, agent: Rpc, machine: KeyCaller, shop: KeyCaller) -> None:
        made = work(agent)
        stream = agent.listen({"resourceSubscriptions": [uri(made)]})
        stream.hears()
        keys.revoke_key(actor=SETUP, key=AgentKey.objects.get(id=shop.key_id))
        auth.forget()
        machine.post(f"/intents/{made}/resolve", {"status": "CANCELED", "reason": "no more"}).ok()
        assert stream.end()["error"]["code"] == -32001

    def test_a_stream_ends_in_order_when_its_time_is_over(self, agent: Rpc, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listening, "LONGEST_SECONDS", 0.5)
        stream = agent.listen({})
        assert stream.hears() == (ACKNOWLEDGED, {"notifications": {}})
        result = stream.end()["result"]
        assert (result["resultType"], result["_meta"][SUBSCRIPTION]) == ("complete", stream.asked)

    def test_a_workspace_has_so_many_streams(
        self, agent: Rpc, outsider: Rpc, opened: list[Listening], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(open_streams, "MOST", 1)
        first = agent.listen({})
        first.hears()
        assert agent.deaf({}).json["error"]["code"] == -32004
        opened.append(outsider.listen({}))
        assert opened[0].hears() == (ACKNOWLEDGED, {"notifications": {}})
        first.leave()
        opened.append(agent.listen({}))
        assert opened[1].hears() == (ACKNOWLEDGED, {"notifications": {}})

    def test_the_server_says_that_it_tells_of_changes(self, agent: Rpc) -> None:
        able = agent.modern("server/discover", {}).json["result"]["capabilities"]
        assert able["resources"] == {"subscribe": True, "listChanged": True}
