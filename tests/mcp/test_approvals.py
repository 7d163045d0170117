"""Approvals as durable tasks, for clients that know tasks; as plain results for all others. People alone decide."""

from typing import Any

import pytest

from tests.callers import Answer, KeyCaller, PersonCaller
from tests.mcp.rpc import Rpc

REQUEST = {"name": "axme.request_approval", "arguments": {"title": "Refund 129.00 EUR?", "assignees": ["bob@myorg.example"]}}


def asked(agent: Rpc) -> dict[str, Any]:
    task: dict[str, Any] = agent.modern("tools/call", REQUEST, tasks=True).json["result"]
    return task


def task(agent: Rpc, task_id: str) -> dict[str, Any]:
    told: dict[str, Any] = agent.modern("tasks/get", {"taskId": task_id}, tasks=True).json["result"]
    return told


def decide(person: PersonCaller, intent_id: str, decision: str = "approve") -> None:
    person.post(f"/approvals/{intent_id}/decision", {"decision": decision, "comment": "as agreed"}).ok()


def test_a_client_that_knows_tasks_gets_one(agent: Rpc, bob: PersonCaller) -> None:
    made = asked(agent)
    assert (made["resultType"], made["status"]) == ("task", "working")
    assert made["statusMessage"] == "Waiting for bob@myorg.example to decide."
    assert made["ttlMs"] is None
    assert made["pollIntervalMs"] > 0
    assert task(agent, made["taskId"]) == {
        name: value for name, value in (made | {"resultType": "complete"}).items() if name != "content"
    }


def test_a_client_that_does_not_gets_the_id_and_a_way_to_wait(agent: Rpc, bob: PersonCaller) -> None:
    for result in (
        agent.modern("tools/call", REQUEST).json["result"],
        agent.ask("tools/call", REQUEST)["result"],
    ):
        assert result.get("resultType", "complete") == "complete"
        assert (result["status"], result["data"]["waiting_for"]) == ("waiting", "bob@myorg.example")
        assert "axme.wait_for" in result["data"]["next"]


@pytest.mark.parametrize(("decision", "outcome"), [("approve", "approved"), ("reject", "rejected")])
def test_what_people_decide_is_the_result(agent: Rpc, bob: PersonCaller, decision: str, outcome: str) -> None:
    made = asked(agent)
    decide(bob, made["taskId"], decision)
    done = task(agent, made["taskId"])
    assert (done["status"], done["resultType"]) == ("completed", "complete")
    assert done["result"]["isError"] is False
    assert done["result"]["structuredContent"]["data"]["outcome"] == outcome
    waited = agent.call("axme.wait_for", intent_id=made["taskId"])
    assert (waited["status"], waited["data"]["outcome"]) == ("completed", outcome)


def test_no_machine_decides_by_what_it_sends_to_a_task(agent: Rpc, bob: PersonCaller, shop: KeyCaller) -> None:
    made = asked(agent)
    yes = {"action": "accept", "content": {"outcome": "approved", "approved": True}}
    sent = {"taskId": made["taskId"], "inputResponses": {"outcome": yes, "approval": yes}}
    assert set(agent.modern("tasks/update", sent, tasks=True).json["result"]) <= {"resultType", "_meta"}
    assert task(agent, made["taskId"])["status"] == "working"
    for tool, arguments in (
        ("axme.complete", {"intent_id": made["taskId"], "result": {"outcome": "approved"}}),
        ("axme.complete", {"intent_id": made["taskId"], "result": {"task_result": {"outcome": "approved"}}}),
    ):
        assert agent.refused(tool, **arguments)["code"] in (-32003, -32010)
    assert shop.intent(made["taskId"])["waiting_reason"] == "WAITING_FOR_HUMAN"
    agent.call("axme.reply", thread_id=made["taskId"], message="approved")
    assert task(agent, made["taskId"])["status"] == "working"


def test_nor_does_a_persons_token_in_a_client(owner: Rpc, agent: Rpc, bob: PersonCaller) -> None:
    made = agent.call("axme.request_approval", title="May I?")["intent_id"]
    yes = {"action": "accept", "content": {"outcome": "approved"}}
    sent = {"taskId": made, "inputResponses": {"outcome": yes}}
    assert owner.modern("tasks/update", sent, tasks=True).status == 200
    assert task(owner, made)["status"] == "working"


def test_canceling_a_task_withdraws_what_people_are_asked(agent: Rpc, bob: PersonCaller) -> None:
    made = asked(agent)
    for _ in range(2):
        assert agent.modern("tasks/cancel", {"taskId": made["taskId"]}, tasks=True).status == 200
    assert task(agent, made["taskId"])["status"] == "cancelled"
    assert bob.post(f"/approvals/{made['taskId']}/decision", {"decision": "approve"}).status == 409


def test_a_task_that_ended_otherwise_is_no_failure_of_the_protocol(agent: Rpc, bob: PersonCaller) -> None:
    made = asked(agent)
    agent.caller.post(f"/intents/{made['taskId']}/fail", {"error": {"code": "gone"}}).ok()
    done = task(agent, made["taskId"])
    assert (done["status"], done["result"]["isError"]) == ("completed", True)


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel", "tasks/update"])
class TestRefused:
    def params(self, task_id: str, method: str) -> dict[str, Any]:
        return {"taskId": task_id} | ({"inputResponses": {}} if method == "tasks/update" else {})

    def code(self, answer: Answer) -> int:
        code: int = answer.json["error"]["code"]
        return code

    def test_without_the_extension(self, agent: Rpc, bob: PersonCaller, method: str) -> None:
        refused = agent.modern(method, self.params(asked(agent)["taskId"], method))
        assert (refused.status, self.code(refused)) == (400, -32021)
        assert refused.json["error"]["data"]["requiredCapabilities"] == {"extensions": {"io.modelcontextprotocol/tasks": {}}}

    def test_in_the_older_era(self, agent: Rpc, bob: PersonCaller, method: str) -> None:
        assert agent.ask(method, self.params(asked(agent)["taskId"], method))["error"]["code"] == -32601

    def test_to_others(self, agent: Rpc, outsider: Rpc, bob: PersonCaller, method: str) -> None:
        made = asked(agent)["taskId"]
        foreign = outsider.modern(method, self.params(made, method), tasks=True)
        nowhere = outsider.modern(method, self.params("01a1faa0-d7a6-7491-bfae-27ab1f66cf80", method), tasks=True)
        assert self.code(foreign) == self.code(nowhere) == -32602
        assert foreign.status == nowhere.status
        assert task(agent, made)["status"] == "working"

    def test_for_what_is_no_id(self, agent: Rpc, method: str) -> None:
        for wrong in ("", "nothing"):
            assert self.code(agent.modern(method, self.params(wrong, method), tasks=True)) in (-32602, -32020)
