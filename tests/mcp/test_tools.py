"""Every tool, as a client of the older era calls it: what it does, and what it answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from intents.mcp import registry
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer
from tests.callers import KeyCaller, PersonCaller
from tests.mcp.rpc import Rpc

Made = Callable[[Rpc, KeyCaller], dict[str, Any]]


def work(agent: Rpc) -> str:
    """An intent that is addressed to the agent itself."""
    made: str = agent.call("axme.submit_intent", intent_type="order.pack.v1", to_agent="shop")["intent_id"]
    return made


def asked(agent: Rpc, **more: Any) -> dict[str, Any]:
    """The task of an approval that the agent asks for."""
    made = agent.call("axme.request_approval", title="May I?", payload={"eur": 5}, **more)["intent_id"]
    (task,) = [one for one in agent.call("axme.list_tasks")["data"]["tasks"] if one["intent_id"] == made]
    return dict(task)


CALLS: dict[str, Made] = {
    "axme.submit_intent": lambda agent, shop: {"intent_type": "order.pack.v1", "to_agent": "packer", "payload": {"n": 1}},
    "axme.get_intent": lambda agent, shop: {"intent_id": work(agent)},
    "axme.list_intents": lambda agent, shop: {"q": work(agent)[:8], "status": "SUBMITTED"},
    "axme.wait_for": lambda agent, shop: {"intent_id": work(agent), "wait_seconds": 0},
    "axme.cancel": lambda agent, shop: {"intent_id": work(agent), "reason": "no more"},
    "axme.request_approval": lambda agent, shop: {"title": "May I?", "payload": {"eur": 5}},
    "axme.list_tasks": lambda agent, shop: {"limit": 5},
    "axme.get_task": lambda agent, shop: {"task_id": asked(agent)["task_id"]},
    "axme.list_inbox": lambda agent, shop: {"status": "pending"},
    "axme.get_thread": lambda agent, shop: {"thread_id": work(agent)},
    "axme.reply": lambda agent, shop: {"thread_id": work(agent), "message": "soon"},
    "axme.progress": lambda agent, shop: {"intent_id": work(agent), "message": "half", "percent": 50.0},
    "axme.complete": lambda agent, shop: {"intent_id": work(agent), "result": {"packed": True}},
    "axme.fail": lambda agent, shop: {"intent_id": work(agent), "error": {"code": "broken"}},
    "axme.send": lambda agent, shop: {"to": "packer", "text": "hello"},
    "axme.send_message": lambda agent, shop: {"recipient": "packer", "message": "hello"},
    "axme.check_nick": lambda agent, shop: {"nick": "@nobody-yet"},
    "axme.resolve_contact": lambda agent, shop: {"query": "shop"},
}
ASKED = {"axme.answer"}
"""Called where somebody asked something, below."""


def test_no_tool_is_forgotten() -> None:
    assert {*CALLS, *ASKED} == set(registry.known)


def test_every_tool_is_listed_with_what_it_takes(agent: Rpc) -> None:
    listed = agent.ask("tools/list")["result"]["tools"]
    assert [one["name"] for one in listed] == list(registry.known)
    for one in listed:
        schema = one["inputSchema"]
        assert (schema["type"], schema["additionalProperties"]) == ("object", False), one["name"]
        assert one["description"].endswith("."), one["name"]
        assert one["title"], one["name"]
        assert "owner_agent" in schema["properties"], one["name"]
        hints = one["annotations"]
        assert ("idempotency_key" in schema["properties"]) is not hints["readOnlyHint"], one["name"]


@pytest.mark.parametrize("tool", CALLS)
def test_a_tool_answers_as_published_clients_read_it(agent: Rpc, shop: KeyCaller, tool: str) -> None:
    result = agent.call(tool, **CALLS[tool](agent, shop))
    assert (result["ok"], result["tool"], result["isError"]) == (True, tool, False)
    assert isinstance(result["status"], str)
    assert result["owner_agent"] == "agent://myorg/production/shop"
    (text,) = result["content"]
    told = json.loads(text["text"])
    assert {name: result[name] for name in told} == told
    assert isinstance(told["data"], dict)


def test_work_is_submitted_carried_on_and_completed(agent: Rpc) -> None:
    made = work(agent)
    assert agent.call("axme.progress", intent_id=made, percent=50.0)["data"]["event"]["details"] == {"percent": 50.0}
    assert agent.call("axme.wait_for", intent_id=made, wait_seconds=0)["status"] == "waiting"
    agent.call("axme.complete", intent_id=made, result={"action": "sent", "n": 1})
    over = agent.call("axme.wait_for", intent_id=made)
    assert (over["status"], over["data"]["intent_status"]) == ("completed", "COMPLETED")
    assert over["data"]["result"] == {"action": "sent", "n": 1}
    assert agent.refused("axme.complete", intent_id=made)["code"] == -32010
    assert agent.refused("axme.cancel", intent_id=made)["data"]["code"] == "invalid_transition"


def test_a_message_waits_in_the_inbox_of_whom_it_is_sent_to(agent: Rpc, everyone: Rpc) -> None:
    sent = agent.call("axme.send", to="packer", text="hello")
    assert (sent["status"], sent["data"]["recipient_agent"]) == ("accepted", "packer")
    (thread,) = everyone.call("axme.list_inbox", owner_agent="packer")["data"]["threads"]
    assert (thread["thread_id"], thread["intent"]["intent_type"]) == (sent["intent_id"], "message.text.v1")
    everyone.call("axme.reply", owner_agent="packer", thread_id=sent["intent_id"], message="hello yourself")
    seen = agent.call("axme.get_intent", intent_id=sent["intent_id"])["data"]["intent"]
    assert seen["payload"] == {"text": "hello"}
    entries = everyone.call("axme.get_thread", owner_agent="packer", thread_id=sent["intent_id"])["data"]["thread"]
    assert entries["timeline"][-1]["details"] == {"message": "hello yourself"}


def test_a_contact_is_found_by_nick_by_email_and_by_name(agent: Rpc, shop: KeyCaller) -> None:
    shop.post("/users/register-nick", {"nick": "@ann", "email": "ann@elsewhere.example"}).ok()
    for query, by in (("@Ann", "nick"), ("ann", "nick"), ("ann@elsewhere.example", "nick"), ("shop", "agent")):
        found = agent.call("axme.resolve_contact", query=query)
        assert (found["status"], found["data"]["resolution"]) == ("completed", by), query
    assert agent.call("axme.resolve_contact", query="nobody at all")["status"] == "contact_not_found"
    assert agent.call("axme.check_nick", nick="ann")["data"]["available"] is False
    assert agent.call("axme.send", to="@ann", text="hi")["data"]["recipient_agent"] == "agent://myorg/production/ann"


def test_what_people_are_asked_is_seen_and_decided_elsewhere(
    agent: Rpc, owner: Rpc, outsider: Rpc, bob: PersonCaller, settings: Any
) -> None:
    task = asked(agent, assignees=["bob@myorg.example"])
    assert task["url"] == f"{settings.BASE_URL}/inbox/{task['task_id']}"
    assert task["human_task"]["assignees"] == ["bob@myorg.example"]
    whole = agent.call("axme.get_task", task_id=task["task_id"])["data"]["task"]
    assert (whole["payload"], whole["state"], whole["url"]) == ({"eur": 5}, "open", task["url"])
    assert outsider.call("axme.list_tasks")["data"]["tasks"] == []
    assert outsider.refused("axme.get_task", task_id=task["task_id"])["code"] == -32602
    assert owner.call("axme.list_tasks")["data"]["tasks"] == []
    bobs = Rpc(agent.loop, bob)
    assert [one["task_id"] for one in bobs.call("axme.list_tasks")["data"]["tasks"]] == [task["task_id"]]
    bob.post(f"/tasks/{task['task_id']}/decide", {"outcome": "rejected", "comment": "no"}).ok()
    assert bobs.call("axme.list_tasks")["data"]["tasks"] == []
    assert agent.call("axme.get_task", task_id=task["task_id"])["data"]["task"]["outcome"] == "rejected"


def test_what_people_are_asked_comes_in_pages(agent: Rpc, bob: PersonCaller) -> None:
    made = [asked(agent)["task_id"] for _ in range(3)]
    for rpc, order in ((agent, made[::-1]), (Rpc(agent.loop, bob), made)):
        first = rpc.call("axme.list_tasks", limit=2)["data"]
        second = rpc.call("axme.list_tasks", limit=2, cursor=first["next_cursor"])["data"]
        assert [one["task_id"] for one in first["tasks"] + second["tasks"]] == order
        assert second["next_cursor"] is None
    assert agent.refused("axme.list_tasks", cursor="nonsense")["data"]["details"]["field"] == "cursor"


def test_an_idempotency_key_lets_each_tool_act_once(agent: Rpc, shop: KeyCaller) -> None:
    for tool, arguments in (
        ("axme.submit_intent", {"intent_type": "order.pack.v1", "to_agent": "packer"}),
        ("axme.request_approval", {"title": "May I?"}),
        ("axme.send", {"to": "packer", "text": "hello"}),
    ):
        first, again = (agent.call(tool, idempotency_key="once", **arguments) for _ in range(2))
        assert first["intent_id"] == again["intent_id"], tool
    made = work(agent)
    for _ in range(2):
        agent.call("axme.reply", thread_id=made, message="hi", idempotency_key="r")
        agent.call("axme.complete", intent_id=made, result={"n": 1}, idempotency_key="c") if _ else None
    assert agent.call("axme.complete", intent_id=made, result={"n": 1}, idempotency_key="c")["data"]["intent"]["result"] == {
        "n": 1
    }
    assert [one["event_type"] for one in shop.events(made)].count("intent.comment") == 1
    assert agent.refused("axme.reply", thread_id=made, message="other", idempotency_key="r")["data"]["code"] == (
        "idempotency_conflict"
    )


def test_a_tool_is_one_module_and_one_line(agent: Rpc, monkeypatch: pytest.MonkeyPatch) -> None:
    class Echo(Arguments):
        word: str

    def run(call: Call, given: Echo) -> ToolAnswer:
        return ToolAnswer({"said": given.word})

    monkeypatch.setattr(registry, "known", dict(registry.known))
    registry.register(McpTool(name="axme.echo", title="Echo", description="Says it.", arguments=Echo, run=run, reads=True))
    assert agent.ask("tools/list")["result"]["tools"][-1]["name"] == "axme.echo"
    assert agent.call("axme.echo", word="hi")["data"] == {"said": "hi"}


class TestQuestions:
    """People ask the agent something before they decide."""

    @staticmethod
    def asked(agent: Rpc, bob: PersonCaller, text: str = "For whom?") -> str:
        made: str = agent.call("axme.request_approval", title="May I?")["intent_id"]
        TestQuestions.asks(bob, made, text)
        return made

    @staticmethod
    def asks(bob: PersonCaller, intent_id: str, text: str) -> None:
        (task,) = bob.get("/tasks", intent_id=intent_id).ok()["tasks"]
        bob.post(f"/tasks/{task['task_id']}/ask", {"question": text}).ok()

    def test_the_agent_answers(self, agent: Rpc, bob: PersonCaller) -> None:
        made = self.asked(agent, bob)
        told = agent.call("axme.answer", intent_id=made, answer="For ACME.")
        assert (told["tool"], told["data"]["event"]["details"]["message"]) == ("axme.answer", "For ACME.")

    def test_without_an_answer_and_a_way_to_ask_it_is_refused(self, agent: Rpc, bob: PersonCaller) -> None:
        refused = agent.refused("axme.answer", intent_id=self.asked(agent, bob))
        assert (refused["code"], refused["data"]["details"]["field"]) == (-32602, "answer")
        assert agent.refused("axme.answer", intent_id=work(agent), answer="x")["code"] == -32010

    def test_the_clients_own_person_is_asked_and_answers(self, agent: Rpc, bob: PersonCaller, shop: KeyCaller) -> None:
        made = self.asked(agent, bob)
        params = {"name": "axme.answer", "arguments": {"intent_id": made}}
        first = agent.modern("tools/call", params, elicits=True).json["result"]
        assert first["resultType"] == "input_required"
        (asked,) = first["inputRequests"].values()
        assert asked["method"] == "elicitation/create"
        assert asked["params"]["message"] == "bob@myorg.example asks about approval.request.v1: For whom?"
        self.asks(bob, made, "And why?")
        said = {"inputResponses": {"answer": {"action": "accept", "content": {"answer": "For ACME."}}}}
        done = agent.modern("tools/call", params | said | {"requestState": first["requestState"]}, elicits=True).json
        assert done["result"]["status"] == "completed"
        asked_at, answered = [one for one in shop.events(made) if one["event_type"] in ("intent.question", "intent.answer")][
            ::2
        ]
        # Another question came meanwhile: the one they were shown is answered.
        assert answered["details"] == {"question_seq": asked_at["seq"], "message": "For ACME."}

    @pytest.mark.parametrize("action", ["decline", "cancel"])
    def test_who_will_not_say_says_nothing(self, agent: Rpc, bob: PersonCaller, shop: KeyCaller, action: str) -> None:
        made = self.asked(agent, bob)
        params = {"name": "axme.answer", "arguments": {"intent_id": made}}
        state = agent.modern("tools/call", params, elicits=True).json["result"]["requestState"]
        said = {"inputResponses": {"answer": {"action": action}}, "requestState": state}
        assert agent.modern("tools/call", params | said, elicits=True).json["result"]["status"] == "declined"
        assert "intent.answer" not in [one["event_type"] for one in shop.events(made)]

    def test_state_is_of_one_call_of_one_account(self, agent: Rpc, everyone: Rpc, bob: PersonCaller) -> None:
        made, other = self.asked(agent, bob), self.asked(agent, bob)
        params = {"name": "axme.answer", "arguments": {"intent_id": made}}
        state = agent.modern("tools/call", params, elicits=True).json["result"]["requestState"]
        said = {"inputResponses": {"answer": {"action": "accept", "content": {"answer": "x"}}}}
        forged = state[:-4] + ("AAAA" if state[-4:] != "AAAA" else "BBBB")
        for whose, arguments, given in (
            (agent, {"intent_id": other}, state),
            (everyone, {"intent_id": made}, state),
            (agent, {"intent_id": made}, forged),
            (agent, {"intent_id": made}, '{"seq": 1}'),
        ):
            sent = {"name": "axme.answer", "arguments": arguments, "requestState": given} | said
            refused = whose.modern("tools/call", sent, elicits=True)
            assert (refused.status, refused.json["error"]["code"]) == (400, -32602)
            assert refused.json["error"]["data"] == {"reason": "invalid_request_state"}
